"""A server that cannot be used never stops a run: the run is recorded offline."""

import base64
import json
import logging
import socket
from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from pathlib import Path
from threading import Thread
from typing import Any

import neptune
import pytest

from kedro_sweep.tracking.neptune import hooks
from kedro_sweep.tracking.neptune.hooks import start_run

NOT_FOUND = b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n"
GARBAGE = b"HTTP/1.1 200 OK\r\nContent-Length: 13\r\n\r\n<html></html>"
NO_HTTP = b"\x00\xff no such thing\r\n\r\n"
SILENCE = b""

Serve = Callable[[bytes], str]
ReadRun = Callable[[neptune.Run], dict[str, Any]]


def make_account(address: str) -> dict[str, str]:
    token = {"api_address": address, "api_url": address, "api_key": "key"}
    return {"api_token": base64.b64encode(json.dumps(token).encode()).decode(), "project": "a/b"}


@pytest.fixture
def serve() -> Iterator[Serve]:
    """Serve one answer on loopback, to every connection."""
    sockets: list[socket.socket] = []

    def start(reply: bytes) -> str:
        listener = socket.create_server(("127.0.0.1", 0))
        sockets.append(listener)

        def answer() -> None:
            while True:
                try:
                    connection, _ = listener.accept()
                except OSError:
                    return
                sockets.append(connection)
                connection.recv(65536)
                if reply:
                    connection.sendall(reply)
                    connection.close()

        Thread(target=answer, daemon=True).start()
        return f"http://127.0.0.1:{listener.getsockname()[1]}"

    yield start
    for open_socket in sockets:
        with closing(open_socket), suppress(OSError):
            open_socket.shutdown(socket.SHUT_RDWR)


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (NOT_FOUND, "404"),
        (GARBAGE, "cannot be used"),
        (NO_HTTP, "BadStatusLine"),
        (SILENCE, "timed out"),
    ],
    ids=["404", "garbage", "no-http", "silence"],
)
def test_an_answer_that_is_not_of_neptune_leaves_the_run_offline(
    answer: bytes,
    reason: str,
    serve: Serve,
    data_directory: Path,
    read_run: ReadRun,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    monkeypatch.setattr(hooks, "ANSWER_TIMEOUT", 0.5)
    run = start_run(make_account(serve(answer)))
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
    start_run(make_account(f"http://127.0.0.1:{port}")).stop()
    assert "refused" in caplog.text
    assert len(list((data_directory / "offline").iterdir())) == 1


def test_a_malformed_token_leaves_the_run_offline_and_is_not_logged(
    data_directory: Path, caplog: pytest.LogCaptureFixture
) -> None:
    start_run({"api_token": "no token", "project": "a/b"}).stop()
    assert "this run is recorded offline" in caplog.text
    assert "no token" not in caplog.text


@pytest.mark.parametrize("missing", ["api_token", "project"])
def test_without_token_or_project_no_server_is_asked(
    missing: str, data_directory: Path, caplog: pytest.LogCaptureFixture
) -> None:
    start_run(make_account("http://127.0.0.1:9") | {missing: ""}).stop()
    assert not [record for record in caplog.records if record.levelno >= logging.WARNING]
    assert len(list((data_directory / "offline").iterdir())) == 1
