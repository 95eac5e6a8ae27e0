"""Run trials of a study, in this process or in several that share the storage."""

import pickle
import signal
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from math import isnan
from threading import Thread
from time import time
from uuid import uuid4

import joblib
import numpy as np
import optuna
from numpy.typing import NDArray
from optuna.storages import BaseStorage
from optuna.trial import FrozenTrial, TrialState

from kedro_sweep.search.configuration import StudyConfiguration
from kedro_sweep.search.fit_warnings import count_warnings
from kedro_sweep.search.objective import Objective
from kedro_sweep.search.outcome import NOT_KEPT, WARNINGS
from kedro_sweep.search.predictions import FoldPrediction, OnScored


@dataclass
class Worker:
    """All that a process needs to run trials of a study.

    Attributes:
        configuration: Names the study, and gives the search space and the sampler.
        storage: Where the study is kept.
        objective: Scores a trial.
        total: Number of finished trials that the study should have.
        n_drawn: Number of trials that the study had before, for the seed of the sampler.
        on_scored: Called in this process with a trial and its predictions, before its value is told;
            not for a pruned or failed trial, nor for parameters that were scored before.
    """

    configuration: StudyConfiguration
    storage: BaseStorage
    objective: Objective
    total: int
    n_drawn: int
    on_scored: OnScored | None = None

    def __post_init__(self) -> None:
        """Open the study."""
        self.study = self.configuration.open_study(self.storage, self.n_drawn)
        self.distributions = self.configuration.search_space.distributions()

    def run_trial(self, deadline: float) -> FrozenTrial | None:
        """Ask for a trial, score it and tell its value.

        Args:
            deadline: Unix time, in seconds, after which no trial starts.

        Returns:
            The finished trial, or None if the study is complete or the time is over.
        """
        if time() >= deadline or count_trials(self.study) >= self.total:
            return None
        trial = self._ask()
        value, state = None, TrialState.COMPLETE
        counts: Counter[str] = Counter()
        try:
            with count_warnings() as counts:
                value = self._score(trial)
        except optuna.TrialPruned:
            state = TrialState.PRUNED
        except Exception as error:
            state = TrialState.FAIL
            trial.set_user_attr("error", f"{type(error).__name__}: {error}")
        if counts:
            trial.set_user_attr(WARNINGS, counts)
        return self.study.tell(trial, value, state=state, skip_if_finished=True)

    def _ask(self) -> optuna.Trial:
        """Ask for the parameters that every trial has, and then for those that these call for."""
        trial = self.study.ask(self.distributions)
        space = self.configuration.search_space
        while space.has_conditions:
            params = trial.params  # a copy every time
            more = space.distributions(params).items()
            asked = [trial._suggest(name, found) for name, found in more if name not in params]
            if not asked:
                break
        return trial

    def _score(self, trial: optuna.Trial) -> float:
        """Score the trial, unless an earlier one has scored the same parameters."""
        params = trial.params  # a copy every time
        complete = self.study.get_trials(deepcopy=False, states=(TrialState.COMPLETE,))
        for other in complete:
            if other.params == params and other.value is not None:
                return other.value
        predictions: list[FoldPrediction] = []
        value = self.objective(trial, predictions.append if self.on_scored else None)
        if isnan(value):
            raise ValueError(f"the score is {value}")
        # The model of a fold may have failed to predict what its score did not need.
        if self.on_scored is not None and len(predictions) == len(self.configuration.folds):
            try:
                self.on_scored(trial, predictions)
            except Exception as error:  # a full disk, for example: the value is known all the same
                trial.set_user_attr(NOT_KEPT, f"{type(error).__name__}: {error}")
        return value


def count_trials(study: optuna.Study) -> int:
    """Count the trials that are finished or under way.

    Args:
        study: The study.

    Returns:
        Their number; trials that wait in the queue do not count.
    """
    states = (TrialState.COMPLETE, TrialState.PRUNED, TrialState.FAIL, TrialState.RUNNING)
    return len(study.get_trials(deepcopy=False, states=states))


def start_processes(n_jobs: int) -> Thread:
    """Start the processes that `run_in_processes` will use, without waiting for them.

    Args:
        n_jobs: Number of processes, 2 or more.

    Returns:
        A thread that ends when they are ready.
    """
    # To find the function, a process imports what trials need.
    tasks = [joblib.delayed(_load_nothing)() for _ in range(n_jobs)]
    thread = Thread(target=joblib.Parallel(n_jobs, batch_size=1), args=(tasks,), daemon=True)
    thread.start()
    return thread


def _load_nothing() -> None:
    """Do nothing."""


def run_in_processes(
    worker: Worker, n_trials: int, n_jobs: int, deadline: float
) -> Iterator[FrozenTrial | None]:
    """Run trials in processes that share the storage.

    Args:
        worker: Copied to every process.
        n_trials: Number of trials to run.
        n_jobs: Number of processes, 2 or more: joblib would not start a single one.
        deadline: Unix time, in seconds, after which no trial starts.

    Returns:
        The trials in the order in which they finish; None for one that did not start.
    """
    # As an array it is handed to every process once, not with every trial.
    payload = np.frombuffer(pickle.dumps(worker), dtype=np.uint8)
    key = uuid4().hex
    parallel = joblib.Parallel(n_jobs, return_as="generator_unordered", batch_size=1)
    trials: Iterator[FrozenTrial | None] = parallel(
        joblib.delayed(_run_trial_here)(key, payload, deadline)
        for _ in range(n_trials)
        if time() < deadline
    )
    return trials


# The worker of this process, by the key of its search.
_workers: dict[str, Worker] = {}


def _run_trial_here(key: str, payload: NDArray[np.uint8], deadline: float) -> FrozenTrial | None:
    if key not in _workers:
        _workers.clear()
        _workers[key] = _load_worker(payload.tobytes())
    # The processes share the cores already: an estimator must not take them all again.
    with joblib.parallel_config("sequential"):
        return _workers[key].run_trial(deadline)


def _load_worker(payload: bytes) -> Worker:
    """Set up a worker in its process, with its own random draws."""
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    # Ctrl-C reaches every process of the terminal; the one that started the workers ends them.
    with suppress(ValueError):  # only the main thread of a process may say so
        signal.signal(signal.SIGINT, signal.SIG_IGN)
    worker: Worker = pickle.loads(payload)
    worker.study.sampler.reseed_rng()
    return worker
