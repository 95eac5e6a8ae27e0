"""The command `python -m pictures`."""

import argparse
import tempfile
from pathlib import Path

from pictures.browser import open_browser
from pictures.project import GRIDS, PROJECT, TRACKED, make_grid_runs, make_mlflow_runs, make_runs
from pictures.scenes import SCENES


def main() -> None:
    """Make the runs and take the pictures that are named, or all."""
    parser = argparse.ArgumentParser(prog="python -m pictures", description=main.__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"of {', '.join(SCENES)}")
    parser.add_argument("--folder", type=Path, help="where the runs are made, and found again")
    options = parser.parse_args()
    if unknown := set(options.names) - set(SCENES):
        parser.error(f"no picture is called {', '.join(sorted(unknown))}")
    with tempfile.TemporaryDirectory() as temporary:
        folder = options.folder or Path(temporary)
        project, tracked = folder / PROJECT, folder / TRACKED
        if not (folder / GRIDS).exists():
            make_grid_runs(folder / GRIDS)
        if not project.exists() and options.names != ["hero"]:
            make_runs(project)
            make_mlflow_runs(project, tracked)
        with open_browser() as browser:
            for name in options.names or SCENES:
                SCENES[name](browser, folder)
                print(f"docs/images/{name}.png", flush=True)


if __name__ == "__main__":
    main()
