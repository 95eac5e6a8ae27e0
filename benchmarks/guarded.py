"""Servers that always end with the process that started them, and leave nothing behind."""

import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from signal import SIGKILL, SIGTERM

# The guard reads orders until the process that sends them ends, even if it is killed.
GUARD = """
import shutil, signal, subprocess, sys

user, folder, log, *command = sys.argv[1:]
account = {"user": user, "group": user, "extra_groups": []} if user else {}
server = None
for order in sys.stdin:
    if order.strip() == "start":
        with open(log, "ab") as file:
            server = subprocess.Popen(command, stdin=-3, stdout=file, stderr=file, cwd=folder, **account)
        print(server.pid, flush=True)
    else:
        server.send_signal(int(order))
        print(server.wait(), flush=True)
if server:
    server.send_signal(signal.SIGINT)
    try:
        server.wait(5)
    except subprocess.TimeoutExpired:
        server.kill()
        server.wait()
shutil.rmtree(folder, ignore_errors=True)
"""


class GuardedServer:
    """A server with its own folder."""

    def __init__(
        self,
        command: Sequence[str],
        folder: Path,
        *,
        user: str | None = None,
        environment: Mapping[str, str] | None = None,
    ) -> None:
        """Start the guard, but not the server."""
        self.log = folder / "log"
        self._guard = subprocess.Popen(
            [sys.executable, "-I", "-c", GUARD, user or "", str(folder), str(self.log), *command],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env=environment,
            start_new_session=True,  # so that Ctrl-C only reaches the process that sends the orders
        )
        self.pid = 0

    def start(self) -> None:
        """Start the server; it can be started again after it has ended."""
        self.pid = self._order("start")

    def end(self, signal: int = SIGTERM) -> None:
        """Send a signal and wait until the server has ended."""
        self._order(str(int(signal)))

    def kill(self) -> None:
        """End the server at once, as a power failure would."""
        self.end(SIGKILL)

    def close(self) -> None:
        """End the server and remove its folder."""
        self._guard.communicate()

    def _order(self, order: str) -> int:
        assert self._guard.stdin
        assert self._guard.stdout
        self._guard.stdin.write(f"{order}\n")
        self._guard.stdin.flush()
        return int(self._guard.stdout.readline())
