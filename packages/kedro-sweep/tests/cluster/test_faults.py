"""A fleet loses no finished trial and reaches exactly its total, whatever fails."""

import multiprocessing
import os
import resource
import signal
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any

import numpy as np
import optuna
import pandas as pd
import pytest
from joblib.externals.loky import get_reusable_executor
from optuna.trial import FrozenTrial, TrialState

from kedro_sweep.errors import ConnectionLostError
from kedro_sweep.search import (
    StudyConfiguration,
    Sweep,
    add_trials,
    open_database,
    open_journal,
    run_search,
)
from kedro_sweep.search.storage._lost_trials import LOST, REASON
from kedro_sweep.search.study.attributes import SUSPECT

COMPLETE = TrialState.COMPLETE
GRACE = 6

# A model that takes a given time. Its step changes nothing, but with `deadly`, the first step that is
# tried kills the process in every fit.
MODULE = """
import ctypes
import os
import signal
import time
from pathlib import Path

from sklearn.dummy import DummyClassifier


class Patient(DummyClassifier):
    def __init__(self, step=0, seconds=0.0, deadly=None, greedy=False):
        super().__init__()
        self.greedy = greedy
        self.step = step
        self.seconds = seconds
        self.deadly = deadly

    def fit(self, X, y):
        sleep = ctypes.PyDLL(None).sleep if self.greedy else time.sleep  # PyDLL keeps the GIL
        sleep(int(self.seconds / 2) if self.greedy else self.seconds / 2)  # of each of two folds
        if self.deadly:
            victim = Path(self.deadly)
            if not victim.exists():
                victim.write_text(str(self.step))
            if victim.read_text() == str(self.step):
                os.kill(os.getpid(), signal.SIGKILL)
        return super().fit(X, y)
"""

Configure = Callable[..., StudyConfiguration]
Start = Callable[..., BaseProcess]


