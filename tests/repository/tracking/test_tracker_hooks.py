"""The environment decides which tracker follows a run; any other run imports none."""

import subprocess
import sys
from pathlib import Path

from tests.conftest import Project


def test_any_environment_with_the_trackers_file_is_tracked(project: Project) -> None:
    (project.path / "conf/mlflow").rename(project.path / "conf/production")
    project.run_here("dp", env="production")
    assert (project.path / "data/09_tracking/mlflow.db").exists()


SCRIPT = """
import importlib.metadata, sys
importlib.metadata.distributions = lambda **kwargs: iter(())
from pathlib import Path
from tests.conftest import Project
Project(Path(sys.argv[1])).run_here("dp")
trackers = {"mlflow", "kedro_mlflow", "neptune", "optuna_dashboard"}
print("imported:", sorted(trackers & set(sys.modules)))
"""


def test_a_run_without_a_tracker_imports_none(project: Project, root: Path) -> None:
    # A process, as this one may have imported them already. The script hides the plugins' entry points:
    # Kedro imports all that are installed.
    command = [sys.executable, "-c", SCRIPT, str(project.path)]
    printed = subprocess.check_output(command, cwd=root, text=True)
    assert printed.endswith("imported: []\n")
