"""The search: ask Optuna for parameters, score them, until the study has its trials."""

import logging
import pickle
import signal
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from math import isnan
from time import time
from uuid import uuid4

import joblib
import numpy as np
import optuna
import pandas as pd
from numpy.typing import NDArray
from optuna.distributions import BaseDistribution
from optuna.storages import BaseStorage, InMemoryStorage
from optuna.trial import FrozenTrial, TrialState

from kedro_sweep.sweep.errors import AllTrialsFailedError, InputError
from kedro_sweep.sweep.journal import hold_study
from kedro_sweep.sweep.model import Model, check_params
from kedro_sweep.sweep.objective import Objective
from kedro_sweep.sweep.parameters import Sweep
from kedro_sweep.sweep.progress import show_progress
from kedro_sweep.sweep.search_space import SearchSpace
from kedro_sweep.sweep.study import name_study, open_study

logger = logging.getLogger(__name__)

Callback = Callable[[optuna.Study, FrozenTrial], None]


def search(
    storage: BaseStorage,
    X: pd.DataFrame,
    y: pd.Series,
    *,
    model: Model,
    search_space: SearchSpace,
    sweep: Sweep,
    random_seed: int,
    callbacks: Sequence[Callback] = (),
) -> optuna.Study:
    """Bring the study of this question to `sweep.n_trials` finished trials.

    A study that has them already is returned as it is. Trials that a killed run left unfinished are
    scored first, with the parameters that they had.

    Args:
        storage: Where studies are kept; a file or a database when `sweep.n_jobs` is not 1.
        X: Training features, shape (n, n_features).
        y: Training target, shape (n,).
        model: The estimator to tune.
        search_space: Its arguments to search.
        sweep: How the search goes.
        random_seed: Seed of the estimator, and with the number of existing trials of the sampler.
        callbacks: Called with the study and each trial of this run when it is finished.

    Returns:
        The study, with at least one complete trial.

    Raises:
        InputError: If the search space does not fit the estimator, the workers cannot share the
            storage, or another process is searching the same study.
        AllTrialsFailedError: If no trial has a value.
        KeyboardInterrupt: If the user interrupts it; finished trials are kept.
    """
    check_search_space(model, search_space)
    # Optuna's own line a trial would drown the progress.
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    name = name_study(X, y, model, search_space, sweep, random_seed)
    with hold_study(storage, name):
        study = _complete_study(storage, name, X, y, model, search_space, sweep, random_seed, callbacks)
    _check_any_value(study)
    logger.info(
        "Best %s %.4f (trial %d) with %s",
        sweep.scoring,
        study.best_value,
        study.best_trial.number,
        study.best_params,
        extra={"markup": False},
    )
    return study


def _complete_study(
    storage: BaseStorage,
    name: str,
    X: pd.DataFrame,
    y: pd.Series,
    model: Model,
    search_space: SearchSpace,
    sweep: Sweep,
    random_seed: int,
    callbacks: Sequence[Callback],
) -> optuna.Study:
    study = open_study(storage, name, sweep, random_seed)
    _requeue_interrupted_trials(study)
    before = _count_trials(study)
    missing = sweep.n_trials - before
    if missing > 0:
        logger.info("Study %s has %d of %d trials.", name, before, sweep.n_trials)
        n_jobs = joblib.effective_n_jobs(sweep.n_jobs)
        objective = Objective(X, y, model, sweep, random_seed, n_threads=n_jobs)
        worker = Worker(
            storage=storage,
            study_name=name,
            objective=objective,
            distributions=search_space.distributions(),
            sweep=sweep,
            # The same seed again would repeat the first draws of the study.
            seed=(random_seed + before) % 2**32,
        )
        n_workers = 1 if objective.uses_threads(search_space) else n_jobs
        if n_workers > 1 and isinstance(storage, InMemoryStorage):
            raise InputError(
                f"sweep.n_jobs: {sweep.n_jobs} needs a storage that processes can share, such as a "
                "journal file or a database: this one is in memory."
            )
        trials = _run_trials(worker, missing, n_workers)
        try:
            show_progress(_call_back(trials, study, callbacks), study, sweep.n_trials)
        except KeyboardInterrupt:
            logger.warning("Interrupted. Every finished trial is kept: run again to go on.")
            raise
    else:
        logger.info(
            "Study %s has %d trials and sweep.n_trials asks for %d: none is run.",
            name,
            before,
            sweep.n_trials,
        )
    return study


def check_search_space(model: Model, search_space: SearchSpace) -> None:
    """Check that the estimator has every searched argument, and allows its values.

    Args:
        model: The estimator to tune.
        search_space: Its arguments to search.

    Raises:
        InputError: If an argument is unknown, fixed, the seed, or can take a value that is not allowed.
    """
    known = sorted(model.build(random_seed=0).get_params())
    for name in search_space.root:
        if name == "random_state" or name.endswith("__random_state"):
            raise InputError(
                f"search_space.{name}: the seed comes from random_seed; remove it from search_space"
            )
        if name in model.params:
            raise InputError(
                f"search_space.{name} is also fixed under model.params, to {model.params[name]!r}: "
                "keep one of the two"
            )
        if name not in known:
            raise InputError(f"search_space.{name} is not an argument of {model.path}: it has {known}")
    for name, value in search_space.extremes():
        try:
            check_params(model.build(0, {name: value}))
        except ValueError as error:
            raise InputError(f"search_space.{name}: {value!r} is in it. {error}") from error


