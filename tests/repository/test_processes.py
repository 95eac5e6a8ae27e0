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
from kedro_sweep.tracking.session_store import read_sessions
from optuna.trial import FrozenTrial, TrialState

from tests.conftest import Project
from tests.repository.conftest import read_ends

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


@pytest.mark.parametrize("n_jobs", [1, 2])
def test_an_interrupted_run_keeps_its_trials_and_says_so(n_jobs: int, prepared: Project) -> None:
    prepared.configure(sweep=ENDLESS | {"n_jobs": n_jobs})
    with start(prepared, *SEARCH) as process:
        wait_for_trials(prepared, process)
        before = finished_trials(prepared)
        os.killpg(process.pid, signal.SIGINT)
        printed = " ".join(process.communicate(timeout=60)[0].split())
    assert process.returncode == 1
    assert "Interrupted. All finished trials are kept: run again to continue." in printed
    assert "Traceback" not in printed
    after = finished_trials(prepared)
    assert {number: after[number] for number in before} == before


def test_a_second_run_is_refused_and_does_not_disturb_the_first(
    copy_project: Callable[[], Project],
) -> None:
    alone, project = copy_project(), copy_project()
    for copy in (alone, project):
        copy.configure(data={"random_seed": 201}, sweep={"n_trials": 60, "cv": 2, "reuse": False})
    alone.run_here("dp", "ds")
    with start(project, "--pipelines", "dp,ds") as first:
        wait_for_trials(project, first)
        os.killpg(first.pid, signal.SIGSTOP)  # so that it cannot end before the second has started
        code, printed = project.kedro("run", "--pipelines", "dp,ds", "--params", "data.random_seed=202")
        os.killpg(first.pid, signal.SIGCONT)
        assert first.wait(timeout=60) == 0
    assert code == 1
    assert f"Another run of this project is in progress (process {first.pid}, since 20" in printed
    assert "Traceback" not in printed
    for name in ("test_metrics.json", "train_metrics.json", "sweep_summary.json"):
        [expected], [found] = alone.versions(name), project.versions(name)
        assert found.read_text() == expected.read_text()
    # The second has left no record.
    assert len(read_sessions(project.path / "data/09_tracking/session_store.db")) == 1


def test_a_terminal_shows_a_bar(prepared: Project) -> None:
    prepared.configure(sweep={"n_trials": 8})
    terminal, side = pty.openpty()
    with start(prepared, *SEARCH, stdin=side, stdout=side, stderr=side) as process:
        os.close(side)
        shown = b"".join(read_terminal(terminal)).decode()
        assert process.wait(timeout=60) == 0
    text = re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", shown)
    assert re.search(r"Trials .*8/8 best 0\.\d{4} \(trial \d\)", text)
    assert " of 8 trials, best" not in text


def read_terminal(terminal: int) -> Iterator[bytes]:
    """Read what a terminal shows until the last process has left it, which makes reading fail."""
    with open(terminal, "rb", buffering=0) as screen:
        try:
            while shown := screen.read(65536):
                yield shown
        except OSError:
            return


def test_a_project_is_loaded_without_what_only_some_runs_use(project: Project) -> None:
    # A process, in which nothing is imported yet.
    script = """
import sys
from kedro.framework.project import pipelines
from kedro.framework.session import KedroSession
from kedro.framework.startup import bootstrap_project
bootstrap_project(".")
session = KedroSession.create(".", save_on_close=False)
assert session.load_context().catalog.keys() and pipelines["__default__"].nodes
slow = {"matplotlib.pyplot", "optuna.visualization", "pandera", "plotly", "skrub", "sqlalchemy"}
print(sorted(slow.intersection(sys.modules)))
"""
    command = [sys.executable, "-c", script]
    assert subprocess.check_output(command, cwd=project.path, text=True).splitlines()[-1] == "[]"
