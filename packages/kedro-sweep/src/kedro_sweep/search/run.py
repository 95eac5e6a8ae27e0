"""The search: run trials until a study has enough of them."""

import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial

import optuna
from optuna.storages import BaseStorage
from optuna.trial import FrozenTrial, TrialState

from kedro_sweep.errors import AllTrialsFailedError
from kedro_sweep.search.attributes import ERROR
from kedro_sweep.search.configuration import StudyConfiguration
from kedro_sweep.search.database import find_database
from kedro_sweep.search.outcome import find_first_reason, log_best, report_outcome
from kedro_sweep.search.predictions import OnScored
from kedro_sweep.search.progress import Best, count_finished, show_progress
from kedro_sweep.search.study_run import StudyRun, open_run

logger = logging.getLogger(__name__)

# A search stops if this many trials have failed and none has a score.
FIRST_TRIALS = 10

Callback = Callable[[optuna.Study, FrozenTrial], None]


def run_search(
    configuration: StudyConfiguration,
    storage: BaseStorage,
    callbacks: Sequence[Callback] = (),
    on_scored: OnScored | None = None,
) -> optuna.Study:
    """Run trials until the study of a configuration has `sweep.n_trials` finished trials.

    A study that already has enough trials is returned unchanged. Trials that a killed run left
    unfinished run first, with the same parameters.

    Args:
        configuration: The table, the estimator, the search space, and the settings of the search.
        storage: The Optuna storage of the studies; it must be a file or a database if `sweep.n_jobs` is
            not 1.
        callbacks: Called with the study and the trial each time a trial of this run finishes.
        on_scored: Called with each scored trial and its predictions, fold by fold, in the process that
            scored it, before its value is stored; only once for equal parameters. If it raises an error,
            the trial still counts, and the run logs one warning. With worker processes, it must be
            picklable.

    Returns:
        The study, with at least one complete trial.

    Raises:
        InputError: If the search space or the score does not suit the estimator and its target, the
            workers cannot share the storage, or another process is searching the same study.
        AllTrialsFailedError: If no trial has a score, or the first ten all failed.
        KeyboardInterrupt: If the user interrupts the search; finished trials are kept.
    """
    log_as_the_rest_does()
    with open_run(configuration, storage, on_scored) as run:
        _complete(run, callbacks)
        run.freeze()
    study = run.study
    _check_any_value(study)
    log_best(study, configuration.scoring, configuration.other_scorings)
    return study


def log_as_the_rest_does() -> None:
    """Send Optuna's log messages through Python's logging, without its line per trial."""
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    optuna.logging.disable_default_handler()
    optuna.logging.enable_propagation()


def _complete(run: StudyRun, callbacks: Sequence[Callback]) -> None:
    """Run the trials that are missing, if any."""
    study, sweep = run.study, run.configuration.sweep
    total, before = sweep.n_trials, run.count_trials()
    run.announce(total)
    if before >= total:
        logger.info(
            "Study %s already has %d trials and sweep.n_trials is %d; no new trial runs.",
            study.study_name,
            before,
            total,
        )
        return
    logger.info("Study %s has %d of %d trials.", study.study_name, before, total)
    best = Best(study)
    trials = best.watch(call_back(_run_trials(run, total), study, callbacks))
    count = None if find_database(run.storage) is None else partial(best.catch_up, [study])
    with report_outcome([study], sweep):
        show_progress(trials, best, count_finished([study]), total, count)


def _run_trials(run: StudyRun, total: int) -> Iterator[FrozenTrial]:
    yield from run.run_trials(total, run.start_clock())
    while choose_to_score({"": run}, total) is not None:
        yield from run.run_trials(run.count_trials() + 1)


def choose_to_score(runs: Mapping[str, StudyRun], n_trials: int) -> str | None:
    """Choose who runs a trial although the time is over, so that the run ends with a model."""
    counts = {name: run.count_trials() for name, run in runs.items()}
    name = min(counts, key=counts.__getitem__)
    is_over = sum(counts.values()) >= n_trials or counts[name] >= FIRST_TRIALS
    return None if is_over or any(run.has_score for run in runs.values()) else name


def call_back(
    trials: Iterator[FrozenTrial], study: optuna.Study, callbacks: Sequence[Callback]
) -> Iterator[FrozenTrial]:
    """Call the callbacks with each trial, and stop the search if the first trials all failed."""
    for trial in tell(trials, study, callbacks):
        yield trial
        if trial.state == TrialState.FAIL:
            logger.warning(
                "Trial %d failed with %s: %s",
                trial.number,
                trial.params,
                trial.user_attrs[ERROR],
            )
            _check_first_trials(study)


def tell(
    trials: Iterator[FrozenTrial], study: optuna.Study, callbacks: Sequence[Callback]
) -> Iterator[FrozenTrial]:
    """Call the callbacks with each trial."""
    for trial in trials:
        for callback in callbacks:
            callback(study, trial)
        yield trial


def _check_first_trials(study: optuna.Study) -> None:
    """Stop a search whose first trials all failed, because the rest would fail as well."""
    trials = study.get_trials(deepcopy=False)
    finished = [trial for trial in trials if trial.state.is_finished()]
    if len(finished) >= FIRST_TRIALS and all(trial.state == TrialState.FAIL for trial in finished):
        raise AllTrialsFailedError(
            f"The first {FIRST_TRIALS} trials of study {study.study_name} all failed, the "
            f"first with {find_first_reason(finished)}. Correct sweep.model, sweep.search_space or "
            "sweep.scoring."
        )


def _check_any_value(study: optuna.Study) -> None:
    trials = study.get_trials(deepcopy=False)
    if any(trial.state == TrialState.COMPLETE for trial in trials):
        return
    if reason := find_first_reason(trials):
        raise AllTrialsFailedError(
            f"None of the {len(trials)} trials of study {study.study_name} has a score. The first "
            f"failed with {reason}. Correct sweep.model or sweep.search_space: the same settings would "
            "fail again."
        )
    raise AllTrialsFailedError(
        f"None of the {len(trials)} trials of study {study.study_name} has a score: choose a pruner "
        "that prunes less."
    )
