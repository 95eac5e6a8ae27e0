"""A worker process ends with the process that started it."""

import os
import signal
import subprocess
import sys
import threading
from types import SimpleNamespace
from typing import Any

import pytest

from kedro_sweep import orphans, platforms
from kedro_sweep.orphans import PAUSE, end_with

# Starts a worker that would go on for a minute.
START = """
import os, subprocess, sys
worker = f"import time; from kedro_sweep.orphans import end_with; end_with({os.getpid()}); "
worker += "print('works', flush=True); time.sleep(60)"
subprocess.run([sys.executable, "-c", worker])
"""


def test_a_worker_ends_if_its_parent_is_killed() -> None:
    # Only processes can show it.
    with subprocess.Popen([sys.executable, "-c", START], stdout=subprocess.PIPE, text=True) as started:
        assert started.stdout is not None
        assert started.stdout.readline() == "works\n"
        os.kill(started.pid, signal.SIGKILL)
        # The worker writes to the same pipe, which ends with the last process that does.
        assert started.communicate(timeout=20 * PAUSE)[0] == ""


def test_a_process_that_works_for_itself_goes_on(monkeypatch: pytest.MonkeyPatch) -> None:
    """As if joblib ran a worker's task in a thread."""
    ended = threading.Event()
    monkeypatch.setattr(os, "_exit", lambda _: ended.set())
    end_with(os.getpid())
    assert not ended.wait(PAUSE / 10)


def has_ended(*_: Any) -> int:
    raise OSError(87, "The parameter is incorrect")


@pytest.mark.parametrize("open_process", [lambda *_: 5, has_ended], ids=["runs", "has ended"])
def test_on_windows_a_worker_waits_for_the_process_itself(
    open_process: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    # There, `os.getppid` does not change when the parent ends.
    events: list[Any] = []
    windows = SimpleNamespace(
        SYNCHRONIZE=1,
        INFINITE=-1,
        OpenProcess=open_process,
        WaitForSingleObject=lambda *handle: events.append(handle),
    )
    monkeypatch.setattr(platforms, "IS_WINDOWS", True)
    monkeypatch.setitem(sys.modules, "_winapi", windows)
    monkeypatch.setattr(os, "_exit", events.append)
    orphans._watch(os.getppid())
    assert events == ([1] if open_process is has_ended else [(5, -1), 1])
