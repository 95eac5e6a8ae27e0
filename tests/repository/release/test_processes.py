"""What only a process can show: being killed, interrupted, run twice, and in a terminal."""

import os
import pty
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest
from optuna.trial import FrozenTrial, TrialState

from tests.conftest import Project
from tests.repository.conftest import Refused, read_ends

# Far more trials than there is time for. Without reuse, forests run in worker processes as well.
ENDLESS = {"n_trials": 1000, "reuse": False}
SEARCH = ("--pipelines", "ds")


@pytest.fixture(scope="module", autouse=True)
def _interruptible() -> None:
    """Let Ctrl-C end the processes of a test, even if a shell runs the tests in the background."""
    signal.signal(signal.SIGINT, signal.default_int_handler)


@contextmanager
def start(project: Project, *options: str, **streams: Any) -> Iterator[subprocess.Popen[str]]:
    """Start `kedro run` in a new process group, which ends with the block."""
    process = subprocess.Popen(
        [sys.executable, "-m", "kedro", "run", *options],
        cwd=project.path,
        text=True,
        start_new_session=True,
        **{"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT} | streams,
    )
    try:
        yield process
    finally:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.communicate()


def finished_trials(project: Project) -> dict[int, FrozenTrial]:
    """The finished trials of the only study, by their number."""
    studies = project.studies().values()
    return {trial.number: trial for trials in studies for trial in trials if trial.state.is_finished()}


def wait_for_trials(project: Project, process: subprocess.Popen[str], n_trials: int = 3) -> None:
    """Wait until some trials are finished and the next are under way."""
    while len(finished_trials(project)) < n_trials:
        assert process.poll() is None, process.communicate()[0]
        time.sleep(0.02)


def read_files(project: Project) -> dict[Path, bytes]:
    """What all runs have written."""
    return {path: path.read_bytes() for path in (project.path / "data").rglob("*") if path.is_file()}


def test_a_second_run_is_refused_and_trials_survive_a_kill_of_the_first(
    prepared: Project, refused: Refused
) -> None:
    prepared.configure(sweep=ENDLESS | {"n_jobs": 2})
    with start(prepared, *SEARCH) as process:
        wait_for_trials(prepared, process)
        os.killpg(process.pid, signal.SIGSTOP)  # so that what the second writes is not the first's
        files = read_files(prepared)
        message = refused(prepared, "dp", "ds", data={"random_seed": 202})
        assert f"Another run of this project is in progress (process {process.pid}, since 20" in message
        assert read_files(prepared) == files
        os.killpg(process.pid, signal.SIGCONT)
        wait_for_trials(prepared, process, len(finished_trials(prepared)) + 1)
        process.kill()
        process.communicate(timeout=60)  # its workers have the same output, so they have ended as well
        assert process.returncode == -signal.SIGKILL
    before = finished_trials(prepared)
    total = len(before) + 3
    prepared.run_here("ds", sweep={"n_trials": total, "n_jobs": 1})
    [trials] = prepared.studies().values()
    assert [trial.number for trial in trials] == list(range(total))
    assert {trial.state for trial in trials} == {TrialState.COMPLETE}
    assert {number: trials[number] for number in before} == before
    assert list(read_ends(prepared).values()) == ["finished", "stopped"]  # newest first


def interrupt(project: Project, process: subprocess.Popen[str]) -> dict[int, FrozenTrial]:
    """Press Ctrl-C after some trials; return those that were finished."""
    wait_for_trials(project, process)
    before = finished_trials(project)
    os.killpg(process.pid, signal.SIGINT)
    return before


def test_a_terminal_shows_a_bar_until_the_run_is_interrupted(prepared: Project) -> None:
    prepared.configure(sweep=ENDLESS | {"n_jobs": 2})  # Ctrl-C reaches the worker processes as well
    terminal, side = pty.openpty()
    with start(prepared, *SEARCH, stdin=side, stdout=side, stderr=side) as process:
        os.close(side)
        before = interrupt(prepared, process)
        shown = b"".join(read_terminal(terminal)).decode()
        assert process.wait(timeout=60) == 1
    text = re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", shown)
    assert re.search(r"Trials .*\d/1000 best 0\.\d{4} \(trial \d+\)", text)
    assert " of 1000 trials, best" not in text
    assert "Interrupted. Finished trials are kept, unless" in " ".join(text.split())
    assert "Traceback" not in text
    after = finished_trials(prepared)
    assert {number: after[number] for number in before} == before


def read_terminal(terminal: int) -> Iterator[bytes]:
    """Read what a terminal shows until the last process has left it, which makes reading fail."""
    with open(terminal, "rb", buffering=0) as screen:
        try:
            while shown := screen.read(65536):
                yield shown
        except OSError:
            return
