"""Trials run on the workers of a Dask cluster, and no finished trial is lost if part of it fails."""

import os
import pickle
import re
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import optuna
import pytest
from optuna.storages import BaseStorage
from optuna.trial import FrozenTrial, TrialState

from kedro_sweep.errors import InputError
from kedro_sweep.search import StudyConfiguration, open_database, run_search
from kedro_sweep.search.run import _dask_cluster as dask_cluster
from kedro_sweep.search.storage._database import URL_VARIABLE

Configure = Callable[..., StudyConfiguration]
StartDask = Callable[..., Any]

N_TRIALS = 8


@pytest.fixture
def storage(database_url: str) -> BaseStorage:
    """An empty database in which a trial is lost after three seconds without a heartbeat."""
    return open_database(database_url, heartbeat_interval=1, grace_period=3)


@pytest.fixture
def configure_search(configure: Configure) -> Callable[..., StudyConfiguration]:
    """Configure trials on a Dask cluster that take one second and score their parameter x."""

    def configure_search(scheduler: str, seconds: float = 1.0) -> StudyConfiguration:
        return configure(
            model={"class": "benchmarks.scale.sleeper.Sleeper", "params": {"seconds": seconds / 2}},
            search_space={"x": {"type": "float", "low": 0, "high": 1}},
            scoring="benchmarks.scale.sleeper.score",
            cv=2,
            n_trials=N_TRIALS,
            backend="dask",
            scheduler=scheduler,
        )

    return configure_search


@pytest.fixture
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dask_cluster, "PATIENCE", 3)


def check_complete(study: optuna.Study) -> None:
    """Check that the study has all its trials and no more, each with the score of its parameters."""
    assert [trial.number for trial in study.trials] == list(range(N_TRIALS))
    assert all(trial.value == trial.params["x"] for trial in study.trials)
    assert len({trial.params["x"] for trial in study.trials}) == N_TRIALS


def once(act: Callable[[], Any]) -> Callable[[optuna.Study, FrozenTrial], None]:
    """A callback that acts when the first trial has finished and others are running."""
    calls: Iterator[bool] = iter([True])

    def call(study: optuna.Study, trial: FrozenTrial) -> None:
        if next(calls, False):
            deadline = time.monotonic() + 30
            while not study.get_trials(states=(TrialState.RUNNING,)) and time.monotonic() < deadline:
                time.sleep(0.05)
            act()

    return call


def test_trials_run_on_the_workers_and_their_password_stays_here(
    configure_search: Any,
    storage: BaseStorage,
    database_url: str,
    postgres: Any,
    start_dask: StartDask,
) -> None:
    cluster = start_dask(2, {URL_VARIABLE: database_url})
    configuration = configure_search(cluster.address, seconds=0)
    seen: list[int] = []
    study = run_search(configuration, storage, [lambda _, trial: seen.append(trial.number)])
    check_complete(study)
    assert sorted(seen) == list(range(N_TRIALS))
    logs = [server.log.read_bytes() for server in (cluster.scheduler, *cluster.workers)]
    for shown in (pickle.dumps(storage), *logs):
        assert postgres.password.encode() not in shown


def test_the_trial_of_a_worker_that_is_lost_runs_again(
    configure_search: Any, storage: BaseStorage, database_url: str, start_dask: StartDask
) -> None:
    cluster = start_dask(2, {URL_VARIABLE: database_url})
    lost: list[int] = []

    def kill() -> None:
        # The trial that it runs is lost; that of the other worker is not.
        cluster.workers[0].kill()
        lost.append(cluster.workers[0].pid)

    study = run_search(configure_search(cluster.address), storage, [once(kill)])
    assert lost
    check_complete(study)
    assert Counter(trial.state for trial in study.trials) == {TrialState.COMPLETE: N_TRIALS}


@pytest.mark.usefixtures("_impatient")
def test_a_search_ends_when_the_scheduler_is_lost_and_continues_with_another(
    configure_search: Any, storage: BaseStorage, database_url: str, start_dask: StartDask
) -> None:
    cluster = start_dask(2, {URL_VARIABLE: database_url})
    configuration = configure_search(cluster.address)
    with pytest.raises(InputError, match=r"is lost\. All finished trials are kept") as raised:
        run_search(configuration, storage, [once(cluster.scheduler.kill)])
    assert cluster.address in str(raised.value)
    kept = optuna.load_study(study_name=configuration.study_name, storage=storage)
    finished = kept.get_trials(states=(TrialState.COMPLETE,))
    assert 1 <= len(finished) < N_TRIALS
    assert all(trial.value == trial.params["x"] for trial in finished)

    other = start_dask(2, {URL_VARIABLE: database_url})
    study = run_search(configure_search(other.address, seconds=1.0), storage)
    assert study.study_name == configuration.study_name
    check_complete(study)
    for before in finished:
        assert study.trials[before.number].datetime_complete == before.datetime_complete


@pytest.mark.usefixtures("_impatient")
def test_a_search_ends_when_all_workers_are_lost(
    configure_search: Any, storage: BaseStorage, database_url: str, start_dask: StartDask
) -> None:
    cluster = start_dask(1, {URL_VARIABLE: database_url})
    message = (
        f"The Dask scheduler at {cluster.address} has had no workers for 3 s. All finished trials are "
        f"kept: start workers with `dask worker {cluster.address} --nthreads 1`, and run again."
    )
    with pytest.raises(InputError, match=re.escape(message)):
        run_search(configure_search(cluster.address), storage, [once(cluster.workers[0].kill)])


@pytest.mark.usefixtures("_impatient")
def test_a_scheduler_that_does_not_answer_is_one_clear_error(
    configure_search: Any, storage: BaseStorage
) -> None:
    message = "sweep.scheduler: no Dask scheduler answers at tcp://127.0.0.1:9. Start it with `dask"
    start = time.monotonic()
    with pytest.raises(InputError, match=re.escape(message)):
        run_search(configure_search("tcp://127.0.0.1:9"), storage)
    assert time.monotonic() - start < 20
    assert optuna.get_all_study_names(storage) == []


def test_a_worker_that_cannot_run_the_search_is_refused(
    configure_search: Any,
    storage: BaseStorage,
    database_url: str,
    start_dask: StartDask,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    cluster = start_dask(1, {URL_VARIABLE: database_url}, "--nthreads", "2")
    with pytest.raises(InputError, match=r"has 2 threads, .* start it with --nthreads 1"):
        run_search(configure_search(cluster.address), storage)

    monkeypatch.delenv(URL_VARIABLE)
    cluster = start_dask(1, {})
    with pytest.raises(InputError, match=f"{URL_VARIABLE} is not set in the environment of a worker"):
        run_search(configure_search(cluster.address), storage)

    metadata = tmp_path / "scikit_learn-0.1.dist-info/METADATA"
    metadata.parent.mkdir()
    metadata.write_text("Metadata-Version: 2.1\nName: scikit-learn\nVersion: 0.1\n")
    path = os.pathsep.join([str(tmp_path), *filter(None, sys.path)])
    cluster = start_dask(1, {URL_VARIABLE: database_url, "PYTHONPATH": path})
    with pytest.raises(InputError, match=r"(?s)has other versions.*scikit-learn.*\|.*0\.1 *\|"):
        run_search(configure_search(cluster.address), storage)
