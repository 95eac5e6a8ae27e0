"""The search: bring a study to its number of trials."""

import logging
from collections.abc import Callable, Iterator, Sequence
from time import time

import joblib
import optuna
from optuna.storages import BaseStorage, InMemoryStorage
from optuna.trial import FrozenTrial, TrialState

from kedro_sweep.errors import AllTrialsFailedError, InputError
from kedro_sweep.search.configuration import StudyConfiguration
from kedro_sweep.search.journal import hold_study
from kedro_sweep.search.objective import Objective
from kedro_sweep.search.progress import show_progress
from kedro_sweep.search.search_space import check_search_space
from kedro_sweep.search.worker import Worker, count_trials, run_in_processes

logger = logging.getLogger(__name__)

Callback = Callable[[optuna.Study, FrozenTrial], None]


def run_search(
    configuration: StudyConfiguration, storage: BaseStorage, callbacks: Sequence[Callback] = ()
) -> optuna.Study:
    """Bring the study of a configuration to `sweep.n_trials` finished trials.

    A study that has them already is returned unchanged. Trials that a killed run left unfinished run
    first, with the parameters that they had.

    Args:
        configuration: The table, the estimator, the search space, and how the search goes.
        storage: Where studies are kept; a file or a database when `sweep.n_jobs` is not 1.
        callbacks: Called with the study and each trial of this run when it is finished.

    Returns:
        The study, with at least one complete trial.

    Raises:
        InputError: If the search space does not fit the estimator, the workers cannot share the
            storage, or another process is searching the same study.
        AllTrialsFailedError: If no trial has a value.
        KeyboardInterrupt: If the user interrupts it; finished trials are kept.
    """
    check_search_space(configuration.model, configuration.search_space)
    # Optuna's own line per trial would drown the progress.
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    with hold_study(storage, configuration.study_name):
        study = configuration.open_study(storage)
        _complete(study, configuration, storage, callbacks)
    _check_any_value(study)
    logger.info(
        "Best %s %.4f (trial %d) with %s",
        configuration.sweep.scoring,
        study.best_value,
        study.best_trial.number,
        study.best_params,
        extra={"markup": False},
    )
    return study


def _complete(
    study: optuna.Study,
    configuration: StudyConfiguration,
    storage: BaseStorage,
    callbacks: Sequence[Callback],
) -> None:
    """Run the missing trials, if there are any."""
    _requeue_interrupted_trials(study)
    total, before = configuration.sweep.n_trials, count_trials(study)
    if before >= total:
        logger.info(
            "Study %s has %d trials and sweep.n_trials asks for %d: none is run.",
            study.study_name,
            before,
            total,
        )
        return
    logger.info("Study %s has %d of %d trials.", study.study_name, before, total)
    trials = _run_trials(configuration, storage, before)
    try:
        show_progress(_call_back(trials, study, callbacks), study, total)
    except KeyboardInterrupt:
        logger.warning("Interrupted. Every finished trial is kept: run again to go on.")
        raise


def _run_trials(
    configuration: StudyConfiguration, storage: BaseStorage, before: int
) -> Iterator[FrozenTrial]:
    sweep = configuration.sweep
    n_jobs = joblib.effective_n_jobs(sweep.n_jobs)
    deadline = time() + (sweep.timeout or float("inf"))
    objective = Objective(configuration, n_threads=n_jobs)
    worker = Worker(configuration, storage, objective, n_drawn=before)
    if n_jobs == 1 or objective.shares_trees(configuration.search_space):
        trials: Iterator[FrozenTrial | None] = (
            worker.run_trial(deadline) for _ in range(sweep.n_trials - before)
        )
    elif isinstance(storage, InMemoryStorage):
        raise InputError(
            f"sweep.n_jobs: {sweep.n_jobs} needs a storage that processes can share, such as a "
            "journal file or a database: this one is in memory."
        )
    else:
        trials = run_in_processes(worker, sweep.n_trials - before, n_jobs, deadline)
    return (trial for trial in trials if trial is not None)


def _call_back(
    trials: Iterator[FrozenTrial], study: optuna.Study, callbacks: Sequence[Callback]
) -> Iterator[FrozenTrial]:
    for trial in trials:
        for callback in callbacks:
            callback(study, trial)
        yield trial


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
