"""Measure how many trials per second a number of workers finish."""

import time
from collections.abc import Callable, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

import optuna
import pandas as pd
from joblib.externals.loky import get_reusable_executor
from kedro_sweep.errors import AllTrialsFailedError
from kedro_sweep.search import (
    Model,
    SearchSpace,
    StudyConfiguration,
    Sweep,
    open_database,
    open_journal,
    run_search,
)
from optuna.distributions import BaseDistribution, FloatDistribution
from optuna.storages import BaseStorage, InMemoryStorage

from benchmarks.postgres import PostgresServer
from benchmarks.workers import start_workers

WORKERS = [1, 2, 4, 8, 16]
BUSY_WORKERS = [1, 2, 4, 8]
IN_ONE_PROCESS = "memory"
# Seconds of a trial; it has two folds.
TRIAL = 1.0
PARAMETERS = 2

Storages = dict[str, Callable[[], BaseStorage]]


def bench_throughput(seconds: float, server: PostgresServer) -> dict[str, float]:
    """Measure trials that take one second, with the default sampler.

    Args:
        seconds: Duration of the measurement for each number of workers.
        server: The server of the studies.

    Returns:
        Trials per second by number of workers.
    """
    rates = {}
    for n_workers in WORKERS:
        storage = open_database(server.make_database())
        rates[str(n_workers)] = _measure(storage, n_workers, seconds, TRIAL, "TPESampler")
        print(f"  {n_workers} workers: {rates[str(n_workers)]:.2f} trials per second", flush=True)
    return rates


def bench_storages(seconds: float, server: PostgresServer) -> dict[str, dict[str, float | None]]:
    """Measure trials that compute nothing, so that only the storage takes time.

    Args:
        seconds: Duration of the measurement for each number of workers.
        server: A PostgreSQL server.

    Returns:
        Trials per second by storage and number of workers; None if workers cannot share the storage.
    """
    with TemporaryDirectory() as folder:
        storages = _list_storages(Path(folder), server)
        rates: dict[str, dict[str, float | None]] = {name: {} for name in storages}
        for name, open_storage in storages.items():
            for n_workers in BUSY_WORKERS:
                rate = None
                if n_workers == 1 or name != IN_ONE_PROCESS:
                    rate = _measure(open_storage(), n_workers, seconds, 0.0, "RandomSampler")
                    print(f"  {name}, {n_workers} workers: {rate:.0f} trials per second", flush=True)
                rates[name][str(n_workers)] = rate
    return rates


def _list_storages(folder: Path, server: PostgresServer) -> Storages:
    return {
        IN_ONE_PROCESS: InMemoryStorage,
        "journal": lambda: open_journal(str(folder / f"{time.time()}.journal")),
        "SQLite": lambda: open_database(f"sqlite:///{folder}/{time.time()}.db"),
        "PostgreSQL": lambda: open_database(server.make_database()),
    }


def _measure(
    storage: BaseStorage, n_workers: int, seconds: float, trial_seconds: float, sampler: str
) -> float:
    table = pd.DataFrame({"x": range(20), "y": [0, 1] * 10})
    configuration = StudyConfiguration(
        X=table[["x"]],
        y=table["y"],
        model=Model.model_validate(
            {"class": "benchmarks.scale.sleeper.Sleeper", "params": {"seconds": trial_seconds / 2}}
        ),
        search_space=SearchSpace.model_validate({"x": {"type": "float", "low": 0, "high": 1}}),
        sweep=Sweep.model_validate(
            {
                "n_trials": 10**6,
                "timeout": seconds,
                "cv": 2,
                "scoring": "benchmarks.scale.sleeper.score",
                "sampler": {"class": sampler},
                "pruner": {"class": "NopPruner"},
                "n_jobs": n_workers,
            }
        ),
        random_seed=0,
    )
    if n_workers > 1:
        # Running workers only know the address of an earlier storage.
        get_reusable_executor().shutdown()
        start_workers(n_workers)
    try:
        study = run_search(configuration, storage)
    except AllTrialsFailedError:  # the storage was too slow to finish any trial
        return 0.0
    ends = [trial.datetime_complete for trial in study.get_trials(deepcopy=False)]
    return find_rate([end.timestamp() for end in ends if end], n_workers)


def find_rate(ends: Sequence[float], n_workers: int) -> float:
    """Find how many trials per second finish while all workers are running.

    Args:
        ends: The time at which each trial finished, in seconds.
        n_workers: Number of workers that ran them. The same number of trials of each worker is counted.
            Otherwise, workers that finish at the same moments would appear faster than they are.

    Returns:
        Trials per second, without the first two of each worker; 0 if there are too few trials.
    """
    ends, start = sorted(ends), 2 * n_workers
    n_trials = (len(ends) - 1 - start) // n_workers * n_workers
    if n_trials < 1:
        return 0.0
    return n_trials / (ends[start + n_trials] - ends[start])


def bench_draws(n_draws: int = 50) -> dict[str, float]:
    """Measure the time that the default sampler takes to draw the parameters of a trial.

    Args:
        n_draws: Number of draws to measure.

    Returns:
        Seconds per draw, by the number of trials in the study.
    """
    space: dict[str, BaseDistribution] = {f"x{i}": FloatDistribution(0, 1) for i in range(PARAMETERS)}
    seconds = {}
    for n_trials in (100, 1000):
        study = optuna.create_study(sampler=optuna.samplers.RandomSampler(seed=0))
        for _ in range(n_trials):
            trial = study.ask(space)
            study.tell(trial, sum(trial.params.values()))
        study.sampler = optuna.samplers.TPESampler(seed=0)
        start = time.perf_counter()
        for _ in range(n_draws):
            trial = study.ask(space)
            study.tell(trial, sum(trial.params.values()))
        seconds[str(n_trials)] = (time.perf_counter() - start) / n_draws
        print(f"  {n_trials} trials: {1000 * seconds[str(n_trials)]:.1f} ms per draw", flush=True)
    return seconds
