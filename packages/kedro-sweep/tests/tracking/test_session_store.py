"""The session store records every run with its parameters, and never makes one fail."""

import json
import logging
import sqlite3
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from kedro.framework.project import settings
from kedro.pipeline import Node, Pipeline

from kedro_sweep.errors import InputError
from kedro_sweep.tracking import _session_store, check_places
from kedro_sweep.tracking._session_store import (
    FILE_NAME,
    RecordHooks,
    SessionStore,
    find_command,
    read_sessions,
)

RUN_ID = "2026-01-02T03.04.05.678Z"


def make_store(folder: Path, run_id: str = RUN_ID, **settings: Any) -> SessionStore:
    store = SessionStore(str(folder), run_id, **settings)
    store.update(
        project_path=Path.cwd(), runtime_params={"frac": 0.3}, cli={"command_path": "kedro run"}
    )
    return store


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


def test_run_is_finished_when_its_last_node_is(tmp_path: Path) -> None:
    stores = {run_id: make_store(tmp_path, run_id) for run_id in ("killed", "whole")}
    for run_id in stores:
        RecordHooks().before_pipeline_run({"run_id": run_id, "env": None})
    for run_id in ("whole", "unknown"):
        RecordHooks().after_pipeline_run({"run_id": run_id})
    sessions = read_sessions(tmp_path / FILE_NAME)
    assert [sessions[run_id]["finished"] for run_id in stores] == [False, True]
    assert [sessions[run_id].get("seconds") for run_id in stores] == [None, 0]


def test_command_of_a_run_is_the_one_that_was_given(tmp_path: Path) -> None:
    stores = {run_id: SessionStore(str(tmp_path), run_id) for run_id in ("given", "from code")}
    stores["given"]["cli"] = {"command_path": "kedro run --pipelines ds"}
    commands = [find_command(run_id) for run_id in (*stores, "unknown")]
    assert commands == ["kedro run --pipelines ds", "", ""]


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


def test_stores_that_write_at_once_lose_no_record(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    def record(number: int) -> None:
        make_store(tmp_path, f"run {number}", timeout=60).record_run({"env": None})

    with ThreadPoolExecutor(8) as threads:
        list(threads.map(record, range(80)))
    assert caplog.messages == []
    assert set(read_sessions(tmp_path / FILE_NAME)) == {f"run {number}" for number in range(80)}


@pytest.mark.parametrize(
    "blob",
    [b"{", b"\xff", b'"[1]"', b"7", json.dumps("[" * 99_999).encode(), rb'"{\"a\": \"\\ud800\"}"'],
    ids=["no JSON", "no UTF-8", "no dictionary", "no text", "too deep", "no character"],
)
def test_a_damaged_record_is_skipped_with_a_warning(
    blob: bytes, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    for run_id in ("whole", "damaged"):
        make_store(tmp_path, run_id).record_run({"env": None})
    with closing(sqlite3.connect(tmp_path / FILE_NAME)) as database, database:
        database.execute("UPDATE runs SET blob = CAST(? AS TEXT) WHERE id = 'damaged'", [blob])
    assert list(read_sessions(tmp_path / FILE_NAME)) == ["whole"]
    assert "Skipped the record of run damaged" in caplog.text


def test_a_path_that_the_locale_of_a_run_could_not_read_is_readable_again(tmp_path: Path) -> None:
    store = make_store(tmp_path)
    store["folder"] = "/home/müller".encode().decode("ascii", "surrogateescape")
    store.record_run({"env": None})
    assert read_sessions(tmp_path / FILE_NAME)[RUN_ID]["folder"] == "/home/müller"


def test_the_runs_of_a_session_without_a_store_are_recorded_one_by_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(settings, "SESSION_STORE_CLASS", SessionStore)
    monkeypatch.setattr(settings, "SESSION_STORE_ARGS", {"path": str(tmp_path)})
    hooks = RecordHooks()
    shared = {"session_id": "server", "project_path": str(tmp_path), "env": "contest"}
    requests: list[dict[str, Any]] = [
        shared | {"run_id": name, "runtime_params": {"frac": frac}}
        for name, frac in (("killed", 0.1), ("whole", 0.2), ("failed", 0.3))
    ]
    for request in requests:
        hooks.before_pipeline_run(request)
    assert {"killed", "whole", "failed"}.issubset(SessionStore.open_stores)
    hooks.after_pipeline_run(requests[1])
    hooks.on_pipeline_error(InputError("no rows"), requests[2])
    assert {"whole", "failed"}.isdisjoint(SessionStore.open_stores)
    found = read_sessions(tmp_path / FILE_NAME)
    killed, whole, failed = (found[request["run_id"]] for request in requests)
    assert [run["finished"] for run in (killed, whole, failed)] == [False, True, False]
    assert killed["runtime_params"] == {"frac": 0.1}
    assert killed["env"] == "contest"
    assert failed["exception"] == {"type": "kedro_sweep.errors.InputError", "value": "no rows"}


def test_no_password_of_a_command_or_an_error_is_recorded(tmp_path: Path) -> None:
    store = make_store(tmp_path)
    store["cli"] = {"command_path": "kedro run --params a.url=db://me:hunter2@host,password=hunter2"}
    store["exception"] = {"value": "no db://me:hunter2@host", "traceback": ["db://me:hunter2@host"]}
    store.record_run({"env": "local"})
    assert b"hunter2" not in (tmp_path / FILE_NAME).read_bytes()
    assert find_command(RUN_ID) == "kedro run --params a.url=db://***@host,password=***"


def test_parameters_in_their_old_places_are_one_error_with_the_new_places() -> None:
    check_places(["data", "sweep", "my_own"])
    with pytest.raises(InputError, match=r"^frac is now data\.frac: write it there, in the param"):
        check_places(["data", "frac"])
    with pytest.raises(InputError, match=r"^y_label is now data\.y_label, model is now sweep\.model: "):
        check_places(["y_label", "sweep", "model"])


def test_a_parameter_that_a_node_of_the_project_reads_may_have_any_name(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    reads = Pipeline(
        [Node(len, name, f"n{n}") for n, name in enumerate(["params:model", "params:features.lags"])]
    )
    monkeypatch.setattr(_session_store, "pipelines", {"mine": reads})
    check_places(["model", "features", "data"])
    with pytest.raises(InputError, match=r"^drop is now data\.drop"):
        check_places(["model", "drop"])
