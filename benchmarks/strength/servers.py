"""The processes that the tools run in, and their environments."""

import json
import os
import select
import shutil
import subprocess
import sys
from contextlib import suppress
from signal import SIGKILL
from typing import Any

from benchmarks.strength.tools import Tool
from benchmarks.wines import ROOT

ENVIRONMENTS = ROOT / ".bench"


def find_python(tool: Tool) -> str:
    """Find the Python of a tool, and create its environment if that is missing."""
    if not tool.requirements:
        return sys.executable
    folder = ENVIRONMENTS / tool.package.partition(".")[0].partition("-")[0]
    python, done = folder / "bin/python", folder / "installed.txt"
    if not done.exists() or done.read_text() != "\n".join(tool.requirements):
        uv = shutil.which("uv") or str(ROOT / ".uv/bin/uv")
        for command in (
            ["venv", "--clear", "--python", "3.11", str(folder)],
            ["pip", "install", "--python", str(python), *tool.requirements],
        ):
            subprocess.run([uv, command[0], "--quiet", *command[1:]], check=True)
        done.write_text("\n".join(tool.requirements))
    return str(python)


class Server:
    """A process that fits one tool. It starts with the first request, and again after one that ended it."""

    def __init__(self, name: str, tool: Tool) -> None:
        """Start nothing yet."""
        self._log = ENVIRONMENTS / f"{name}.log"
        self._tool = tool
        self._process: subprocess.Popen[str] | None = None
        self.versions: dict[str, str] = {}

    @property
    def is_running(self) -> bool:
        """Whether the process waits for requests."""
        return self._process is not None

    def ask(self, request: dict[str, Any], patience: float) -> dict[str, Any]:
        """Ask for a fit; an answer that takes longer, or none, is an error."""
        if not self._process:
            self._start()
        if not (self._process and self._process.stdin):
            return {"error": "the process did not start"}
        with suppress(BrokenPipeError):
            self._process.stdin.write(json.dumps(request) + "\n")
            self._process.stdin.flush()
        return self._read(patience)

    def close(self) -> None:
        """End the process and those that it started."""
        if self._process:
            os.killpg(self._process.pid, SIGKILL)
            self._process.communicate()
            self._process = None

    def _start(self) -> None:
        python = find_python(self._tool)
        ENVIRONMENTS.mkdir(exist_ok=True)
        packages = [self._tool.package, *self._tool.boosters]
        with self._log.open("w") as file:
            self._process = subprocess.Popen(
                [
                    python,
                    "-m",
                    "benchmarks.strength.serve",
                    f"benchmarks.strength.{self._tool.fit}",
                    *packages,
                ],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=file,
                text=True,
                cwd=ROOT,
                env=os.environ | {"PYTHONWARNINGS": "ignore"},
                start_new_session=True,
            )
        self.versions = self._read(600)

    def _read(self, patience: float) -> dict[str, Any]:
        assert self._process
        assert self._process.stdout
        is_ready, *_ = select.select([self._process.stdout], [], [], patience)
        if is_ready and (line := self._process.stdout.readline()):
            answer: dict[str, Any] = json.loads(line)
            return answer
        self.close()
        return {"error": "the process ended" if is_ready else f"no answer within {patience:.0f} s"}
