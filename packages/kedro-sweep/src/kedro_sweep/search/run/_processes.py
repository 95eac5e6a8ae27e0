"""Run trials in processes of this machine."""

import os
import pickle
import signal
from collections.abc import Callable, Iterator
from contextlib import suppress

import joblib
import numpy as np
import optuna
from numpy.typing import NDArray
from optuna.trial import FrozenTrial

from kedro_sweep.orphans import end_with
from kedro_sweep.search.run._worker import Clock, Worker

# What may change between two trials of a search: the total, and whether a trial runs alone.
Limits = tuple[int | None, bool]


def run_in_processes(
    worker: Worker, n_trials: int, n_jobs: int, clock: Clock
) -> Iterator[FrozenTrial | None]:
    """Run trials in processes that share the storage."""
    # As an array, it is sent to each process once, not with every trial.
    payload = np.frombuffer(pickle.dumps(worker), dtype=np.uint8)
    parallel = joblib.Parallel(n_jobs, return_as="generator_unordered", batch_size=1)
    arguments = (worker.key, payload, find_limits(worker), clock)
    trials: Iterator[FrozenTrial | None] = parallel(
        joblib.delayed(_run_trial_for)(os.getpid(), *arguments)
        for _ in range(n_trials)
        if not clock.is_over
    )
    return trials


def start_processes(n_jobs: int) -> None:
    """Start the processes of `run_in_processes`, and wait until they have imported everything."""
    joblib.Parallel(n_jobs)(joblib.delayed(forget_workers)() for _ in range(n_jobs))


def find_limits(worker: Worker) -> Limits:
    """Find what the copies of a worker in other processes must know of each trial."""
    return worker.turns.total, worker.turns.alone


def _run_trial_for(
    parent: int, key: tuple[str, str], payload: NDArray[np.uint8], limits: Limits, clock: Clock
) -> FrozenTrial | None:
    """Run a trial in a process that ends with the process that it belongs to."""
    end_with(parent)
    return run_trial_here(key, payload, limits, clock)


# The workers of this process by search and study. They keep what trials fitted for later trials.
_workers: dict[tuple[str, str], Worker] = {}


def run_trial_here(
    key: tuple[str, str],
    payload: NDArray[np.uint8] | bytes,
    limits: Limits,
    clock: Clock,
    check: Callable[[Worker], None] = lambda worker: None,
) -> FrozenTrial | None:
    """Run a trial in a process that may have run others of the same search."""
    if key not in _workers:
        if any(search != key[0] for search, _ in _workers):
            _workers.clear()
        worker = _load_worker(bytes(payload))
        check(worker)
        for other in _workers.values():  # all workers share what was kept for the first one
            worker.objective.memory = other.objective.memory
        _workers[key] = worker
    turns = _workers[key].turns
    turns.total, turns.alone = limits
    # The processes already share the cores, so an estimator must not use all of them again.
    with joblib.parallel_config("sequential"):
        return _workers[key].run_trial(clock)


def forget_workers() -> None:
    """Free what this process keeps for later trials."""
    _workers.clear()


def _load_worker(payload: bytes) -> Worker:
    """Set up a worker in its process, with its own random draws."""
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    # Ctrl-C reaches every process of the terminal. Only the process that started the workers should act
    # on it.
    with suppress(ValueError):  # Python only allows this in a process's main thread
        signal.signal(signal.SIGINT, signal.SIG_IGN)
    worker: Worker = pickle.loads(payload)
    worker.turns.study.sampler.reseed_rng()
    return worker
