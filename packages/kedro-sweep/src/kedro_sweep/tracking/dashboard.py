"""Open Optuna Dashboard on the catalog's studies (`make dashboard`)."""

import argparse
import sys
from pathlib import Path

from kedro.framework.project import configure_project
from kedro.framework.session import KedroSession
from kedro.utils import find_kedro_project


def main() -> None:
    """Serve the storage that the catalog names, whether a file or a database."""
    parser = argparse.ArgumentParser(description="Open Optuna Dashboard on the project's studies.")
    parser.add_argument("--env", help="environment of Kedro (default: the one of kedro run)")
    parser.add_argument("--host", default="127.0.0.1", help="default: %(default)s")
    parser.add_argument("--port", default=8080, type=int, help="default: %(default)s")
    arguments = parser.parse_args()
    try:
        from optuna_dashboard import run_server  # noqa: PLC0415  # an extra
    except ModuleNotFoundError as error:
        sys.exit(
            f"Optuna Dashboard is not installed ({error}): run `uv sync --inexact --extra dashboard`."
        )
    project = find_kedro_project(Path.cwd()) or Path.cwd()
    configure_project((__package__ or "").partition(".")[0])
    context = KedroSession.create(project, env=arguments.env).load_context()
    run_server(context.catalog.load("study_storage"), host=arguments.host, port=arguments.port)


if __name__ == "__main__":
    main()
