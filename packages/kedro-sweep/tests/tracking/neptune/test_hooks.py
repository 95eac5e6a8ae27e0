"""A server that cannot be used never stops a run: the run is recorded offline."""

import base64
import json
import logging
import socket
from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from datetime import datetime
from pathlib import Path
from threading import Thread
from typing import Any

import neptune
import pytest
from kedro_neptune.config import NeptuneConfig
from neptune.internal.utils import git

from kedro_sweep.tracking.neptune import hooks
from kedro_sweep.tracking.neptune.hooks import start_run

NOT_FOUND = b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n"
GARBAGE = b"HTTP/1.1 200 OK\r\nContent-Length: 13\r\n\r\n<html></html>"
OTHER_JSON = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}"
NO_HTTP = b"\x00\xff no such thing\r\n\r\n"
GREETING = b'HTTP/1.1 200 OK\r\nContent-Length: 13\r\n\r\n{"paths": {}}'
SILENCE = b""

Serve = Callable[..., str]
ReadRun = Callable[[neptune.Run], dict[str, Any]]


def make_token(address: str) -> str:
    token = {"api_address": address, "api_url": address, "api_key": "key"}
    return base64.b64encode(json.dumps(token).encode()).decode()


def configure(token: str, project: str = "some/project") -> NeptuneConfig:
    return NeptuneConfig(token, project, "kedro", [], True, None)


@pytest.fixture
def serve() -> Iterator[Serve]:
    """Serve on loopback: one answer per connection, the last one for all that follow."""
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


@pytest.mark.parametrize(
    ("answers", "start_timeout", "reason"),
    [
        ((NOT_FOUND,), 20, "404"),
        ((GARBAGE,), 20, "JSONDecodeError"),
        ((OTHER_JSON,), 20, "not a Neptune server"),
        ((NO_HTTP,), 20, "BadStatusLine"),
        ((SILENCE,), 20, "timed out"),
        ((GREETING, SILENCE), 0.5, "no answer within 0.5 seconds"),
        ((GREETING, NOT_FOUND), 20, "ClientHttpError"),
    ],
    ids=["404", "garbage", "other", "no-http", "silence", "greeting-silence", "greeting-404"],
)
def test_an_answer_that_is_not_of_neptune_leaves_the_run_offline(
    answers: tuple[bytes, ...],
    start_timeout: float,
    reason: str,
    serve: Serve,
    data_directory: Path,
    read_run: ReadRun,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    monkeypatch.setattr(hooks, "ANSWER_TIMEOUT", 0.5)
    monkeypatch.setattr(hooks, "START_TIMEOUT", start_timeout)
    run = start_run(configure(make_token(serve(*answers))), data_directory)
    run["answer"] = 42
    assert read_run(run)["fields"]["answer"] == 42
    assert len(list((data_directory / "offline").iterdir())) == 1
    [warning] = [record for record in caplog.records if record.levelno == logging.WARNING]
    assert reason in warning.getMessage()
    assert "this run is recorded offline" in warning.getMessage()


def test_a_server_that_refuses_leaves_the_run_offline(
    data_directory: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    start_run(configure(make_token(f"http://127.0.0.1:{port}")), data_directory).stop()
    assert "refused" in caplog.text
    assert len(list((data_directory / "offline").iterdir())) == 1


def test_a_malformed_token_leaves_the_run_offline_and_is_not_logged(
    data_directory: Path, caplog: pytest.LogCaptureFixture
) -> None:
    start_run(configure("no token"), data_directory).stop()
    assert "this run is recorded offline" in caplog.text
    assert "no token" not in caplog.text


@pytest.mark.parametrize(("token", "project"), [("", "a/b"), (make_token("http://127.0.0.1:9"), "")])
def test_without_token_or_project_no_server_is_asked(
    token: str, project: str, data_directory: Path, caplog: pytest.LogCaptureFixture
) -> None:
    start_run(configure(token, project), data_directory).stop()
    assert not [record for record in caplog.records if record.levelno >= logging.WARNING]
    assert len(list((data_directory / "offline").iterdir())) == 1


def test_git_remotes_and_changes_are_recorded_without_passwords(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    info = git.GitInfo("1", "", "", "", datetime(2026, 1, 1), True, "main", ["https://hunter2@host/it"])
    monkeypatch.setattr(hooks, "FIND_GIT_INFO", lambda _: info)
    monkeypatch.setattr(hooks, "FIND_CHANGES", lambda *_: "+ uri: http://me:hunter2@host")
    found = hooks._find_git_info(None)
    assert found
    assert found.remotes == ["https://***@host/it"]
    assert hooks._find_changes(None, "HEAD") == "+ uri: http://***@host"
