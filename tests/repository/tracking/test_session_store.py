"""Every run of a project is recorded, and nothing else is."""

import subprocess
import sys
from typing import Any

import pytest
from kedro.framework.project import configure_project
from kedro.framework.session import KedroSession
from kedro.validation import ParameterValidationError
from kedro_sweep.errors import InputError
from kedro_sweep.tracking._session_store import FILE_NAME, read_sessions

from wine_sweep.__main__ import main

from tests.conftest import PACKAGE, Project
from tests.repository.tracking.conftest import run_from

SMALL_RUN = ("--pipeline", "dp", "--params", "data.frac=0.3")


def read_records(project: Project) -> dict[str, dict[str, Any]]:
    return read_sessions(project.path / "data/09_tracking" / FILE_NAME)


def test_a_run_records_command_parameters_environment_commit_and_branch(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    git = ["git", "-c", "user.name=Test", "-c", "user.email=test@example.com"]
    for command in (["init", "-q", "-b", "trunk"], ["commit", "-q", "--allow-empty", "-m", "Start"]):
        subprocess.run([*git, *command], cwd=project.path, check=True)
    sha = subprocess.check_output([*git, "rev-parse", "--short", "HEAD"], cwd=project.path, text=True)
    # Kedro takes the command from the command line of the process.
    monkeypatch.setattr(sys, "argv", ["kedro", "run", *SMALL_RUN])
    monkeypatch.chdir(project.path)
    main([*SMALL_RUN], standalone_mode=False)
    [(run_id, record)] = read_records(project).items()
    assert record["session_id"] == run_id
    assert record["cli"]["command_path"] == f"kedro run {' '.join(SMALL_RUN)}"
    assert record["runtime_params"] == {"data": {"frac": 0.3}}
    assert record["env"] == "local"
    assert record["git"] == {"commit_sha": sha.strip(), "dirty": True, "branch": "trunk"}
    assert "exception" not in record


def test_a_run_from_a_subfolder_is_recorded_in_the_project(project: Project) -> None:
    run_from(project.path / "conf", project, "dp")
    assert len(read_records(project)) == 1
    assert not (project.path / "conf/data").exists()


def test_a_failed_run_is_recorded_with_its_error(project: Project) -> None:
    (project.path / "data/01_raw/WineQT.csv").write_text("quality\n")
    with pytest.raises(InputError):
        project.run_here("dp")
    [record] = read_records(project).values()
    assert record["exception"]["type"] == "kedro_sweep.errors.InputError"


def test_a_session_that_runs_nothing_is_not_recorded(project: Project) -> None:
    # As a notebook and `kedro catalog` do.
    configure_project(PACKAGE, preserve_logging=True)
    session = KedroSession.create(project.path)
    assert isinstance(session, KedroSession)
    with session:
        session.load_context().catalog.load("raw")
    assert read_records(project) == {}


@pytest.mark.parametrize(
    ("parameters", "error"),
    [
        ({"sweep": {"n_trials": -1}}, ParameterValidationError),
        ({"sweep": {"model": {"params": {"max_depth": 3}}}}, InputError),
    ],
    ids=["not allowed", "does not fit the search space"],
)
def test_a_run_with_wrong_parameters_is_not_recorded(
    parameters: dict[str, Any], error: type[Exception], project: Project
) -> None:
    with pytest.raises(error):
        project.run_here("dp", "ds", **parameters)
    assert read_records(project) == {}


def test_a_run_succeeds_beside_a_corrupt_file(
    project: Project, caplog: pytest.LogCaptureFixture
) -> None:
    location = project.path / "data/09_tracking" / FILE_NAME
    location.parent.mkdir(parents=True)
    location.write_bytes(b"This is no database. " * 100)
    project.run_here("dp")
    assert "file is not a database" in caplog.text
    assert (project.path / "data/05_model_input/train.parquet").exists()
