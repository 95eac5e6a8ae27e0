"""A study open for trials: run them up to a total or a time limit, even if processes are killed."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
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
from kedro_sweep.search.configuration import StudyConfiguration
from kedro_sweep.search.interrupted import convict, has_suspects, requeue, suspect
from kedro_sweep.search.journal import hold_study
from kedro_sweep.search.kept import Kept
from kedro_sweep.search.lineage import introduce_study
from kedro_sweep.search.objective import Objective
from kedro_sweep.search.predictions import OnScored
from kedro_sweep.search.search_space import check_search_space
from kedro_sweep.search.worker import Worker, count_trials, run_in_processes

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
    """

    configuration: StudyConfiguration
    storage: BaseStorage
    study: optuna.Study
    objective: Objective
    on_scored: OnScored | None
    search: str
    n_processes: int

    def count_trials(self) -> int:
        """Count the trials that are finished or running."""
        return count_trials(self.study)

    def run_trials(
        self, total: int, deadline: float = float("inf"), end: float = float("inf")
    ) -> Iterator[FrozenTrial]:
        """Run trials until the study has enough, even if processes that run them are killed.

        Args:
            total: Number of finished trials to reach.
            deadline: Unix time, in seconds, after which no trial starts.
            end: Unix time, in seconds, by which a trial must finish.

        Yields:
            The trials as they finish.

        Raises:
            InputError: If the workers cannot share the storage.
        """
        if self.count_trials() >= total:
            return
        # Queued trials already have their parameters, so they count as drawn.
        n_drawn = len(self.study.get_trials(deepcopy=False))
        worker = Worker(
            self.configuration,
            self.storage,
            self.objective,
            total,
            n_drawn,
            self.on_scored,
            self.search,
        )
        if self.n_processes == 1:
            self.objective.hire(_count_jobs(self.configuration) - 1)
        elif _is_in_memory(self.storage):
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


def _count_jobs(configuration: StudyConfiguration) -> int:
    n_jobs: int = joblib.effective_n_jobs(configuration.sweep.n_jobs)
    return n_jobs


@contextmanager
def open_run(
    configuration: StudyConfiguration,
    storage: BaseStorage,
    on_scored: OnScored | None = None,
    *,
    search: str | None = None,
    kept: Kept | None = None,
    explain: bool = True,
) -> Iterator[StudyRun]:
    """Open or create the study of a configuration, and keep other processes from searching it.

    Args:
        configuration: The table, the estimator, the search space, and the settings of the search.
        storage: The storage that holds the study.
        on_scored: See `run_search`.
        search: Identifies the contest that the study is part of; None for a single search.
        kept: What trials of other candidates kept in memory; None to start empty.
        explain: Whether to log why a study is new.

    Yields:
        The study. Its unfinished trials are queued again, both at the start and at the end.

    Raises:
        InputError: If the search space or the score does not fit the estimator and its target, or
            another process is searching the same study.
    """
    check_search_space(configuration.model, configuration.search_space, configuration.estimator)
    objective = Objective(configuration, kept)
    # Some models would use all cores of the machine for themselves.
    n_jobs = _count_jobs(configuration)
    with threadpool_limits(n_jobs, user_api="openmp"), hold_study(storage, configuration.study_name):
        study = configuration.open_study(storage)
        introduce_study(study, configuration, storage, explain=explain)
        if _is_in_memory(storage):
            requeue(study)  # no killed process left them: it would have taken the storage with it
        else:
            suspect(study)
        try:
            n_processes = 1 if objective.shares_trees else n_jobs
            search = search or uuid4().hex
            yield StudyRun(configuration, storage, study, objective, on_scored, search, n_processes)
        finally:
            objective.close()
            requeue(study)


def _is_in_memory(storage: BaseStorage) -> bool:
    """Check whether a storage is invisible to other processes."""
    if isinstance(storage, RDBStorage):
        url = storage.engine.url
        return url.get_backend_name() == "sqlite" and url.database in (None, "", ":memory:")
    return isinstance(storage, InMemoryStorage)
