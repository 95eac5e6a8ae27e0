"""A study open for trials: run them up to a total or a time limit, even if processes are killed."""

import logging
from collections.abc import Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass
from time import time
from uuid import uuid4

import joblib
import optuna
from joblib.externals.loky.process_executor import TerminatedWorkerError
from optuna.storages import BaseStorage, InMemoryStorage, RDBStorage
from optuna.trial import FrozenTrial, TrialState
from threadpoolctl import threadpool_limits

from kedro_sweep.errors import InputError
from kedro_sweep.search.attributes import TOTAL
from kedro_sweep.search.configuration import StudyConfiguration
from kedro_sweep.search.dask_cluster import connect
from kedro_sweep.search.database import find_database
from kedro_sweep.search.fleet import FleetWorker, open_on_fleet, run_on_fleet
from kedro_sweep.search.interrupted import convict, has_suspects, requeue, suspect
from kedro_sweep.search.journal import hold_study
from kedro_sweep.search.lineage import introduce_study
from kedro_sweep.search.memory import Memory
from kedro_sweep.search.model import check_search_space
from kedro_sweep.search.objective import Objective
from kedro_sweep.search.predictions import OnScored
from kedro_sweep.search.progress import count_finished
from kedro_sweep.search.snapshot import take_snapshot
from kedro_sweep.search.worker import Worker, count_trials, run_in_processes, start_processes

logger = logging.getLogger(__name__)


@dataclass
class StudyRun:
    """A study open for trials, and what earlier trials of this process kept in memory.

    Attributes:
        configuration: The table, the estimator, the search space, and the settings of the search.
        storage: The storage that holds the study.
        study: The study.
        objective: Scores trials, and keeps what they fitted for later ones.
        on_scored: Called with each scored trial and its predictions.
        search: Identifies the search that the study is part of.
        n_processes: Number of processes that run trials; 1 for only this one.
        adds: Whether it only adds trials to a study that another run starts and finishes.
    """

    configuration: StudyConfiguration
    storage: BaseStorage
    study: optuna.Study
    objective: Objective
    on_scored: OnScored | None
    search: str
    n_processes: int
    adds: bool = False

    def count_trials(self) -> int:
        """Count the trials that are finished or running; on a fleet, only the finished ones."""
        if find_database(self.storage) is None:
            return count_trials(self.study)
        return count_finished([self.study])

    def find_total(self) -> int:
        """Find how many trials the study should have; if it only adds trials, another run decides."""
        database = find_database(self.storage) if self.adds else None
        if database is None:
            return self.configuration.sweep.n_trials
        return database.find_total(self.study._study_id)

    @property
    def has_score(self) -> bool:
        """Whether any trial has a score."""
        return bool(self.study.get_trials(deepcopy=False, states=(TrialState.COMPLETE,)))

    def start_clock(self) -> float:
        """Wait for worker processes if there is a time limit: starting them is no search."""
        sweep = self.configuration.sweep
        if sweep.timeout is None:
            return float("inf")
        if self.n_processes > 1 and sweep.backend == "local":
            start_processes(self.n_processes)
        return time() + sweep.timeout

    def announce(self, total: int) -> None:
        """Store the total, at which workers on other machines stop."""
        if find_database(self.storage) is not None and self.study.user_attrs.get(TOTAL) != total:
            self.study.set_user_attr(TOTAL, total)

    def freeze(self) -> None:
        """Keep the finished trials as they are now, because other machines may add more."""
        if find_database(self.storage) is not None:
            self.study = take_snapshot(self.study)

    def run_trials(
        self,
        total: int,
        deadline: float = float("inf"),
        end: float = float("inf"),
        *,
        waits: bool = True,
    ) -> Iterator[FrozenTrial]:
        """Run trials until the study has enough, even if processes that run them are killed."""
        if not self.adds and self.count_trials() >= total:
            return
        # Queued trials already have their parameters, so they count as drawn.
        n_drawn = len(self.study.get_trials(deepcopy=False))
        if (database := find_database(self.storage)) is not None:
            fleet_worker = FleetWorker(
                self.configuration,
                database,
                self.objective,
                None if self.adds else total,
                n_drawn,
                self.on_scored,
                self.search,
            )
            yield from run_on_fleet(fleet_worker, self.n_processes, deadline, end, waits=waits)
            return
        worker = Worker(
            self.configuration,
            self.storage,
            self.objective,
            total,
            n_drawn,
            self.on_scored,
            self.search,
        )
        if self.n_processes > 1 and _is_in_memory(self.storage):
            raise InputError(
                f"sweep.n_jobs: {self.configuration.sweep.n_jobs} needs a storage that processes can "
                "share, such as a journal file or a database: this one is in memory."
            )
        while (missing := total - self.count_trials()) > 0 and time() < deadline:
            runs_alone = has_suspects(self.study)
            try:
                if runs_alone:
                    # A trial that might kill its process runs alone, so that it cannot take others down
                    # with it.
                    trials = run_in_processes(worker, n_trials=1, n_jobs=2, deadline=deadline, end=end)
                elif self.n_processes == 1:
                    trials = (worker.run_trial(deadline, end) for _ in range(missing))
                else:
                    trials = run_in_processes(worker, missing, self.n_processes, deadline, end)
                # If no trial started, the time is up or the study is complete.
                yield from (trial for trial in trials if trial is not None)
            except TerminatedWorkerError:
                if not self.study.get_trials(deepcopy=False, states=(TrialState.RUNNING,)):
                    raise  # no trial was running, so none is to blame
                if runs_alone:
                    yield from convict(self.study)
                else:
                    logger.warning(
                        "A worker process was killed. Each trial that was running will run again, alone."
                    )
                    suspect(self.study)


