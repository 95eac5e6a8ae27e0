"""What only a process can show: being killed, interrupted, run twice, and in a terminal."""

import os
import pty
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any

import pytest
from kedro_sweep.tracking._session_store import read_sessions
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


def wait_for_trials(project: Project, process: subprocess.Popen[str]) -> None:
    """Wait until some trials are finished and the next are under way."""
    while len(finished_trials(project)) < 3:
        assert process.poll() is None, process.communicate()[0]
        time.sleep(0.02)


def test_trials_survive_a_kill_in_the_middle_of_a_sweep_and_the_next_run_goes_on(
    prepared: Project,
) -> None:
    prepared.configure(sweep=ENDLESS | {"n_jobs": 2})
    with start(prepared, *SEARCH) as process:
        wait_for_trials(prepared, process)
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


def test_a_second_run_is_refused_and_does_not_disturb_the_first(
    copy_project: Callable[[], Project], refused: Refused
) -> None:
    alone, project = copy_project(), copy_project()
    for copy in (alone, project):
        copy.configure(data={"random_seed": 201}, sweep={"n_trials": 12, "cv": 2, "reuse": False})
    alone.run_here("dp", "ds")
    with start(project, "--pipelines", "dp,ds") as first:
        wait_for_trials(project, first)
        os.killpg(first.pid, signal.SIGSTOP)  # so that it cannot end before the second has started
        message = refused(project, "dp", "ds", data={"random_seed": 202})
        os.killpg(first.pid, signal.SIGCONT)
        assert first.wait(timeout=60) == 0
    assert f"Another run of this project is in progress (process {first.pid}, since 20" in message
    for name in ("test_metrics.json", "train_metrics.json", "sweep_summary.json"):
        [expected], [found] = alone.versions(name), project.versions(name)
        assert found.read_text() == expected.read_text()
    # The second has left no record.
    assert len(read_sessions(project.path / "data/09_tracking/session_store.db")) == 1


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
    assert "Interrupted. All finished trials are kept: run again to" in " ".join(text.split())
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
