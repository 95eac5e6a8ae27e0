"""A copy of the project, and runs of it in this process."""

import shutil
from pathlib import Path
from typing import Any

import pytest
from kedro.framework.project import configure_project
from kedro.framework.session import KedroSession

from tests.conftest import ROOT, add_example


def copy_project(target: Path) -> Path:
    """Copy what a run reads; the code stays where it is."""
    for name in ("conf", "data/01_raw"):
        shutil.copytree(ROOT / name, target / name)
    for number in ("05_model_input", "06_models", "07_model_output", "08_reporting", "09_tracking"):
        (target / "data" / number).mkdir()
    for name in ("pyproject.toml", ".telemetry"):
        shutil.copy(ROOT / name, target)
    add_example(target)
    parameters = target / "conf/base/parameters_data_science.yml"
    parameters.write_text(parameters.read_text().replace("n_trials: 100", "n_trials: 4"))
    return target


def open_session(project: Path, env: str | None = None, **params: Any) -> KedroSession:
    """Do what `kedro run` does before it runs."""
    configure_project("kedro_sweep")
    session = KedroSession.create(project, env=env, runtime_params=params)
    assert isinstance(session, KedroSession)
    return session


def run_project(project: Path, *pipelines: str, env: str | None = None, **params: Any) -> str:
    """Do what `kedro run` does.

    Returns:
        Kedro's name for the run, which is the version of what it saves.
    """
    session = open_session(project, env, **params)
    with session:
        session.run(pipeline_names=list(pipelines) or None)
    return str(session.session_id)


@pytest.fixture
def project(tmp_path: Path) -> Path:
    return copy_project(tmp_path / "a project")