@contextmanager
def open_run(
    configuration: StudyConfiguration,
    storage: BaseStorage,
    on_scored: OnScored | None = None,
    *,
    search: str | None = None,
    kept: Memory | None = None,
    explain: bool = True,
    adds: bool = False,
) -> Iterator[StudyRun]:
    """Open or create the study of a configuration, and keep other processes from searching it."""
    check_search_space(
        configuration.model,
        configuration.search_space,
        configuration.estimator,
        configuration.sweep.find_group(configuration.model),
    )
    objective = Objective(configuration, kept)
    n_jobs: int = joblib.effective_n_jobs(configuration.sweep.n_jobs)
    with ExitStack() as stack:
        # Some models would use all cores of the machine for themselves.
        stack.enter_context(threadpool_limits(n_jobs, user_api="openmp"))
        stack.enter_context(objective.memory.forests.use_threads(n_jobs))
        search = search or uuid4().hex
        if (database := find_database(storage)) is not None:
            opened = open_on_fleet(configuration, database, search, explain=explain, adds=adds)
        elif adds:
            raise InputError(
                "A worker adds trials to a study in PostgreSQL, which several machines can search: run "
                "it with --env cluster, or set the URL of a PostgreSQL database in study_storage."
            )
        else:
            opened = _open_alone(configuration, storage, explain=explain)
        if configuration.sweep.backend == "dask":
            n_processes = stack.enter_context(_connect(configuration, storage))
        else:
            n_processes = 1 if objective.shares_trees else n_jobs
        study = stack.enter_context(opened)
        yield StudyRun(configuration, storage, study, objective, on_scored, search, n_processes, adds)


def _connect(configuration: StudyConfiguration, storage: BaseStorage) -> AbstractContextManager[int]:
    """Connect to the Dask cluster of a configuration."""
    if find_database(storage) is None:
        raise InputError(
            "sweep.backend: dask needs a PostgreSQL database that every Dask worker can reach: run with "
            "--env cluster, or set the URL of a PostgreSQL database in study_storage."
        )
    return connect(str(configuration.sweep.scheduler))


@contextmanager
def _open_alone(
    configuration: StudyConfiguration, storage: BaseStorage, *, explain: bool
) -> Iterator[optuna.Study]:
    """Open or create a study in a storage that allows only one process to search it at a time."""
    with hold_study(storage, configuration.study_name):
        study = configuration.open_study(storage)
        introduce_study(study, configuration, storage, explain=explain)
        if _is_in_memory(storage):
            requeue(study)  # no killed process left them: it would have taken the storage with it
        else:
            suspect(study)
        try:
            yield study
        finally:
            requeue(study)


def _is_in_memory(storage: BaseStorage) -> bool:
    """Check whether a storage is invisible to other processes."""
    if isinstance(storage, RDBStorage):
        url = storage.engine.url
        return url.get_backend_name() == "sqlite" and url.database in (None, "", ":memory:")
    return isinstance(storage, InMemoryStorage)
