"""The search: ask Optuna for parameters, score them, until the study has its trials."""

import logging
import pickle
import signal
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import lru_cache
from math import isnan
from time import time

import joblib
import optuna
import pandas as pd
from optuna.distributions import BaseDistribution
from optuna.storages import BaseStorage, InMemoryStorage
from optuna.trial import FrozenTrial, TrialState

from kedro_sweep.sweep.errors import AllTrialsFailedError, InputError
from kedro_sweep.sweep.objective import Objective
from kedro_sweep.sweep.parameters import Model, SearchSpace, Sweep
from kedro_sweep.sweep.progress import show_progress
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
        InputError: If the search space does not fit the estimator, or the workers cannot share the
            storage.
        AllTrialsFailedError: If no trial has a value.
        KeyboardInterrupt: If the user interrupts it; finished trials are kept.
    """
    check_search_space(model, search_space)
    # Optuna's own line a trial would drown the progress.
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    name = name_study(X, y, model, search_space, sweep, random_seed)
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
        # What is reused lies in this process, so its cores help within a trial.
        n_workers = 1 if objective.reuses_fits else n_jobs
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
        logger.info("Study %s has its %d trials; raise sweep.n_trials to go on.", name, sweep.n_trials)
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


def check_search_space(model: Model, search_space: SearchSpace) -> None:
    """Check that every searched argument is one of the estimator's and not fixed at the same time.

    Args:
        model: The estimator to tune.
        search_space: Its arguments to search.

    Raises:
        InputError: If an argument is unknown, fixed, or the seed.
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
        complete = self.study.get_trials(deepcopy=False, states=(TrialState.COMPLETE,))
        for other in complete:
            if other.params == trial.params and other.value is not None:
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
        payload = pickle.dumps(worker)
        parallel = joblib.Parallel(n_workers, return_as="generator_unordered", batch_size=1)
        trials = parallel(
            joblib.delayed(_run_trial_elsewhere)(payload, deadline) for _ in range(n_trials)
        )
    return (trial for trial in trials if trial is not None)


def _run_trial_elsewhere(payload: bytes, deadline: float) -> FrozenTrial | None:
    # The workers share the cores already: an estimator must not take them all again.
    with joblib.parallel_config("sequential"):
        return _load_worker(payload).run_trial(deadline)


@lru_cache(maxsize=1)
def _load_worker(payload: bytes) -> Worker:
    """Set a worker up once a process, with draws of its own."""
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
