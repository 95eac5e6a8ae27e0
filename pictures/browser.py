"""The browser and the servers whose pages it opens, for the pictures and for tests."""

import os
import random
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright

SECONDS = 120  # to start a server
NAMES = ("chromium", "chromium-browser", "google-chrome")
# Without these a browser in a closed network keeps trying to reach servers.
QUIET = [
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-gpu",
    "--disable-quic",
    "--disable-sync",
    "--no-first-run",
    "--no-sandbox",
]


def find_browser() -> str | None:
    """Find the machine's own Chromium or Chrome."""
    return next(filter(None, map(shutil.which, NAMES)), None)


@contextmanager
def open_browser() -> Iterator[Browser]:
    """Start the machine's own Chromium, without a window."""
    path = find_browser()
    if path is None:
        names = ", ".join(NAMES)
        raise FileNotFoundError(f"There is no browser here, none of {names}: apt install chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=QUIET)
        yield browser
        browser.close()


@contextmanager
def serve(project: Path, *command: str, ready: str = "") -> Iterator[str]:
    """Start a command of Kedro that serves a page, give its address, and end all that it started.

    `ready` is the path of a page that answers when the server has started.
    """
    port = _find_port()
    log = project / "server.log"
    with log.open("w") as output:
        server = subprocess.Popen(
            [sys.executable, "-m", "kedro", *command, "--port", str(port)],
            cwd=project,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    try:
        address = f"http://127.0.0.1:{port}"
        _wait_until_up(address + ready, server, log)
        yield address
    finally:
        # A server can be a child of the command, and outlives it if only that is ended.
        with suppress(ProcessLookupError):
            os.killpg(server.pid, signal.SIGTERM)
        server.wait(timeout=30)


def _find_port() -> int:
    """Find a free port, below those that the system hands out, which Kedro-Viz refuses."""
    while True:
        port = random.randrange(20_000, 30_000)
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) != 0:
                return port


def _wait_until_up(url: str, server: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + SECONDS
    while server.poll() is None and time.monotonic() < deadline:
        with suppress(OSError), urllib.request.urlopen(url, timeout=10):
            return
        time.sleep(0.2)
    raise RuntimeError(f"{url} does not answer:\n{log.read_text()}")
