"""Trials on the workers of a Dask cluster. Imported only for them, because Dask takes a second."""

import asyncio
import logging
import pickle
from collections.abc import Iterator
from concurrent.futures import CancelledError, ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import replace
from typing import Any

import dask
from distributed import Client, Future, KilledWorker, Security, default_client, get_worker, rpc, wait
from distributed.versions import error_message
from optuna.trial import FrozenTrial

from kedro_sweep.errors import InputError
from kedro_sweep.search.run._processes import forget_workers, run_here
from kedro_sweep.search.run._turns import SharedTurns
from kedro_sweep.search.run._worker import Clock, Worker
from kedro_sweep.search.study import list_differences

logger = logging.getLogger(__name__)

# Seconds to wait for an answer of the scheduler, and for a first worker.
PATIENCE = 30
# Compared in addition to those that Dask itself compares. The name of a study depends on the versions of
# the packages that compute its score.
PACKAGES = ("kedro-sweep", "optuna", "scikit-learn", "joblib", "scipy")
SHOWN = 3


@contextmanager
def connect(address: str) -> Iterator[int]:
    """Connect this process to a cluster for `run_on_dask`."""
    try:
        _check_scheduler(address)
        client = Client(address, timeout=PATIENCE)
    except (MemoryError, OSError, ValueError) as error:
        raise InputError(
            f"sweep.scheduler: no Dask scheduler answers at {address}. Start it with `dask scheduler`, "
            "or correct the address."
        ) from error
    except (RuntimeError, TypeError) as error:
        raise InputError(
            f"sweep.scheduler: {address} does not suit Dask's TLS settings. {error}. Correct the "
            "address, or the settings in ~/.config/dask."
        ) from error
    with client:
        try:
            client.wait_for_workers(1, timeout=PATIENCE)
        except TimeoutError as error:
            raise _explain_no_workers(address) from error
        _compare_versions(client, address)
        client.run(forget_workers)  # imports what a trial needs, before the clock starts
        yield _count_threads(client)
        with suppress(Exception):  # their table and their connections to the database would stay
            client.run(forget_workers)


def _check_scheduler(address: str) -> None:
    """`Client` would wait forever for a server that is none."""
    if dask.config.get("distributed.client.security-loader", None):
        return  # only `Client` knows how to connect
    arguments = Security().get_connection_args("client")

    async def ask() -> None:
        async with rpc(address, timeout=PATIENCE, connection_args=arguments) as scheduler:
            await asyncio.wait_for(scheduler.identity(), PATIENCE)

    with ThreadPoolExecutor(1) as pool:  # this thread may have an event loop, as in a notebook
        pool.submit(asyncio.run, ask()).result()


def run_on_dask(worker: Worker, n_trials: int, clock: Clock) -> Iterator[FrozenTrial | None]:
    """Run trials on the cluster that this process is connected to, also on workers that join later."""
    client, address = default_client(), str(worker.configuration.sweep.scheduler)
    # As a task, it stays with the scheduler: if a worker is lost, the others can still get it.
    with dask.config.set({"distributed.admin.large-graph-warning-threshold": "1 TiB"}):
        payload = client.submit(bytes, pickle.dumps(worker), pure=False)
    arguments = (Worker.run_trial, worker.key, payload, worker.limits, clock)
    running: set[Future[Any]] = set()
    n_left = n_trials
    try:
        while True:
            # A second trial is queued for each worker, so no worker waits for this process.
            while n_left and not clock.is_over and len(running) < 2 * max(1, _count_threads(client)):
                running.add(client.submit(run_here, *arguments, _check_here, pure=False))
                n_left -= 1
            if not running:
                return
            try:
                done, running = wait(running, timeout=PATIENCE, return_when="FIRST_COMPLETED")
            except TimeoutError as error:
                if not _count_threads(client):
                    raise _explain_no_workers(address) from error
                continue
            for future in done:
                for trial in _take_result(future):
                    n_left = n_left if trial else 0  # otherwise, the time is up or the study is complete
                    yield trial
    except (CancelledError, OSError) as error:
        raise InputError(
            f"The connection to the Dask scheduler at {address} is lost. All finished trials are "
            "kept: start the scheduler and the workers, and run again to continue."
        ) from error
    finally:
        with suppress(Exception):
            client.cancel([*running, payload])


def _take_result(future: Future[Any]) -> Iterator[FrozenTrial | None]:
    try:
        yield future.result()
    except KilledWorker:
        logger.warning(
            "Several Dask workers that ran the same task were lost. Their trials will run again."
        )
    except (ImportError, OSError) as error:
        if future.status != "error":
            raise  # the connection failed, not the task
        raise InputError(
            f"A Dask worker cannot run this search. {error}. Start the workers in the same environment "
            "as this process."
        ) from error


def _check_here(worker: Worker) -> None:
    """Raise an error if scores could differ on this worker, or depend on trials in other threads."""
    here = get_worker()
    if here.state.nthreads > 1:
        raise InputError(
            f"The Dask worker {here.address} has {here.state.nthreads} threads, but a search needs "
            "processes with one thread: start it with --nthreads 1. For more processes, use "
            "--nworkers."
        )
    turns, name = worker.turns, worker.turns.study.study_name
    assert isinstance(turns, SharedTurns)
    # Not the storage of the study, which carries the name along in its cache.
    ids = {found.study_name: found._study_id for found in turns.storage.get_all_studies()}
    if ids.get(name) != turns.study._study_id:
        raise InputError(
            f"The Dask worker {here.address} uses a database without study {name}: start it with the "
            "same STUDY_DATABASE_URL as this process."
        )
    there, own = worker.configuration.description, replace(worker.configuration).description
    if differences := list_differences(there, own):
        raise InputError(
            f"The Dask worker {here.address} differs from this run: {'; '.join(differences[:SHOWN])}. "
            "Start it with the code and the versions of this run."
        )


def _compare_versions(client: Client, address: str) -> None:
    found: dict[str, Any] = client.get_versions(packages=PACKAGES)  # type: ignore[assignment]
    if table := error_message(found["scheduler"], found["workers"], found["client"])["warning"]:
        raise InputError(
            f"The Dask cluster at {address} has other versions. {table}\n"
            "Start its scheduler and workers in the same environment as this process."
        )


def _explain_no_workers(address: str) -> InputError:
    return InputError(
        f"The Dask scheduler at {address} has had no workers for {PATIENCE} s. All finished trials are "
        f"kept: start workers with `dask worker {address} --nthreads 1`, and run again."
    )


def _count_threads(client: Client) -> int:
    return sum(client.ncores().values())
