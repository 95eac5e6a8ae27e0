"""Run the search, and keep what its trials predict."""

import logging
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import optuna
from optuna.storages import BaseStorage
from optuna.trial import FrozenTrial

from kedro_sweep.evaluation.predictions import PredictionStore, describe_truth
from kedro_sweep.search.run import Callback, add_trials, run_contest
from kedro_sweep.search.settings import KeptPredictions
from kedro_sweep.search.study import StudyConfiguration

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
    search = add_trials if adds else run_contest
    any_of_them = next(iter(configurations.values()))
    settings = any_of_them.sweep.predictions
    store = PredictionStore(artifacts, describe_truth(any_of_them))
    if not settings.keep:
        return search(configurations, storage, callbacks), store
    trim = _Trimmer(store, settings)
    try:
        studies = search(configurations, storage, [*callbacks, trim], store.keep)
        for study in studies.values():
            trim(study)  # the limit may be lower than before, without a new trial
    finally:
        trim.report()
    return studies, store


class _Trimmer:
    """Removes the predictions of the worst trials each time a trial finishes."""

    def __init__(self, store: PredictionStore, settings: KeptPredictions) -> None:
        self._store, self._settings = store, settings
        self._n_removed = 0
        self._failure: Exception | None = None

    def __call__(self, study: optuna.Study, trial: FrozenTrial | None = None) -> None:
        if self._failure is None:
            try:
                self._n_removed += self._store.trim(study, self._settings.max_bytes)
            except Exception as error:  # such as a bucket that forbids removal: the search continues
                self._failure = error

    def report(self) -> None:
        """Log what was removed, and why nothing more could be."""
        if self._n_removed:
            logger.info(
                "Removed the predictions of %d of the worst trials: sweep.predictions.max_mb limits "
                "those of a study to %g MB, about %d configurations. Estimates that need predictions "
                "leave these trials out. Raise the limit to keep more.",
                self._n_removed,
                self._settings.max_mb,
                self._settings.max_bytes // self._store.count_nbytes(),
            )
        if self._failure is not None:
            logger.warning(
                "The predictions of the worst trials cannot be removed: %s: %s. Those of a study may "
                "take more than sweep.predictions.max_mb, %g MB.",
                type(self._failure).__name__,
                self._failure,
                self._settings.max_mb,
            )
