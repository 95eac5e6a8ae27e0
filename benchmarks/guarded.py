"""Servers that end, and leave nothing behind, however the process that started them ends."""

import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from signal import SIGKILL, SIGTERM

# The guard reads orders until the process that gives them has ended, be it by `kill -9`.
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
    """A server with a folder of its own."""

    def __init__(
        self,
        command: Sequence[str],
        folder: Path,
        *,
        user: str | None = None,
        environment: Mapping[str, str] | None = None,
    ) -> None:
        """Start the guard, but not the server.

        Args:
            command: Starts the server.
            folder: Where it runs and writes; removed when it is closed.
            user: Who runs it; None for the user of this process.
            environment: Its environment variables; None for those of this process.
        """
        self.log = folder / "log"
        self._guard = subprocess.Popen(
            [sys.executable, "-I", "-c", GUARD, user or "", str(folder), str(self.log), *command],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env=environment,
            start_new_session=True,  # Ctrl-C is for the process that gives the orders
        )
        self.pid = 0

    def start(self) -> None:
        """Start the server, also after it has ended."""
        self.pid = self._order("start")

    def end(self, signal: int = SIGTERM) -> None:
        """Send a signal and wait until the server has ended.

        Args:
            signal: The signal.
        """
        self._order(str(int(signal)))

    def kill(self) -> None:
        """End the server at once, as a power cut would."""
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
