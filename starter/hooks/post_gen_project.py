"""Fill the new project, whose folder is the working directory, from the repository around the starter."""

import json
import sys
from pathlib import Path

# `kedro new` may run on an older Python than the project needs.
if sys.version_info < (3, 11):  # noqa: UP036
    sys.exit(
        f"No project was made: it needs Python 3.11 or newer, and this is {sys.version.split()[0]}. "
        "Run `uvx --python 3.11 kedro new …`, or use a newer version."
    )

answers = json.loads(r"""{{ cookiecutter | jsonify }}""")

# A relative path starts in the folder where `kedro new` was called, which is also the output folder.
repository = Path(answers["_output_dir"], answers["_repo_dir"]).parent
if not (repository / "starter").is_dir():
    sys.exit(
        f"No project was made: {repository} has no starter. Use an absolute path to the repository."
    )
sys.path.insert(0, str(repository))

from starter.new_project import Names, StarterError, find_address, make_project  # noqa: E402

try:
    names = Names(answers["python_package"], answers["repo_name"], answers["project_name"].strip())
    make_project(repository.resolve(), Path.cwd(), names, find_address(repository.resolve()))
except StarterError as error:
    sys.exit(f"No project was made: {error}")
