"""A study that several machines search together: a fleet, which only the database coordinates."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from time import sleep, time
from typing import Any
from uuid import uuid4

import optuna
from joblib.externals.loky.process_executor import TerminatedWorkerError
from optuna.trial import FrozenTrial, TrialState

from kedro_sweep.errors import ConnectionLostError, InputError
from kedro_sweep.search.attributes import SUSPECT, TOTAL
from kedro_sweep.search.configuration import StudyConfiguration
from kedro_sweep.search.dask_cluster import run_on_dask
from kedro_sweep.search.database import StudyDatabase
from kedro_sweep.search.interrupted import convict, list_running, requeue, suspect
from kedro_sweep.search.lineage import describe_nearest, introduce_study
from kedro_sweep.search.worker import Worker, run_in_processes

logger = logging.getLogger(__name__)

# Seconds between two checks of the trials that other processes run.
PAUSE = 1.0


@dataclass
class FleetWorker(Worker):
    """A worker that shares a study with other workers, on this machine or on others.

    `total` is None for a worker that only adds trials. It stops at the total that the run which started
    the study has set.
    """

    storage: StudyDatabase
    total: int | None  # type: ignore[assignment]
    # Whether it may take a trial that may have killed its process.
    alone: bool = False

    def __post_init__(self) -> None:
        """Open the study, with random draws that differ from those of every other process."""
        super().__post_init__()
        self.study.sampler.reseed_rng()

    def limit(self) -> dict[str, Any]:
        """Add what the fleet changes to the attributes of any worker."""
        return {**super().limit(), "alone": self.alone}

    def find_total(self) -> int:
        """Find the number of finished trials to reach."""
        return self.storage.find_total(self.study._study_id) if self.total is None else self.total

    def put_back_lost(self) -> None:
        """Put the trials of lost processes back in the queue."""
        for number, state in self.storage.put_back_lost(self.study._study_id).items():
            if state == TrialState.WAITING:
                logger.warning(
                    "The process of trial %d was lost. The trial will run again, alone.", number
                )
            else:
                logger.warning(
                    "The process of trial %d was lost for the second time. The trial fails.", number
                )

    def _start(self) -> optuna.Trial | None:
        self.put_back_lost()
        # The second part identifies this request: if the answer is lost, asking again returns the same
        # trial.
        owner = f"{self.search}/{uuid4().hex}"
        trial_id = self.storage.take_trial(self.study._study_id, owner, self.total, alone=self.alone)
        if trial_id is None:
            return None
        # Read all trials once, including this one, for the sampler and to find equal parameters.
        self.study._thread_local.cached_all_trials = None
        self.study._get_trials(deepcopy=False, use_cache=True)
        trial = optuna.Trial(self.study, trial_id)
        for name, distribution in self.distributions.items():
            trial._suggest(name, distribution)
        self._suggest(trial)
        # If this process stalled, another one may have drawn its own parameters for the trial.
        drawn, stored = trial._cached_frozen_trial, self.storage.get_trial(trial_id)
        return trial if _represent(drawn) == _represent(stored) else None

    def _score(self, trial: optuna.Trial, end: float) -> float:
        with self.storage.show_running(trial._trial_id):
            return super()._score(trial, end)

    def _list_complete(self) -> list[FrozenTrial]:
        states = (TrialState.COMPLETE,)
        return self.study._get_trials(deepcopy=False, states=states, use_cache=True)

    def _tell(self, trial: optuna.Trial, value: float | None, state: TrialState) -> FrozenTrial | None:
        """Finish a trial, even if it was queued again while the database was out of reach."""
        found = trial._cached_frozen_trial
        values = None if value is None else [value]
        if state == TrialState.PRUNED and found.last_step is not None:
            values = [found.intermediate_values[found.last_step]]
        self.study.sampler.after_trial(self.study, found, state, values)
        self.storage.set_trial_state_values(trial._trial_id, state, values)
        return self.storage.get_trial(trial._trial_id)


def _represent(trial: FrozenTrial) -> dict[str, float]:
    """Represent the parameters as Optuna stores them: 1 equals 1.0, and NaN equals itself."""
    return {
        name: trial.distributions[name].to_internal_repr(value) for name, value in trial.params.items()
    }


@contextmanager
def open_on_fleet(
    configuration: StudyConfiguration,
    storage: StudyDatabase,
    search: str,
    *,
    explain: bool,
    adds: bool,
) -> Iterator[optuna.Study]:
    """Open or create a study that other processes may be searching."""
    name = configuration.study_name
    if adds and not _is_started(storage, name):
        raise InputError(
            f"This worker has no study to add trials to: {name} is not in the database. "
            f"{describe_nearest(configuration, storage)}"
        )
    storage.share_url()
    with storage.hold(name):
        study = configuration.open_study(storage)
        introduce_study(study, configuration, storage, explain=explain)
        storage.watch_running(study._study_id)
    try:
        yield study
    except KeyError as error:
        if any(other._study_id == study._study_id for other in storage.get_all_studies()):
            raise
        raise InputError(
            f"Study {name} was removed while this run was searching it: run again to start a new one."
        ) from error
    finally:
        # Others requeue them when their heartbeats stop, unless the study was removed.
        with suppress(ConnectionLostError, KeyError):
            requeue(study, search)


def _is_started(storage: StudyDatabase, name: str) -> bool:
    return any(
        study.study_name == name and TOTAL in study.user_attrs for study in storage.get_all_studies()
    )


def run_on_fleet(
    worker: FleetWorker, n_processes: int, deadline: float, end: float, *, waits: bool
) -> Iterator[FrozenTrial]:
    """Run trials until the study has its total, together with the other processes that search it."""
    has_said_so = False
    try:
        while time() < deadline:
            worker.put_back_lost()
            # Read once, because other processes change them between two reads.
            trials, total = worker.study.get_trials(deepcopy=False), worker.find_total()
            waiting = [trial for trial in trials if trial.state == TrialState.WAITING]
            n_suspects = sum(SUSPECT in trial.user_attrs for trial in waiting)
            n_free = total - len(trials) + len(waiting)
            # Those that may kill their process run last, because the other cores are idle meanwhile.
            worker.alone = n_free <= n_suspects
            if n_free > 0:
                n_trials = n_free if worker.alone else n_free - n_suspects
                yield from _run_free(worker, n_trials, n_processes, deadline, end)
                continue
            n_missing = total - sum(trial.state.is_finished() for trial in trials)
            if n_missing <= 0 or not waits:
                return
            if not has_said_so:
                has_said_so = True
                logger.info("Waiting for trials that other processes are running: %d.", n_missing)
            sleep(PAUSE)
    except (ConnectionLostError, KeyboardInterrupt):
        worker.storage.give_up()
        raise


def _run_free(
    worker: FleetWorker, n_trials: int, n_processes: int, deadline: float, end: float
) -> Iterator[FrozenTrial]:
    """Run some of the trials that are neither finished nor running."""
    if worker.configuration.sweep.backend == "dask":
        worker.alone = True  # each Dask worker is a separate process
        yield from (trial for trial in run_on_dask(worker, n_trials, deadline, end) if trial is not None)
        return
    try:
        if worker.alone:
            # It runs alone in a process, so if it kills the process, no other trial is lost.
            trials = run_in_processes(worker, n_trials=1, n_jobs=2, deadline=deadline, end=end)
        elif n_processes == 1:
            trials = iter(lambda: worker.run_trial(deadline, end), None)
        else:
            trials = run_in_processes(worker, n_trials, n_processes, deadline, end)
        yield from (trial for trial in trials if trial is not None)
    except TerminatedWorkerError:
        if not list_running(worker.study, worker.search):
            raise  # no trial was running, so none of them killed it
        if worker.alone:
            yield from convict(worker.study, worker.search)
        else:
            logger.warning(
                "A worker process was killed. Each trial that was running will run again, alone."
            )
            suspect(worker.study, worker.search)
