"""The session store records every run, and never costs one."""

import json
import logging
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from kedro_sweep.tracking.session_store import FILE_NAME, RecordHooks, SessionStore, read_sessions

from tests.conftest import Project

RUN_ID = "2026-01-02T03.04.05.678Z"
TINY = ("--pipeline", "dp", "--params", "frac=0.3")


@pytest.fixture
def project(copy_project: Callable[[], Project]) -> Project:
    """A fresh copy of the project."""
    return copy_project()


def make_store(folder: Path, run_id: str = RUN_ID, **settings: Any) -> SessionStore:
    store = SessionStore(str(folder), run_id, **settings)
    store.update(
        project_path=Path.cwd(), runtime_params={"frac": 0.3}, cli={"command_path": "kedro run"}
    )
    return store


def read_project(project: Project) -> dict[str, dict[str, Any]]:
    return read_sessions(project.path / "data/09_tracking" / FILE_NAME)


def test_run_is_recorded_as_kedro_viz_reads_it(tmp_path: Path) -> None:
    make_store(tmp_path).record_run({"env": "mlflow"})
    with closing(sqlite3.connect(tmp_path / FILE_NAME)) as database:
        [(run_id, blob)] = database.execute("SELECT id, blob FROM runs").fetchall()
    assert run_id == RUN_ID
    # SQLAlchemy's JSON column holds a string, which Kedro-Viz parses again.
    content = json.loads(json.loads(blob))
    assert content["env"] == "mlflow"
    assert content["runtime_params"] == {"frac": 0.3}
    assert content["cli"]["command_path"] == "kedro run"


def test_session_that_runs_nothing_leaves_no_record(tmp_path: Path) -> None:
    make_store(tmp_path).save()
    assert not (tmp_path / FILE_NAME).exists()


def test_hook_records_the_session_of_the_run(tmp_path: Path) -> None:
    stores = [make_store(tmp_path, run_id) for run_id in ("one", "two")]
    RecordHooks().before_pipeline_run({"run_id": "two", "env": None})
    RecordHooks().before_pipeline_run({"run_id": "unknown", "env": None})
    for store in stores:
        store.save()
    assert list(read_sessions(tmp_path / FILE_NAME)) == ["two"]


def test_end_of_a_run_adds_to_its_record(tmp_path: Path) -> None:
    store = make_store(tmp_path)
    store.record_run({"env": "local"})
    store["exception"] = {"type": "ValueError"}
    store.save()
    assert read_sessions(tmp_path / FILE_NAME)[RUN_ID]["exception"] == {"type": "ValueError"}


def test_locked_file_warns_and_the_run_goes_on(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    location = tmp_path / FILE_NAME
    make_store(tmp_path, "first").record_run({"env": None})
    with closing(sqlite3.connect(location, isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        make_store(tmp_path, timeout=0.01).record_run({"env": None})
    [warning] = caplog.records
    assert warning.levelno == logging.WARNING
    assert RUN_ID in warning.getMessage()
    assert f"{location}: database is locked" in warning.getMessage()
    assert list(read_sessions(location)) == ["first"]


def test_corrupt_file_warns_and_is_left_as_it_is(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    location = tmp_path / FILE_NAME
    garbage = b"This is no database. " * 100
    location.write_bytes(garbage)
    make_store(tmp_path).record_run({"env": None})
    assert f"{location}: file is not a database" in caplog.text
    assert "move it away" in caplog.text
    assert read_sessions(location) == {}
    assert f"Cannot read the records of past runs in {location}" in caplog.text
    assert location.read_bytes() == garbage


def test_folder_that_cannot_be_made_warns(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    (tmp_path / "file").touch()
    make_store(tmp_path / "file").record_run({"env": None})
    assert "is not recorded" in caplog.text


def test_relative_path_starts_at_the_project(tmp_path: Path) -> None:
    store = SessionStore("data/09_tracking", RUN_ID)
    store["project_path"] = tmp_path
    assert store.location == tmp_path / "data/09_tracking" / FILE_NAME


def test_real_run_records_command_parameters_environment_commit_and_branch(project: Project) -> None:
    git = ["git", "-c", "user.name=Test", "-c", "user.email=test@example.com"]
    for command in (["init", "-q", "-b", "trunk"], ["commit", "-q", "--allow-empty", "-m", "Start"]):
        subprocess.run([*git, *command], cwd=project.path, check=True)
    sha = subprocess.check_output([*git, "rev-parse", "--short", "HEAD"], cwd=project.path, text=True)
    project.run(*TINY)
    [(run_id, session)] = read_project(project).items()
    assert session["session_id"] == run_id
    assert session["cli"]["command_path"] == f"kedro run {' '.join(TINY)}"
    assert session["runtime_params"] == {"frac": 0.3}
    assert session["env"] == "local"
    assert session["git"] == {"commit_sha": sha.strip(), "dirty": True, "branch": "trunk"}
    assert "exception" not in session


def test_run_from_a_subfolder_is_recorded_in_the_project(project: Project) -> None:
    command = [sys.executable, "-m", "kedro", "run", *TINY]
    subprocess.run(command, cwd=project.path / "conf", capture_output=True, check=True)
    assert len(read_project(project)) == 1
    assert not (project.path / "conf/data").exists()


def test_failed_run_is_recorded_with_its_error(project: Project) -> None:
    (project.path / "data/01_raw/WineQT.csv").write_text("quality\n")
    code, _ = project.kedro("run", *TINY)
    assert code != 0
    [session] = read_project(project).values()
    expected = "kedro_sweep.errors.InputError"
    assert session["exception"]["type"] == expected


def test_commands_that_run_nothing_are_not_recorded(project: Project) -> None:
    code, output = project.kedro("catalog", "describe-datasets")
    assert code == 0, output
    assert read_project(project) == {}


@pytest.mark.parametrize("parameters", ["sweep.n_trials=-1", "model.params.max_depth=3"])
def test_run_with_wrong_parameters_is_not_recorded(parameters: str, project: Project) -> None:
    code, _ = project.kedro("run", "--pipeline", "ds", "--params", parameters)
    assert code != 0
    assert read_project(project) == {}


def test_run_succeeds_beside_a_corrupt_file(project: Project) -> None:
    location = project.path / "data/09_tracking" / FILE_NAME
    location.parent.mkdir(parents=True)
    location.write_bytes(b"This is no database. " * 100)
    assert "file is not a database" in project.run(*TINY)


def test_concurrent_processes_lose_no_record(tmp_path: Path) -> None:
    script = """
import sys
from kedro_sweep.tracking.session_store import SessionStore
folder, process = sys.argv[1:]
sys.stdin.readline()
for number in range(20):
    store = SessionStore(folder, f"{process}-{number}")
    store["project_path"] = folder
    store.record_run({"env": None})
    store.save()
"""
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", script, str(tmp_path), str(process)],
            stdin=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for process in range(4)
    ]
    for process in processes:  # all have started and wait; now they race
        assert process.stdin is not None
        process.stdin.write("go\n")
        process.stdin.flush()
    for process in processes:
        _, errors = process.communicate(timeout=120)
        assert process.returncode == 0, errors
        assert "is not recorded" not in errors
    expected = {f"{process}-{number}" for process in range(4) for number in range(20)}
    assert set(read_sessions(tmp_path / FILE_NAME)) == expected


def test_two_runs_at_once_are_both_recorded(project: Project) -> None:
    processes = [project.start("run", *TINY) for _ in range(2)]
    for process in processes:
        output, _ = process.communicate(timeout=120)
        assert process.returncode == 0, output
    assert len(read_project(project)) == 2
