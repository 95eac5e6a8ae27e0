"""The search, with the store of its out-of-fold predictions."""

import logging
from collections.abc import Mapping, Sequence
from time import time
from typing import TYPE_CHECKING

import optuna
from optuna.storages import BaseStorage
from optuna.trial import FrozenTrial

from kedro_sweep.evaluation._rescoring import take_over_rescored
from kedro_sweep.evaluation.predictions import PredictionStore, describe_truth
from kedro_sweep.search import StudyConfiguration
from kedro_sweep.search.run import Callback, add_trials, run_contest
from kedro_sweep.search.trial import OnScored

# Imported on first use, because it imports a cloud client if one is installed.
if TYPE_CHECKING:
    from optuna.artifacts._protocol import ArtifactStore

logger = logging.getLogger(__name__)


def search_and_keep(
    configurations: Mapping[str, StudyConfiguration],
    storage: BaseStorage,
    artifacts: "ArtifactStore",
    callbacks: Sequence[Callback] = (),
    *,
    adds: bool = False,
) -> tuple[dict[str, optuna.Study], PredictionStore]:
    """Run the search, and keep the predictions within the limit.

    Args:
        configurations: The search of each candidate, on the same folds; `sweep.predictions` says whether
            and how many out-of-fold predictions are kept.
        storage: The storage of the studies.
        artifacts: The store of the predictions.
        callbacks: Called with the study and the trial each time a trial of this run finishes.
        adds: Whether only to add trials to studies that another run has started, as `add_trials` does.

    Returns:
        The studies with at least one scored trial, as from `run_contest` or `add_trials`, and their
        predictions.

    Raises:
        InputError: See `run_contest` and `add_trials`.
        AllTrialsFailedError: See `run_contest` and `add_trials`.
        KeyboardInterrupt: If the user interrupts the search; finished trials and their predictions are
            kept.
    """
    any_of_them = next(iter(configurations.values()))
    settings, timeout = any_of_them.sweep.predictions, any_of_them.sweep.timeout
    store = PredictionStore(artifacts, describe_truth(any_of_them))
    starts: list[float] = []  # of the trials of this run: the time limit begins with the first

    def search(*more: Callback, on_scored: OnScored | None = None) -> dict[str, optuna.Study]:
        run = add_trials if adds else run_contest
        studies = run(configurations, storage, [*callbacks, note_start, *more], on_scored)
        if timeout is not None:
            store.seconds = max(0.0, timeout - (time() - min(starts, default=time())))
        return studies

    def note_start(_: optuna.Study, trial: FrozenTrial) -> None:
        if trial.duration:  # another machine's clock may differ
            starts.append(time() - trial.duration.total_seconds())

    if not settings.keep:
        return search(), store
    for configuration in () if adds else configurations.values():
        take_over_rescored(configuration, storage, store)
    removed: list[int] = []
    failures: list[Exception] = []

    def trim(study: optuna.Study, trial: FrozenTrial | None = None) -> None:
        # It looks at all trials, so of many, only about every hundredth part more calls for it.
        is_due = trial is None or trial.number % (1 + trial.number // 100) == 0
        if is_due and not failures:
            try:
                removed.append(store.trim(study, int(settings.max_mb * 10**6)))
            except Exception as error:  # such as a bucket that forbids removal: the search continues
                failures.append(error)

    try:
        studies = search(trim, on_scored=store.keep)
        for study in studies.values():
            trim(study)  # the limit may be lower than before, without a new trial
    finally:
        if any(removed):
            logger.info(
                "Removed the predictions of %d trials: sweep.predictions.max_mb limits those of a study "
                "to %g MB. The best ones and a random sample are kept. Raise the limit to keep more.",
                sum(removed),
                settings.max_mb,
            )
        for error in failures:
            logger.warning(
                "Predictions cannot be removed: %s: %s. Those of a study may take more than "
                "sweep.predictions.max_mb, %g MB.",
                type(error).__name__,
                error,
                settings.max_mb,
            )
    return studies, store
