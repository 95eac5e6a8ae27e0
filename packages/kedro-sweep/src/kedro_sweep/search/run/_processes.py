"""Run trials in processes of this machine, which keep what they fitted for later trials."""

import os
import pickle
import signal
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Any

import joblib
import optuna
from joblib.externals.loky import cloudpickle_wrapper, get_reusable_executor, process_executor
from optuna.trial import FrozenTrial

from kedro_sweep import platforms
from kedro_sweep.orphans import end_with
from kedro_sweep.search.run._worker import Clock, Worker

# A process keeps models and folds for later trials. With more than 300 MB of them, joblib would take it
# for a leak and start another one, with all its imports.
MOST_BYTES = 2 * 2**30


def run_in_processes(
    worker: Worker, n_trials: int, n_jobs: int, clock: Clock
) -> Iterator[FrozenTrial | None]:
    call = _make_call("", worker)
    is_over = False

    def list_calls() -> Iterator[Any]:
        for _ in range(n_trials):
            if is_over or clock.is_over:
                return
            yield call(Worker.run_trial, clock)

    parallel = joblib.Parallel(n_jobs, return_as="generator_unordered", batch_size=1)
    for _, trial in parallel(list_calls()):
        is_over = is_over or trial is None  # the time is up, or the study is complete
        yield trial


def run_one_of_each(
    workers: Mapping[str, Worker], n_jobs: int, start_clock: Callable[[str], Clock]
) -> Iterator[tuple[str, FrozenTrial | None]]:
    """Run a trial of each worker in processes, which together transform the rows of the first one."""

    def list_calls() -> Iterator[Any]:
        for number, (name, worker) in enumerate(workers.items()):
            call, clock = _make_call(name, worker), start_clock(name)
            yield call(Worker.run_trial, clock)
            n_helpers = 0 if number else min(n_jobs, len(worker.configuration.folds)) - 1
            for _ in range(n_helpers):
                yield call(Worker.prepare, clock)

    options: dict[str, Any] = {"return_as": "generator_unordered", "batch_size": 1}
    yield from joblib.Parallel(n_jobs, pre_dispatch=n_jobs, **options)(list_calls())


def _make_call(name: str, worker: Worker) -> Callable[..., Any]:
    """Prepare to run trials of a worker in processes, which return its name with each."""
    arguments = name, worker.key, _hand_over(worker), worker.limits, os.getpid()
    return partial(joblib.delayed(_run_named), *arguments)


def _hand_over(worker: Worker) -> Path | bytes:
    """Write a worker to a file that each process reads once, or else send it with every trial.

    As an array, joblib would write it, and wait up to a second after each turn to remove its file.
    """
    folder = worker.objective.memory.folder
    if folder is None:  # a search in this process, with a trial that may kill its own
        return _dump(worker)
    file: Path = folder / joblib.hash(worker.key)
    if file.exists():  # what changes from turn to turn is sent with each trial
        return file
    payload = _dump(worker)
    try:
        with platforms.replacing(file) as part:
            part.write_bytes(payload)
    except OSError:  # no space
        return payload
    return file


def _dump(worker: Worker) -> bytes:
    """Copy by value: what a notebook defines cannot be imported in another process."""
    payload: bytes = cloudpickle_wrapper.dumps(worker)
    return payload


def _run_named(
    name: str,
    key: tuple[str, str],
    payload: Path | bytes,
    limits: tuple[int | None, bool],
    parent: int,
    run: Callable[[Worker, Clock], FrozenTrial | None],
    clock: Clock,
) -> tuple[str, FrozenTrial | None]:
    end_with(parent)
    return name, run_here(run, key, payload, limits, clock)


_sources: dict[str, str] = {}  # of all searches of this process


def renew_processes(sources: dict[str, str]) -> None:
    """End the processes of earlier searches if the user's own code has changed since.

    Args:
        sources: A digest of each of the user's modules that the scores depend on.
    """
    if any(_sources.get(name, digest) != digest for name, digest in sources.items()):
        get_reusable_executor().shutdown()  # only new ones import an edited module
    _sources.update(sources)


def start_processes(n_jobs: int) -> None:
    """Start the processes of `run_in_processes`, and wait until they have imported everything."""
    joblib.Parallel(n_jobs)(joblib.delayed(forget_workers)() for _ in range(n_jobs))


# The workers of this process by search and study. They keep what trials fitted for later trials.
_workers: dict[tuple[str, str], Worker] = {}


def run_here(
    run: Callable[[Worker, Clock], FrozenTrial | None],
    key: tuple[str, str],
    payload: Path | bytes,
    limits: tuple[int | None, bool],
    clock: Clock,
    check: Callable[[Worker], None] = lambda worker: None,
) -> FrozenTrial | None:
    """Run a trial, or prepare one, in a process that may have run others of the same search."""
    if key not in _workers:
        if any(search != key[0] for search, _ in _workers):
            _workers.clear()
        optuna.logging.set_verbosity(optuna.logging.WARNING)
        process_executor._MAX_MEMORY_LEAK_SIZE = MOST_BYTES
        # Ctrl-C reaches every process of the terminal. Only the process that started the workers should
        # act on it.
        with suppress(ValueError):  # Python only allows this in a process's main thread
            signal.signal(signal.SIGINT, signal.SIG_IGN)
        content = payload.read_bytes() if isinstance(payload, Path) else payload
        worker: Worker = pickle.loads(content)
        worker.turns.study.sampler.reseed_rng()  # with its own random draws
        check(worker)
        for other in _workers.values():  # all workers share what was kept for the first one
            worker.objective.memory = other.objective.memory
        _workers[key] = worker
    turns = _workers[key].turns
    turns.total, turns.alone = limits
    # The processes already share the cores, so an estimator must not use all of them again.
    with joblib.parallel_config("sequential"):
        return run(_workers[key], clock)


def forget_workers() -> None:
    _workers.clear()
