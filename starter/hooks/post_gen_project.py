"""Fill the new project, whose folder is the working directory, from the tree around the starter."""

import sys
from pathlib import Path

STARTER = Path(r"{{ '.' | absolute }}")

sys.path.insert(0, str(STARTER))

from kedro_sweep_starter.project import Choices, StarterError, make_project  # noqa: E402

try:
    make_project(
        STARTER.parent,
        Path.cwd(),
        Choices(
            project_name="{{ cookiecutter.project_name }}",
            repo_name="{{ cookiecutter.repo_name }}",
            package="{{ cookiecutter.python_package }}",
            example="{{ cookiecutter.example }}",
            trackers="{{ cookiecutter.trackers }}",
        ),
    )
except StarterError as error:
    sys.exit(f"No project was made: {error}")
