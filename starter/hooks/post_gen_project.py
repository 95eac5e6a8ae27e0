"""Fill the new project, whose folder is the working directory, from the tree around the starter."""

import json
import sys
from pathlib import Path

# What runs Kedro may be older than what the project asks for.
if sys.version_info < (3, 11):  # noqa: UP036
    sys.exit(
        "No project was made: it needs Python 3.11 or newer, and this is "
        f"{sys.version.partition(' ')[0]}. Write `uvx --python 3.11 kedro new …`, or a newer one."
    )

STARTER = Path(r"{{ '.' | absolute }}")
ANSWERS = json.loads(r"""{{ cookiecutter | jsonify }}""")

sys.path.insert(0, str(STARTER))

from kedro_sweep_starter.project import Choices, StarterError, make_project  # noqa: E402

try:
    make_project(
        STARTER.parent,
        Path.cwd(),
        Choices(
            project_name=ANSWERS["project_name"],
            repo_name=ANSWERS["repo_name"],
            package=ANSWERS["python_package"],
            example=ANSWERS["example"],
            trackers=ANSWERS["trackers"],
        ),
    )
except StarterError as error:
    sys.exit(f"No project was made: {error}")
