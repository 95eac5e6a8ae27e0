"""The address of the page is printed once the server answers. A browser test checks the page."""

import webbrowser
from socket import create_server
from threading import Thread

import pytest

from kedro_sweep.tracking.kedro_viz._server import announce


@pytest.mark.parametrize("browser", [True, False])
def test_the_page_is_announced_and_opened_when_the_server_listens(
    browser: bool, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    opened: list[str] = []
    monkeypatch.setattr(webbrowser, "open", opened.append)
    with create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    thread = Thread(target=announce, args=("127.0.0.1", port, browser))
    thread.start()
    thread.join(timeout=0.3)
    assert thread.is_alive()
    assert capsys.readouterr().out == ""
    with create_server(("127.0.0.1", port)):
        thread.join(timeout=30)
    address = f"http://127.0.0.1:{port}/experiment-tracking"
    assert address in capsys.readouterr().out
    assert opened == [address] * browser
