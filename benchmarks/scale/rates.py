"""Measure how many trials per second a number of workers finish."""

import time
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

import optuna
import pandas as pd
from joblib.externals.loky import get_reusable_executor
from kedro_sweep.errors import AllTrialsFailedError
from kedro_sweep.search import (
    StudyConfiguration,
    Sweep,
    open_database,
    open_journal,
    run_search,
)
from kedro_sweep.search.storage import StudyDatabase
from optuna.distributions import BaseDistribution, FloatDistribution
from optuna.storages import BaseStorage, InMemoryStorage

from benchmarks.postgres import PostgresServer
from benchmarks.speed.measure import time_alternately
from benchmarks.workers import start_workers

WORKERS = [1, 2, 4, 8, 16]
BUSY_WORKERS = [1, 2, 4, 8]
IN_ONE_PROCESS = "memory"
# Seconds of a trial; it has two folds.
TRIAL = 1.0
PARAMETERS = 2
# A study gets slower as it grows, so all storages stop at the same number of trials.
N_TRIALS = 1000
# What a worker imports before its first trial.
IMPORTS = ["kedro_sweep.search", "benchmarks.scale.sleeper", "alembic.command", "psycopg"]
DRAWS = 50

Storages = dict[str, Callable[[], BaseStorage]]


def bench_throughput(rounds: int, seconds: float, server: PostgresServer) -> dict[str, list[float]]:
    """Measure trials that take one second, with the default sampler."""

    def measure(n_workers: int) -> float:
        storage = open_database(server.make_database())
        return _measure(storage, n_workers, seconds, TRIAL, "TPESampler")

    ways = {str(n_workers): partial(measure, n_workers) for n_workers in WORKERS}
    return measure_rounds(ways, rounds, "trials per second")


def bench_storages(
    rounds: int, seconds: float, server: PostgresServer
) -> dict[str, dict[str, list[float] | None]]:
    """Measure trials that compute nothing, so that only the storage takes time."""
    with TemporaryDirectory() as folder:
        storages = _list_storages(Path(folder), server)

        def measure(name: str, n_workers: int) -> float:
            return _measure(storages[name](), n_workers, seconds, 0.0, "RandomSampler")

        ways = {
            f"{name}, {n_workers}": partial(measure, name, n_workers)
            for name in storages
            for n_workers in BUSY_WORKERS
            if n_workers == 1 or name != IN_ONE_PROCESS
        }
        rates = measure_rounds(ways, rounds, "trials per second")
    return {
        name: {str(n_workers): rates.get(f"{name}, {n_workers}") for n_workers in BUSY_WORKERS}
        for name in storages
    }


def measure_rounds(
    ways: Mapping[str, Callable[[], float]], rounds: int, unit: str
) -> dict[str, list[float]]:
    """Measure every way once per round; every second round goes in reverse order."""
    figures: dict[str, list[float]] = {name: [] for name in ways}

    def measure(name: str) -> None:
        figures[name].append(ways[name]())
        print(f"  {name}: {figures[name][-1]:.4g} {unit}", flush=True)

    time_alternately({name: partial(measure, name) for name in ways}, rounds)
    return figures


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
    params = {"seconds": trial_seconds / 2}
    sweep = Sweep.model_validate(
        {
            "model": {"class": "benchmarks.scale.sleeper.Sleeper", "params": params},
            "search_space": {"x": {"type": "float", "low": 0, "high": 1}},
            "n_trials": N_TRIALS,
            "timeout": seconds,
            "cv": 2,
            "scoring": "benchmarks.scale.sleeper.score",
            "sampler": {"class": sampler},
            "pruner": {"class": "NopPruner"},
            "n_jobs": n_workers,
        }
    )
    configuration = StudyConfiguration(
        table[["x"]], table["y"], sweep.model, sweep.search_space, sweep, random_seed=0
    )
    if n_workers > 1:
        get_reusable_executor().shutdown()  # each measurement starts with new workers
        if isinstance(storage, StudyDatabase):
            storage.share_url()  # otherwise, the search would start others
        start_workers(n_workers, IMPORTS)
    try:
        study = run_search(configuration, storage)
    except AllTrialsFailedError:  # the storage was too slow to finish any trial
        return 0.0
    ends = [trial.datetime_complete for trial in study.get_trials(deepcopy=False)]
    return find_rate([end.timestamp() for end in ends if end], n_workers)


def find_rate(ends: Sequence[float], n_workers: int) -> float:
    """Find how many trials per second finish while all workers are running."""
    ends, start = sorted(ends), 2 * n_workers
    n_trials = (len(ends) - 1 - start) // n_workers * n_workers
    if n_trials < 1:
        return 0.0
    return n_trials / (ends[start + n_trials] - ends[start])


def bench_draws(rounds: int) -> dict[str, list[float]]:
    """Measure the time that the default sampler takes to draw the parameters of a trial."""
    ways = {str(n_trials): partial(_time_draws, n_trials) for n_trials in (100, 1000)}
    return measure_rounds(ways, rounds, "s per draw")


def _time_draws(n_trials: int) -> float:
    study = optuna.create_study(sampler=optuna.samplers.RandomSampler(seed=0))
    _run_trials(study, n_trials)
    study.sampler = optuna.samplers.TPESampler(seed=0)
    start = time.perf_counter()
    _run_trials(study, DRAWS)
    return (time.perf_counter() - start) / DRAWS


def _run_trials(study: optuna.Study, n_trials: int) -> None:
    space: dict[str, BaseDistribution] = {f"x{i}": FloatDistribution(0, 1) for i in range(PARAMETERS)}
    for _ in range(n_trials):
        trial = study.ask(space)
        study.tell(trial, sum(trial.params.values()))
