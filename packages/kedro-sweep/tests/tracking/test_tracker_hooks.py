import subprocess
import sys
from pathlib import Path

import pytest

from kedro_sweep.search import InputError

from tests.tracking.conftest import copy_project, open_session, run_project


@pytest.mark.parametrize(("name", "package"), [("mlflow", "kedro_mlflow"), ("neptune", "kedro_neptune")])
def test_a_tracker_that_is_not_installed_stops_the_run_with_the_remedy(
    project: Path, monkeypatch: pytest.MonkeyPatch, name: str, package: str
) -> None:
    session = open_session(project, env=name)
    tracking = "kedro_sweep.tracking"
    for module in list(sys.modules):
        if module.startswith((f"{tracking}.mlflow", f"{tracking}.neptune", package)):
            monkeypatch.delitem(sys.modules, module)
    monkeypatch.setitem(sys.modules, package, None)
    with pytest.raises(InputError, match=f"not installed .*{package}.* run `uv sync .*--extra {name}`"):
        session.run()


def test_any_environment_with_the_trackers_file_is_tracked(project: Path) -> None:
    (project / "conf/mlflow").rename(project / "conf/production")
    run_project(project, "dp", env="production")
    assert (project / "data/09_tracking/mlflow.db").exists()


def test_the_project_imports_no_tracker_of_its_own_accord(tmp_path: Path) -> None:
    # In an interpreter of its own, where nothing is imported yet. The plugins' entry points, through
    # which Kedro imports whatever is installed, are kept away.
    project = copy_project(tmp_path / "project")
    script = f"""
import importlib.metadata, sys
importlib.metadata.distributions = lambda **kwargs: iter(())
from tests.tracking.conftest import run_project
run_project({str(project)!r}, "dp")
trackers = {{"mlflow", "kedro_mlflow", "neptune", "kedro_neptune", "optuna_dashboard"}}
print("imported:", sorted(trackers & set(sys.modules)))
"""
    output = subprocess.run(
        [sys.executable, "-c", script],
        cwd=Path(__file__).parents[2],
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    assert output.endswith("imported: []\n")
