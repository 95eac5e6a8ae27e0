"""Run trials of a study in this process, or in several that share the storage."""

import os
import pickle
import signal
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from math import isnan
from time import time
from typing import Any
from uuid import uuid4

import joblib
import numpy as np
import optuna
from numpy.typing import NDArray
from optuna.exceptions import UpdateFinishedTrialError
from optuna.storages import BaseStorage
from optuna.trial import FrozenTrial, TrialState

from kedro_sweep.errors import ConnectionLostError
from kedro_sweep.orphans import end_with
from kedro_sweep.search.attributes import ERROR, NOT_KEPT, SCORES, WARNINGS
from kedro_sweep.search.configuration import StudyConfiguration
from kedro_sweep.search.fit_warnings import count_warnings
from kedro_sweep.search.objective import Objective
from kedro_sweep.search.predictions import FoldPrediction, OnScored
from kedro_sweep.search.scoring import average_scores


@dataclass
class Worker:
    """Everything that a process needs to run trials of a study.

    Attributes:
        configuration: Gives the name of the study, the search space and the sampler.
        storage: The storage that holds the study.
        objective: Scores a trial.
        total: Number of finished trials to reach.
        n_drawn: Number of trials that the study already had, for the sampler's seed.
        on_scored: Called in this process with a trial and its predictions, before its value is stored.
            Not called for pruned or failed trials, nor for parameters that were scored before.
        search: Identifies the search, which may include several studies.
    """

    configuration: StudyConfiguration
    storage: BaseStorage
    objective: Objective
    total: int
    n_drawn: int
    on_scored: OnScored | None = None
    search: str = field(default_factory=lambda: uuid4().hex)

    def __post_init__(self) -> None:
        """Open the study."""
        self.study = self.configuration.open_study(self.storage, self.n_drawn)
        self.distributions = self.configuration.search_space.distributions()

    def run_trial(self, deadline: float, end: float = float("inf")) -> FrozenTrial | None:
        """Ask for a trial, score it, and store its value."""
        with suppress(UpdateFinishedTrialError):
            trial = self._start() if time() < deadline else None
            return None if trial is None else self._run(trial, end)
        return None

    def _run(self, trial: optuna.Trial, end: float) -> FrozenTrial | None:
        value, state = None, TrialState.COMPLETE
        counts: Counter[str] = Counter()
        try:
            with count_warnings() as counts:
                value = self._score(trial, end)
        except optuna.TrialPruned:
            state = TrialState.PRUNED
        except ConnectionLostError:
            raise
        except Exception as error:
            state = TrialState.FAIL
            trial.set_user_attr(ERROR, f"{type(error).__name__}: {error}")
        if counts:
            trial.set_user_attr(WARNINGS, counts)
        return self._tell(trial, value, state)

    def _start(self) -> optuna.Trial | None:
        """Start a trial, unless the study is complete."""
        if count_trials(self.study) >= self.total:
            return None
        return self._suggest(self.study.ask(self.distributions))

    def _tell(self, trial: optuna.Trial, value: float | None, state: TrialState) -> FrozenTrial | None:
        return self.study.tell(trial, value, state=state, skip_if_finished=True)

    def _suggest(self, trial: optuna.Trial) -> optuna.Trial:
        """Suggest the parameters that exist only for some values of those suggested so far."""
        space = self.configuration.search_space
        while space.has_conditions:
            params = trial.params  # Optuna copies it on every access
            more = space.distributions(params).items()
            asked = [trial._suggest(name, found) for name, found in more if name not in params]
            if not asked:
                break
        return trial

    @property
    def key(self) -> tuple[str, str]:
        """Identifies the search and the study."""
        return self.search, self.configuration.study_name

    def _list_complete(self) -> list[FrozenTrial]:
        return self.study.get_trials(deepcopy=False, states=(TrialState.COMPLETE,))

    def limit(self) -> dict[str, Any]:
        """Return the attributes that may change between trials, for the copies in other processes."""
        return {"total": self.total}

    def _score(self, trial: optuna.Trial, end: float) -> float:
        """Score the trial, unless an earlier one already scored the same parameters."""
        params = trial.params  # Optuna copies it on every access
        for other in self._list_complete():
            if other.params == params and other.value is not None:
                if SCORES in other.user_attrs:
                    trial.set_user_attr(SCORES, other.user_attrs[SCORES])
                return other.value
        predictions: list[FoldPrediction] = []
        others: list[dict[str, float]] = []
        keep = predictions.append if self.on_scored else None
        value = self.objective(trial, keep, others.append, end)
        if isnan(value):
            raise ValueError(f"the score is {value}")
        if others:
            trial.set_user_attr(SCORES, average_scores(others))
        # A fold's model may have failed to make predictions that its score did not need.
        if self.on_scored is not None and len(predictions) == len(self.configuration.folds):
            try:
                self.on_scored(trial, predictions)
            except Exception as error:  # for example, a full disk; the score still counts
                trial.set_user_attr(NOT_KEPT, f"{type(error).__name__}: {error}")
        return value


def count_trials(study: optuna.Study) -> int:
    """Count the trials that are finished or running."""
    states = (TrialState.COMPLETE, TrialState.PRUNED, TrialState.FAIL, TrialState.RUNNING)
    return len(study.get_trials(deepcopy=False, states=states))


def run_in_processes(
    worker: Worker, n_trials: int, n_jobs: int, deadline: float, end: float = float("inf")
) -> Iterator[FrozenTrial | None]:
    """Run trials in processes that share the storage."""
    # As an array, it is sent to each process once, not with every trial.
    payload = np.frombuffer(pickle.dumps(worker), dtype=np.uint8)
    parallel = joblib.Parallel(n_jobs, return_as="generator_unordered", batch_size=1)
    trials: Iterator[FrozenTrial | None] = parallel(
        joblib.delayed(_run_trial_for)(os.getpid(), worker.key, payload, worker.limit(), deadline, end)
        for _ in range(n_trials)
        if time() < deadline
    )
    return trials


def start_processes(n_jobs: int) -> None:
    """Start the processes of `run_in_processes`, and wait until they have imported everything."""
    joblib.Parallel(n_jobs)(joblib.delayed(forget_workers)() for _ in range(n_jobs))


def _run_trial_for(parent: int, *arguments: Any) -> FrozenTrial | None:
    """Run a trial in a process that ends with the process that it belongs to."""
    end_with(parent)
    return run_trial_here(*arguments)


# The workers of this process by search and study. They keep what trials fitted for later trials.
_workers: dict[tuple[str, str], Worker] = {}


def run_trial_here(
    key: tuple[str, str],
    payload: NDArray[np.uint8] | bytes,
    limits: dict[str, Any],
    deadline: float,
    end: float,
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
    vars(_workers[key]).update(limits)
    # The processes already share the cores, so an estimator must not use all of them again.
    with joblib.parallel_config("sequential"):
        return _workers[key].run_trial(deadline, end)


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
    worker.study.sampler.reseed_rng()
    return worker