@pytest.fixture
def configure(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Configure:
    """Configure the study of a model that takes some seconds per trial."""
    (tmp_path / "patient.py").write_text(MODULE)
    monkeypatch.syspath_prepend(tmp_path)
    get_reusable_executor().shutdown()

    def configure(n_trials: int, seconds: float = 0.0, **params: Any) -> StudyConfiguration:
        model = {"class": "patient.Patient", "params": {"seconds": seconds, **params}}
        sweep = Sweep.model_validate(
            {
                "model": model,
                "search_space": {"step": {"type": "int", "low": 0, "high": 10**6}},
                "n_trials": n_trials,
                "cv": 2,
                "sampler": {"class": "RandomSampler"},
                "pruner": {"class": "NopPruner"},
            }
        )
        return StudyConfiguration(
            X=pd.DataFrame({"x": np.arange(20.0)}),
            y=pd.Series([0, 1] * 10, name="y"),
            model=sweep.model,
            search_space=sweep.search_space,
            sweep=sweep,
            random_seed=1,
        )

    return configure


@pytest.fixture
def start() -> Iterator[Start]:
    """Start a process that stands for a machine; it has already imported everything."""
    processes: list[BaseProcess] = []

    def start(function: Callable[..., Any], *args: Any, **kwargs: Any) -> BaseProcess:
        context = multiprocessing.get_context("fork")
        processes.append(context.Process(target=_run, args=(function, *args), kwargs=kwargs))
        processes[-1].start()
        return processes[-1]

    yield start
    for process in processes:
        if process.is_alive():
            process.kill()
        process.join()


def _run(function: Callable[..., Any], *args: Any, **kwargs: Any) -> None:
    try:
        function(*args, **kwargs)
    finally:  # otherwise the fork would wait for minutes until its idle workers end
        get_reusable_executor().shutdown(kill_workers=True)


def search(url: str, configuration: StudyConfiguration, **options: Any) -> None:
    """Search as `kedro run` does on a machine."""
    run_search(configuration, connect(url, **options))


def work(url: str, configuration: StudyConfiguration) -> None:
    """Add trials as the pipeline `worker` does on a machine."""
    add_trials({"model": configuration}, connect(url))


def connect(url: str, **options: Any) -> Any:
    """Open the database with short times, because tests cannot wait."""
    return open_database(url, **({"heartbeat_interval": 1, "grace_period": GRACE} | options))


def list_trials(url: str, configuration: StudyConfiguration) -> list[FrozenTrial]:
    storage = connect(url)
    name = configuration.study_name
    if name not in optuna.get_all_study_names(storage):
        return []
    return optuna.load_study(study_name=name, storage=storage).trials


def count(url: str, configuration: StudyConfiguration) -> Counter[TrialState]:
    return Counter(trial.state for trial in list_trials(url, configuration))


def wait_for(condition: Callable[[], bool], seconds: float = 90) -> None:
    """Wait until something is true."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it has not become true"
        time.sleep(0.1)


def finish(*processes: BaseProcess) -> None:
    """Wait until processes have ended without an error."""
    for process in processes:
        process.join(120)
    assert [process.exitcode for process in processes] == [0] * len(processes)


def check_exactly(url: str, configuration: StudyConfiguration) -> list[FrozenTrial]:
    """Check that there are exactly as many trials as the total, and each has a score."""
    trials = list_trials(url, configuration)
    n_trials = configuration.sweep.n_trials
    assert [trial.state for trial in trials] == [COMPLETE] * n_trials
    assert [trial.number for trial in trials] == [*range(n_trials)]
    return trials


def test_the_trial_of_a_killed_process_is_run_again_by_another(
    database_url: str, configure: Configure, start: Start
) -> None:
    configuration = configure(4, seconds=2.0)
    first = start(search, database_url, configuration)
    wait_for(lambda: count(database_url, configuration)[COMPLETE] >= 1)
    wait_for(lambda: count(database_url, configuration)[TrialState.RUNNING] == 1)
    first.kill()
    finish(start(search, database_url, configuration))
    trials = check_exactly(database_url, configuration)
    assert len([trial for trial in trials if SUSPECT in trial.user_attrs]) == 1


def test_a_fit_that_lets_no_thread_run_is_not_lost(
    database_url: str, configure: Configure, start: Start
) -> None:
    configuration = configure(1, seconds=10.0, greedy=True)
    first = start(search, database_url, configuration, grace_period=2)
    wait_for(lambda: count(database_url, configuration)[TrialState.RUNNING] == 1)
    storage = connect(database_url, grace_period=2)
    study = configuration.open_study(storage)
    while first.is_alive():
        assert storage.put_back_lost(study._study_id) == {}
        time.sleep(0.5)
    finish(first)
    [trial] = check_exactly(database_url, configuration)
    assert SUSPECT not in trial.user_attrs


def test_a_trial_that_kills_two_processes_fails_with_the_reason(
    database_url: str, configure: Configure, start: Start, tmp_path: Path
) -> None:
    configuration = configure(4, deadly=str(tmp_path / "victim"))
    first = start(search, database_url, configuration)
    first.join(60)
    assert first.exitcode == -signal.SIGKILL
    # The second one runs it in a separate process.
    finish(start(search, database_url, configuration))
    states = count(database_url, configuration)
    assert states == {COMPLETE: 3, TrialState.FAIL: 1}
    [failed] = [trial for trial in list_trials(database_url, configuration) if trial.state != COMPLETE]
    assert failed.user_attrs["error"] == REASON


def test_a_trial_that_is_lost_twice_fails_with_the_reason(
    database_url: str, configure: Configure
) -> None:
    storage = connect(database_url, grace_period=1)
    study = configure(1).open_study(storage)
    for expected in (TrialState.WAITING, TrialState.FAIL):
        assert storage.take_trial(study._study_id, f"lost before {expected}", 1) is not None
        assert storage.put_back_lost(study._study_id) == {}
        time.sleep(1.5)
        assert storage.put_back_lost(study._study_id) == {0: expected}
    assert study.trials[0].user_attrs["error"] == LOST


def test_half_of_sixteen_machines_are_killed(
    database_url: str, configure: Configure, start: Start
) -> None:
    configuration = configure(64, seconds=1.0)
    machines = [start(search, database_url, configuration) for _ in range(16)]
    wait_for(lambda: count(database_url, configuration)[COMPLETE] >= 16)
    for machine in machines[::2]:
        machine.kill()
    finish(*machines[1::2])
    check_exactly(database_url, configuration)


@pytest.mark.parametrize("end", ["stop", "crash"])
def test_postgres_is_restarted_during_a_search(
    end: str, postgres: Any, database_url: str, configure: Configure, start: Start
) -> None:
    configuration = configure(24, seconds=0.5)
    machines = [start(search, database_url, configuration) for _ in range(4)]
    wait_for(lambda: count(database_url, configuration)[COMPLETE] >= 6)
    getattr(postgres, end)()
    time.sleep(3)
    postgres.start()
    finish(*machines)
    check_exactly(database_url, configuration)


def test_a_run_ends_and_keeps_everything_if_postgres_does_not_come_back(
    postgres: Any, database_url: str, configure: Configure, start: Start
) -> None:
    configuration = configure(12, seconds=0.5)

    def lose() -> None:
        with pytest.raises(ConnectionLostError, match="could not be reached for 2 s"):
            search(database_url, configuration, patience=2.0)

    machine = start(lose)
    wait_for(lambda: count(database_url, configuration)[COMPLETE] >= 3)
    before = [trial for trial in list_trials(database_url, configuration) if trial.state == COMPLETE]
    postgres.stop()
    finish(machine)
    postgres.start()
    assert list_trials(database_url, configuration)[: len(before)] == before
    finish(start(search, database_url, configuration))
    check_exactly(database_url, configuration)


def test_the_network_is_cut_for_twenty_seconds(
    postgres: Any, network: Any, database_url: str, configure: Configure, start: Start
) -> None:
    configuration = configure(30, seconds=0.5)
    stalled, cut = network, type(network)(postgres.port)
    urls = [database_url, stalled.through(database_url), cut.through(database_url)]
    machines = [start(search, url, configuration) for url in urls]
    wait_for(lambda: count(database_url, configuration)[COMPLETE] >= 6)
    stalled.stall()
    cut.cut()
    before = count(database_url, configuration)[COMPLETE]
    time.sleep(20)
    # The machine that can still reach the database continues. As 20 s is longer than the grace period,
    # it may also have run the trials of the others.
    assert count(database_url, configuration)[COMPLETE] > before + 1
    stalled.restore()
    cut.restore()
    finish(*machines)
    check_exactly(database_url, configuration)
    cut.close()


def test_machines_that_start_the_same_study_at_once_start_one(
    database_url: str, configure: Configure, start: Start
) -> None:
    configuration = configure(24)
    finish(*(start(search, database_url, configuration) for _ in range(4)))
    trials = check_exactly(database_url, configuration)
    # The first trial, and no other, has the default arguments.
    assert [trial.params["step"] for trial in trials].count(0) == 1
    assert trials[0].params["step"] == 0


def test_a_larger_total_is_reached_while_workers_continue(
    database_url: str, configure: Configure, start: Start
) -> None:
    small, large = configure(16, seconds=0.5), configure(32, seconds=0.5)
    assert small.study_name == large.study_name
    first = start(search, database_url, small)
    wait_for(lambda: count(database_url, small)[COMPLETE] >= 2)
    workers = [start(work, database_url, small) for _ in range(2)]
    wait_for(lambda: count(database_url, small)[COMPLETE] >= 6)
    finish(first, *workers, start(search, database_url, large))
    check_exactly(database_url, large)


def test_a_full_disk_ends_a_search_which_continues_when_there_is_space(
    configure: Configure, start: Start, tmp_path: Path
) -> None:
    path, configuration = tmp_path / "studies.journal", configure(40)

    def fill() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, resource.RLIM_INFINITY))
        with pytest.raises(OSError, match="File too large"):
            run_search(configuration, open_journal(str(path)))

    finish(start(fill))
    [name] = optuna.get_all_study_names(open_journal(str(path)))
    kept = optuna.load_study(study_name=name, storage=open_journal(str(path))).trials
    complete = [trial for trial in kept if trial.state == COMPLETE]
    assert 0 < len(complete) < 40
    study = run_search(configuration, open_journal(str(path)))
    assert study.trials[: len(complete)] == complete
    assert [trial.state for trial in study.trials] == [COMPLETE] * 40


def test_a_read_only_folder_ends_a_search_before_it_starts(configure: Configure, start: Start) -> None:
    configuration = configure(4)
    with tempfile.TemporaryDirectory() as folder:
        os.chmod(folder, 0o555)

        def refuse() -> None:
            if os.geteuid() == 0:  # root may write everywhere
                os.setuid(65534)
            with pytest.raises(PermissionError, match=f"Permission denied: '{folder}"):
                run_search(configuration, open_journal(f"{folder}/studies.journal"))

        finish(start(refuse))
        assert os.listdir(folder) == []
