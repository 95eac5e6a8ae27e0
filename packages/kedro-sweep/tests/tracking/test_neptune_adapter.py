import base64
import json
import logging
import socket
from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
from kedro.runner import ParallelRunner
from kedro_neptune.config import NeptuneConfig

from kedro_sweep.tracking import neptune_adapter
from kedro_sweep.tracking.neptune.hooks import start_run
from kedro_sweep.tracking.neptune.export import export

from tests.tracking.conftest import copy_project, open_session, run_project

VARIABLES = ("NEPTUNE_MODE", "NEPTUNE_API_TOKEN", "NEPTUNE_PROJECT", "NEPTUNE_DATA_DIRECTORY")


@pytest.fixture(autouse=True, scope="module")
def _restore_environment() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        for name in VARIABLES:
            patch.setenv(name, "")
        yield


@pytest.fixture(autouse=True)
def _clear_environment(_restore_environment: None, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in VARIABLES:
        monkeypatch.delenv(name, raising=False)


def read_runs(project: Path) -> list[dict[str, Any]]:
    paths = export(project / "data/09_tracking/.neptune", project / "exported")
    return [json.loads(path.read_text()) for path in paths]


@pytest.fixture(scope="module")
def tracked(tmp_path_factory: pytest.TempPathFactory, _restore_environment: None) -> Path:
    project = copy_project(tmp_path_factory.mktemp("neptune") / "a project")
    with pytest.MonkeyPatch.context() as patch:
        for name in VARIABLES:
            patch.delenv(name)
        run_project(project, env="neptune")
        run_project(project, "ds", env="neptune")
    return project


@pytest.fixture(scope="module")
def run(tracked: Path) -> dict[str, Any]:
    first, _ = read_runs(tracked)
    return first


def test_a_run_is_one_folder_offline(tracked: Path) -> None:
    assert len(list((tracked / "data/09_tracking/.neptune/offline").iterdir())) == 2
    assert not (tracked / ".neptune").exists()


@pytest.mark.parametrize("part", ["train", "test"])
def test_the_nodes_report_accuracy_and_confusion_matrix(
    tracked: Path, run: dict[str, Any], part: str
) -> None:
    versions = sorted((tracked / f"data/09_tracking/{part}_metrics.json").glob("*/*.json"))
    metrics = json.loads(versions[0].read_text())
    report = f"kedro/nodes/report/{part}"
    assert run["fields"][f"{report}_accuracy"] == metrics["acc"]
    assert run["fields"][f"{report}_balanced_accuracy"] == metrics["balanced_acc"]
    assert Path(run["files"][f"{report}_confusion_matrix"]).read_bytes().startswith(b"\x89PNG")


def test_every_trial_is_recorded_without_a_plot(tracked: Path, run: dict[str, Any]) -> None:
    values = run["series"]["kedro/trials/values"]
    assert [value["step"] for value in values] == [0, 1, 2, 3]
    assert max(value["value"] for value in values) == run["fields"]["kedro/best/value"]
    assert run["fields"]["kedro/trials/trials/3/params/max_depth"] >= 1
    assert not any("visualizations" in path for path in run["files"])


def test_a_run_that_adds_no_trial_records_those_that_are_there(tracked: Path) -> None:
    first, second = (run["series"]["kedro/trials/values"] for run in read_runs(tracked))
    assert [value["value"] for value in first] == [value["value"] for value in second]


def test_kedro_neptunes_own_records_are_there(tracked: Path, run: dict[str, Any]) -> None:
    fields, files = run["fields"], run["files"]
    assert fields["kedro/catalog/parameters/frac"] == 0.15
    assert fields["kedro/catalog/parameters/search_space/max_depth/high"] == 20
    assert fields["kedro/catalog/datasets/raw/filepath"] == str(tracked / "data/01_raw/WineQT.csv")
    assert fields["kedro/run_params/env"] == "neptune"
    assert fields["kedro/nodes/train_model/status"] == "done"
    assert fields["kedro/nodes/train_model/parameters/random_seed"] == 42
    structure = json.loads(Path(files["kedro/structure"]).read_text())
    assert "search_hyperparameters" in {node["name"] for node in structure["pipeline"]}
    assert f"{tracked}/src/**/*.py" in files["source_code/files"]


def test_a_failed_run_is_recorded_as_failed(project: Path) -> None:
    with pytest.raises(Exception, match="no such column"):
        run_project(project, env="neptune", features=["no such column"])
    (run,) = read_runs(project)
    assert run["fields"]["sys/failed"] is True


def test_without_the_environment_there_is_no_run_and_no_file(project: Path) -> None:
    session = open_session(project)
    assert session.load_context().catalog.load("neptune_run") is None
    run_project(project)
    assert not list(project.rglob(".neptune"))


def test_it_can_be_disabled_in_its_environment(project: Path) -> None:
    config = project / "conf/neptune/neptune.yml"
    config.write_text(config.read_text().replace("enabled: true", "enabled: false"))
    run_project(project, env="neptune")
    assert not list(project.rglob(".neptune"))


def test_nodes_in_other_processes_run_without_the_run(project: Path) -> None:
    session = open_session(project, "neptune")
    session.run(runner=ParallelRunner(max_workers=2))
    (run,) = read_runs(project)
    assert run["fields"]["kedro/run_params/env"] == "neptune"
    assert "kedro/nodes/report/test_accuracy" not in run["fields"]


def test_token_and_project_may_stand_in_credentials(
    project: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    credentials = {"neptune": {"api_token": make_token("http://127.0.0.1:9"), "project": "a/b"}}
    (project / "conf/neptune/credentials.yml").write_text(json.dumps(credentials))
    run_project(project, "dp", env="neptune")
    assert "this run is recorded offline" in caplog.text
    assert len(read_runs(project)) == 1


# --- Servers that are none -------------------------------------------------------------------------

NOT_FOUND = b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n"
GARBAGE = b"HTTP/1.1 200 OK\r\nContent-Length: 13\r\n\r\n<html></html>"
OTHER_JSON = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}"
NO_HTTP = b"\x00\xff no such thing\r\n\r\n"
GREETING = b'HTTP/1.1 200 OK\r\nContent-Length: 13\r\n\r\n{"paths": {}}'
SILENCE = b""

Serve = Callable[..., str]


def make_token(address: str) -> str:
    token = {"api_address": address, "api_url": address, "api_key": "key"}
    return base64.b64encode(json.dumps(token).encode()).decode()


@pytest.fixture
def serve() -> Iterator[Serve]:
    """Serve on loopback: one answer a connection, the last one for all that follow."""
    sockets: list[socket.socket] = []

    def start(*answers: bytes) -> str:
        listener = socket.create_server(("127.0.0.1", 0))
        sockets.append(listener)

        def answer() -> None:
            for count in range(1000):
                try:
                    connection, _ = listener.accept()
                except OSError:
                    return
                sockets.append(connection)
                connection.recv(65536)
                if reply := answers[min(count, len(answers) - 1)]:
                    connection.sendall(reply)
                    connection.close()

        Thread(target=answer, daemon=True).start()
        return f"http://127.0.0.1:{listener.getsockname()[1]}"

    yield start
    for open_socket in sockets:
        with closing(open_socket), suppress(OSError):
            open_socket.shutdown(socket.SHUT_RDWR)


def start_run_against(address: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Start a run, write one value, and give the folder that it was written to."""
    monkeypatch.setenv("NEPTUNE_DATA_DIRECTORY", str(tmp_path))
    config = NeptuneConfig(make_token(address), "some/project", "kedro", [], True, None)
    run = start_run(config, tmp_path)
    run["answer"] = 42
    run.stop()
    (path,) = export(tmp_path, tmp_path / "exported")
    assert json.loads(path.read_text())["fields"]["answer"] == 42
    return next(tmp_path.glob("*/run__*")).parent


@pytest.mark.parametrize(
    ("answers", "reason"),
    [
        ((NOT_FOUND,), "404"),
        ((GARBAGE,), "JSONDecodeError"),
        ((OTHER_JSON,), "not of a Neptune server"),
        ((NO_HTTP,), "BadStatusLine"),
        ((SILENCE,), "timed out"),
        ((GREETING, SILENCE), "no answer within"),
        ((GREETING, NOT_FOUND), "ClientHttpError"),
    ],
    ids=["404", "garbage", "other", "no-http", "silence", "greeting-silence", "greeting-404"],
)
def test_a_server_that_is_none_leaves_the_run_offline(
    serve: Serve,
    answers: tuple[bytes, ...],
    reason: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    monkeypatch.setattr(neptune_adapter, "ANSWER_TIMEOUT", 0.5)
    monkeypatch.setattr(neptune_adapter, "START_TIMEOUT", 3)
    folder = start_run_against(serve(*answers), tmp_path, monkeypatch)
    assert folder.name == "offline"
    (warning,) = [record for record in caplog.records if record.levelno == logging.WARNING]
    assert reason in warning.getMessage()
    assert "this run is recorded offline" in warning.getMessage()


def test_a_server_that_refuses_leaves_the_run_offline(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    assert start_run_against(f"http://127.0.0.1:{port}", tmp_path, monkeypatch).name == "offline"
    assert "refused" in caplog.text


def test_a_token_that_is_none_leaves_the_run_offline(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv("NEPTUNE_DATA_DIRECTORY", str(tmp_path))
    start_run(NeptuneConfig("no token", "a/b", "kedro", [], True, None), tmp_path).stop()
    assert "this run is recorded offline" in caplog.text
    assert "no token" not in caplog.text


@pytest.mark.parametrize(("token", "project"), [("", "a/b"), (make_token("http://127.0.0.1:9"), "")])
def test_without_token_or_project_no_server_is_asked(
    token: str,
    project: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    monkeypatch.setenv("NEPTUNE_DATA_DIRECTORY", str(tmp_path))
    start_run(NeptuneConfig(token, project, "kedro", [], True, None), tmp_path).stop()
    assert not [record for record in caplog.records if record.levelno >= logging.WARNING]
    assert len(list((tmp_path / "offline").iterdir())) == 1


def test_the_longest_start_is_well_below_half_a_minute() -> None:
    assert neptune_adapter.ANSWER_TIMEOUT < neptune_adapter.START_TIMEOUT <= 25
