"""The search of a worker: add trials to studies that another run starts and finishes."""

import logging
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from functools import partial
from uuid import uuid4

import optuna
from optuna.storages import BaseStorage

from kedro_sweep.search.configuration import StudyConfiguration
from kedro_sweep.search.memory import Memory
from kedro_sweep.search.outcome import report_outcome
from kedro_sweep.search.predictions import OnScored
from kedro_sweep.search.progress import Best, show_progress
from kedro_sweep.search.run import Callback, log_as_the_rest_does
from kedro_sweep.search.shares import run_shares
from kedro_sweep.search.study_run import open_run

logger = logging.getLogger(__name__)


def add_trials(
    configurations: Mapping[str, StudyConfiguration],
    storage: BaseStorage,
    callbacks: Sequence[Callback] = (),
    on_scored: OnScored | None = None,
) -> dict[str, optuna.Study]:
    """Add trials to studies that another run has started, until no trial is left to take.

    The total of a study is the `sweep.n_trials` of that run, not the one given here. If a run raises the
    total in the meantime, this function continues to the new one.

    Args:
        configurations: By name, with the same folds, score and `sweep`.
        storage: A database that several machines share.
        callbacks: Called with the study and the trial each time a trial of this process finishes.
        on_scored: See `run_search`.

    Returns:
        The studies by name.

    Raises:
        InputError: See `run_search`; also if a study does not exist or the storage cannot be shared.
        AllTrialsFailedError: If the first ten trials of a study all failed.
        KeyboardInterrupt: If the user interrupts the search; finished trials are kept.
    """
    log_as_the_rest_does()
    with ExitStack() as stack:
        search, kept = uuid4().hex, Memory(next(iter(configurations.values())).folds)
        runs = {
            name: stack.enter_context(
                open_run(configuration, storage, on_scored, search=search, kept=kept, adds=True)
            )
            for name, configuration in configurations.items()
        }
        totals = {name: run.find_total() for name, run in runs.items()}
        before, total = sum(run.count_trials() for run in runs.values()), sum(totals.values())
        studies = {name: run.study for name, run in runs.items()}
        sweep = next(iter(configurations.values())).sweep.model_copy(update={"n_trials": total})
        names = ", ".join(study.study_name for study in studies.values())
        logger.info("Adding trials to %s: %d of %d are finished.", names, before, total)
        best = Best(*studies.values())
        trials = run_shares(runs, totals, best, callbacks)
        with report_outcome([*studies.values()], sweep, "other machines are running the rest"):
            show_progress(trials, best, before, total, partial(best.catch_up, [*studies.values()]))
        logger.info("No trial is left to take.")
    return studies