@dataclass
class Worker:
    """All that a process needs to run trials of a study.

    Attributes:
        storage: Where the study is kept.
        study_name: The study.
        objective: Scores a trial.
        distributions: What to draw the parameters from.
        sweep: Gives the sampler, the pruner and the total.
        seed: Seed of the sampler.
    """

    storage: BaseStorage
    study_name: str
    objective: Objective
    distributions: dict[str, BaseDistribution]
    sweep: Sweep
    seed: int

    def __post_init__(self) -> None:
        """Open the study."""
        self.study = open_study(self.storage, self.study_name, self.sweep, self.seed)

    def run_trial(self, deadline: float) -> FrozenTrial | None:
        """Ask for a trial, score it and tell its value.

        Args:
            deadline: Unix time, in seconds, after which no trial starts.

        Returns:
            The finished trial, or None if the study is complete or the time is over.
        """
        if time() >= deadline or _count_trials(self.study) >= self.sweep.n_trials:
            return None
        trial = self.study.ask(self.distributions)
        try:
            value = self._score(trial)
        except optuna.TrialPruned:
            return self.study.tell(trial, state=TrialState.PRUNED, skip_if_finished=True)
        except Exception as error:
            reason = f"{type(error).__name__}: {error}"
            trial.set_user_attr("error", reason)
            logger.warning(
                "Trial %d failed with %s: %s",
                trial.number,
                trial.params,
                reason,
                extra={"markup": False},
            )
            return self.study.tell(trial, state=TrialState.FAIL, skip_if_finished=True)
        return self.study.tell(trial, value, skip_if_finished=True)

    def _score(self, trial: optuna.Trial) -> float:
        """Score the trial, unless an earlier one has scored the same parameters."""
        params = trial.params  # a copy every time
        complete = self.study.get_trials(deepcopy=False, states=(TrialState.COMPLETE,))
        for other in complete:
            if other.params == params and other.value is not None:
                return other.value
        value = self.objective(trial)
        if isnan(value):
            raise ValueError(f"the score is {value}")
        return value


def _run_trials(worker: Worker, n_trials: int, n_workers: int) -> Iterator[FrozenTrial]:
    deadline = time() + (worker.sweep.timeout or float("inf"))
    if n_workers == 1:
        trials: Iterator[FrozenTrial | None] = (worker.run_trial(deadline) for _ in range(n_trials))
    else:
        # As an array it is handed to every worker once, not with every trial.
        payload = np.frombuffer(pickle.dumps(worker), dtype=np.uint8)
        key = uuid4().hex
        parallel = joblib.Parallel(n_workers, return_as="generator_unordered", batch_size=1)
        trials = parallel(
            joblib.delayed(_run_trial_elsewhere)(key, payload, deadline) for _ in range(n_trials)
        )
    return (trial for trial in trials if trial is not None)


# The worker of this process, by the key of its search.
_workers: dict[str, Worker] = {}


def _run_trial_elsewhere(key: str, payload: NDArray[np.uint8], deadline: float) -> FrozenTrial | None:
    if key not in _workers:
        _workers.clear()
        _workers[key] = _load_worker(payload.tobytes())
    # The workers share the cores already: an estimator must not take them all again.
    with joblib.parallel_config("sequential"):
        return _workers[key].run_trial(deadline)


def _load_worker(payload: bytes) -> Worker:
    """Set a worker up in its process, with draws of its own."""
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    # Ctrl-C reaches every process of the terminal; the one that started the workers ends them.
    with suppress(ValueError):  # only the main thread of a process may say so
        signal.signal(signal.SIGINT, signal.SIG_IGN)
    worker: Worker = pickle.loads(payload)
    worker.study.sampler.reseed_rng()
    return worker


def _call_back(
    trials: Iterator[FrozenTrial], study: optuna.Study, callbacks: Sequence[Callback]
) -> Iterator[FrozenTrial]:
    for trial in trials:
        for callback in callbacks:
            callback(study, trial)
        yield trial


def _count_trials(study: optuna.Study) -> int:
    """Count the trials that are finished or under way."""
    states = (TrialState.COMPLETE, TrialState.PRUNED, TrialState.FAIL, TrialState.RUNNING)
    return len(study.get_trials(deepcopy=False, states=states))


def _requeue_interrupted_trials(study: optuna.Study) -> None:
    """Put the trials of a killed run back in the queue, from which `ask` takes them first."""
    for trial in study.get_trials(deepcopy=False, states=(TrialState.RUNNING,)):
        study._storage.set_trial_state_values(trial._trial_id, TrialState.WAITING)


def _check_any_value(study: optuna.Study) -> None:
    trials = study.get_trials(deepcopy=False)
    if any(trial.state == TrialState.COMPLETE for trial in trials):
        return
    reasons = [trial.user_attrs["error"] for trial in trials if "error" in trial.user_attrs]
    raise AllTrialsFailedError(
        f"None of the {len(trials)} trials of study {study.study_name} has a value. The first failed "
        f"with {reasons[0].rstrip('.')}. Correct model or search_space; the same ones again would "
        "fail again."
        if reasons
        else f"None of the {len(trials)} trials of study {study.study_name} has a value: raise "
        "sweep.timeout, or choose a pruner that prunes less."
    )
