"""The search: bring a study to its number of trials."""

import logging
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from time import time

import optuna
from optuna.storages import BaseStorage
from optuna.trial import FrozenTrial, TrialState

from kedro_sweep.errors import AllTrialsFailedError
from kedro_sweep.search.configuration import StudyConfiguration
from kedro_sweep.search.database import find_database
from kedro_sweep.search.outcome import find_first_reason, log_best, report_outcome
from kedro_sweep.search.predictions import OnScored
from kedro_sweep.search.progress import Best, count_finished, show_progress
from kedro_sweep.search.study_run import StudyRun, open_run

logger = logging.getLogger(__name__)

# When so many have failed and none has a value, a search stops.
FIRST_TRIALS = 10

Callback = Callable[[optuna.Study, FrozenTrial], None]


def run_search(
    configuration: StudyConfiguration,
    storage: BaseStorage,
    callbacks: Sequence[Callback] = (),
    on_scored: OnScored | None = None,
) -> optuna.Study:
    """Bring the study of a configuration to `sweep.n_trials` finished trials.

    A study that has them already is returned unchanged. Trials that a killed run left unfinished run
    first, with the parameters that they had.

    Args:
        configuration: The table, the estimator, the search space, and how the search goes.
        storage: Where studies are kept; a file or a database when `sweep.n_jobs` is not 1.
        callbacks: Called with the study and each trial of this run when it is finished.
        on_scored: Called with each trial that has a score and its predictions, fold by fold, in the
            process that scored it and before its value is told; once for equal parameters. If it raises
            an error, the trial counts all the same, and one warning of the run says so. With worker
            processes it has to be picklable.

    Returns:
        The study, with at least one complete trial.

    Raises:
        InputError: If the search space or the score does not fit the estimator and its target, the
            workers cannot share the storage, or another process is searching the same study.
        AllTrialsFailedError: If no trial has a value, or the first ten have all failed.
        KeyboardInterrupt: If the user interrupts it; finished trials are kept.
    """
    log_as_the_rest_does()
    with open_run(configuration, storage, on_scored) as run:
        _complete(run, callbacks)
    study = run.study
    _check_any_value(study)
    log_best(study, configuration.scoring, configuration.other_scorings)
    return study


def log_as_the_rest_does() -> None:
    """Send what Optuna logs through Python's logging, without its line per trial."""
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    optuna.logging.disable_default_handler()
    optuna.logging.enable_propagation()


def _complete(run: StudyRun, callbacks: Sequence[Callback]) -> None:
    """Run the missing trials, if there are any."""
    study, sweep = run.study, run.configuration.sweep
    total, before = sweep.n_trials, run.count_trials()
    if before >= total:
        logger.info(
            "Study %s has %d trials and sweep.n_trials asks for %d: none is run.",
            study.study_name,
            before,
            total,
        )
        return
    logger.info("Study %s has %d of %d trials.", study.study_name, before, total)
    deadline = time() + (sweep.timeout or float("inf"))
    best = Best(study)
    trials = best.watch(call_back(run.run_trials(total, deadline), study, callbacks))
    count = None if find_database(run.storage) is None else partial(count_finished, [study])
    with report_outcome([study], sweep):
        show_progress(trials, best, count_finished([study]), total, count)


def call_back(
    trials: Iterator[FrozenTrial], study: optuna.Study, callbacks: Sequence[Callback]
) -> Iterator[FrozenTrial]:
    """Call what has to be called with each trial, and stop a search in which all trials fail.

    Args:
        trials: The trials as they finish.
        study: Their study.
        callbacks: Called with the study and each trial.

    Yields:
        The same trials.

    Raises:
        AllTrialsFailedError: If the first ten have all failed.
    """
    for trial in trials:
        for callback in callbacks:
            callback(study, trial)
        yield trial
        if trial.state == TrialState.FAIL:
            logger.warning(
                "Trial %d failed with %s: %s",
                trial.number,
                trial.params,
                trial.user_attrs["error"],
                extra={"markup": False},
            )
            _check_first_trials(study)


def _check_first_trials(study: optuna.Study) -> None:
    """Stop a search whose first trials have all failed: the others would, too."""
    trials = study.get_trials(deepcopy=False)
    finished = [trial for trial in trials if trial.state.is_finished()]
    if len(finished) >= FIRST_TRIALS and all(trial.state == TrialState.FAIL for trial in finished):
        raise AllTrialsFailedError(
            f"The first {FIRST_TRIALS} trials of study {study.study_name} have all failed, the first "
            f"with {find_first_reason(finished)}. Correct model, search_space or sweep.scoring."
        )


def _check_any_value(study: optuna.Study) -> None:
    trials = study.get_trials(deepcopy=False)
    if any(trial.state == TrialState.COMPLETE for trial in trials):
        return
    if reason := find_first_reason(trials):
        raise AllTrialsFailedError(
            f"None of the {len(trials)} trials of study {study.study_name} has a value. The first "
            f"failed with {reason}. Correct model or search_space; the same ones again would fail again."
        )
    raise AllTrialsFailedError(
        f"None of the {len(trials)} trials of study {study.study_name} has a value: raise "
        "sweep.timeout, or choose a pruner that prunes less."
    )
