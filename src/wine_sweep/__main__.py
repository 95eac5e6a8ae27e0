"""The packaged project's command, `wine-sweep`, and `python -m wine_sweep`."""

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from kedro.framework.cli.utils import find_run_command
from kedro.framework.project import configure_project


def main(args: Sequence[str] | None = None, **kwargs: Any) -> Any:
    """Run the project with the options of `kedro run`, and return the result if not `standalone_mode`."""
    package_name = Path(__file__).parent.name
    configure_project(package_name)
    # An interactive session such as IPython must not end with the run; a command line exits with its
    # code.
    kwargs.setdefault("standalone_mode", not hasattr(sys, "ps1"))
    return find_run_command(package_name)(args, **kwargs)


if __name__ == "__main__":
    main()
