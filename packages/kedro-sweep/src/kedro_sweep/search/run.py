"""The search: bring a study to its number of trials."""

import logging
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from datetime import datetime
from time import time

import joblib
import optuna
from joblib.externals.loky.process_executor import TerminatedWorkerError
from optuna.storages import BaseStorage, InMemoryStorage, RDBStorage
from optuna.trial import FrozenTrial, TrialState

from kedro_sweep.errors import AllTrialsFailedError, InputError
from kedro_sweep.search.configuration import StudyConfiguration
from kedro_sweep.search.interrupted import convict, has_suspects, requeue, suspect
from kedro_sweep.search.journal import hold_study
from kedro_sweep.search.lineage import introduce_study
from kedro_sweep.search.objective import Objective
from kedro_sweep.search.outcome import log_outcome
from kedro_sweep.search.predictions import OnScored
from kedro_sweep.search.progress import show_progress
from kedro_sweep.search.search_space import check_search_space
from kedro_sweep.search.worker import Worker, count_trials, run_in_processes

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
    check_search_space(configuration.model, configuration.search_space, configuration.estimator)
    _log_as_the_rest_does()
    objective = Objective(configuration)
    with closing(objective), hold_study(storage, configuration.study_name):
        study = configuration.open_study(storage)
        introduce_study(study, configuration, storage)
        _complete(study, configuration, storage, objective, callbacks, on_scored)
    _check_any_value(study)
    logger.info(
        "Best %s %.4f (trial %d) with %s",
        configuration.scoring,
        study.best_value,
        study.best_trial.number,
        study.best_params,
        extra={"markup": False},
    )
    return study


def _log_as_the_rest_does() -> None:
    """Send what Optuna logs through Python's logging, without its line per trial."""
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    optuna.logging.disable_default_handler()
    optuna.logging.enable_propagation()


def _complete(
    study: optuna.Study,
    configuration: StudyConfiguration,
    storage: BaseStorage,
    objective: Objective,
    callbacks: Sequence[Callback],
    on_scored: OnScored | None,
) -> None:
    """Run the missing trials, if there are any."""
    if _is_in_memory(storage):
        requeue(study)  # a killed process would have taken them with it
    else:
        suspect(study)
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
    start = datetime.now()
    trials = _run_trials(study, configuration, storage, objective, on_scored)
    trials = _call_back(trials, study, callbacks)
    reason = "stopped"
    try:
        show_progress(trials, study, total)
        reason = f"timeout {configuration.sweep.timeout or 0:g} s"
    except KeyboardInterrupt:
        reason = "interrupted"
        logger.warning("Interrupted. Every finished trial is kept: run again to go on.")
        raise
    finally:
        requeue(study)
        log_outcome(study, total, reason, start)


def _run_trials(
    study: optuna.Study,
    configuration: StudyConfiguration,
    storage: BaseStorage,
    objective: Objective,
    on_scored: OnScored | None,
) -> Iterator[FrozenTrial | None]:
    """Run trials until the study has its total, whatever happens to the processes that run them."""
    sweep = configuration.sweep
    n_jobs = joblib.effective_n_jobs(sweep.n_jobs)
    deadline = time() + (sweep.timeout or float("inf"))
    # Trials that wait have had their draws, too.
    n_drawn = len(study.get_trials(deepcopy=False))
    worker = Worker(configuration, storage, objective, n_drawn, on_scored)
    in_process = n_jobs == 1 or objective.shares_trees
    if in_process:
        objective.hire(n_jobs - 1)
    if not in_process and _is_in_memory(storage):
        raise InputError(
            f"sweep.n_jobs: {sweep.n_jobs} needs a storage that processes can share, such as a "
            "journal file or a database: this one is in memory."
        )
    while (missing := sweep.n_trials - count_trials(study)) > 0 and time() < deadline:
        runs_alone = has_suspects(study)
        try:
            if runs_alone:
                # One that may kill its process takes no other with it.
                yield from run_in_processes(worker, n_trials=1, n_jobs=2, deadline=deadline)
            elif in_process:
                yield from (worker.run_trial(deadline) for _ in range(missing))
            else:
                yield from run_in_processes(worker, missing, n_jobs, deadline)
        except TerminatedWorkerError:
            if not study.get_trials(deepcopy=False, states=(TrialState.RUNNING,)):
                raise  # it was not a trial that killed it
            if runs_alone:
                yield from convict(study)
            else:
                logger.warning("A worker process was killed. Each trial under way runs again, alone.")
                suspect(study)


def _is_in_memory(storage: BaseStorage) -> bool:
    """Tell whether no other process can see a storage."""
    if isinstance(storage, RDBStorage):
        url = storage.engine.url
        return url.get_backend_name() == "sqlite" and url.database in (None, "", ":memory:")
    return isinstance(storage, InMemoryStorage)


def _call_back(
    trials: Iterator[FrozenTrial | None], study: optuna.Study, callbacks: Sequence[Callback]
) -> Iterator[FrozenTrial]:
    for trial in trials:
        if trial is None:  # the time is over, or the study complete
            continue
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
            f"with {_first_reason(finished)}. Correct model, search_space or sweep.scoring."
        )


def _first_reason(trials: Sequence[FrozenTrial]) -> str:
    reasons = (trial.user_attrs["error"] for trial in trials if "error" in trial.user_attrs)
    return str(next(reasons, "")).rstrip(".")


def _check_any_value(study: optuna.Study) -> None:
    trials = study.get_trials(deepcopy=False)
    if any(trial.state == TrialState.COMPLETE for trial in trials):
        return
    if reason := _first_reason(trials):
        raise AllTrialsFailedError(
            f"None of the {len(trials)} trials of study {study.study_name} has a value. The first "
            f"failed with {reason}. Correct model or search_space; the same ones again would fail again."
        )
    raise AllTrialsFailedError(
        f"None of the {len(trials)} trials of study {study.study_name} has a value: raise "
        "sweep.timeout, or choose a pruner that prunes less."
    )
