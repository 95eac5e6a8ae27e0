"""The catalog's `neptune_run`, and what nodes log to it."""

import logging
from typing import Any, NoReturn

import neptune
import optuna
from kedro.io import AbstractDataset, DatasetError
from neptune.handler import Handler
from neptune_optuna import NeptuneCallback
from optuna.trial import FrozenTrial, TrialState

logger = logging.getLogger(__name__)


class NeptuneRunLog(Handler):
    """A namespace of a Neptune run, with methods for nodes; `neptune_run["path"] = value` works too."""

    def __init__(self, run: neptune.Run, namespace: str) -> None:
        """Log under a namespace of a run."""
        super().__init__(run, namespace)
        self._logged: set[tuple[str, int]] = set()
        self._callbacks: dict[str, NeptuneCallback] = {}

    def log_trials(self, study: optuna.Study, trial: FrozenTrial | None = None) -> None:
        """Log the finished trials that have not been logged yet, including those of earlier runs."""
        trials = [trial for trial in study.get_trials(deepcopy=False) if trial.state.is_finished()]
        # neptune-optuna looks for the best trial, and raises an error if there is none yet.
        has_best = any(trial.state == TrialState.COMPLETE for trial in trials)
        for finished in trials if has_best else ():
            key = (study.study_name, finished.number)
            if key not in self._logged:
                self._logged.add(key)
                try:
                    self._find_callback(study.study_name)(study, finished)
                except Exception as error:
                    logger.warning("Trial %d is not in Neptune: %s", finished.number, error)

    def log_evaluation(self, part: str, metrics: dict[str, float], figure: Any) -> None:
        """Log metrics and a figure under `nodes/report`, as the tutorial does."""
        report = self["nodes/report"]
        for name, value in metrics.items():
            report[f"{part}_{name.replace('acc', 'accuracy')}"] = value
        report[f"{part}_confusion_matrix"].upload(figure)

    def _find_callback(self, study: str) -> NeptuneCallback:
        if study not in self._callbacks:
            place = self[f"studies/{study}"] if self._callbacks else self
            # Its plots take 26 MB per trial, and its copy of the study contains the database's password.
            never = dict.fromkeys(["plots_update_freq", "study_update_freq"], "never")
            self._callbacks[study] = NeptuneCallback(place, **never)
        return self._callbacks[study]


class NeptuneRunDataset(AbstractDataset[NoReturn, NeptuneRunLog | None]):
    """Gives nodes the log of this run; None if Neptune is not enabled, or in another process.

    Example `catalog.yml` entry::

        neptune_run:
          type: kedro_sweep.tracking.neptune.run_dataset.NeptuneRunDataset
    """

    log: NeptuneRunLog | None = None

    def load(self) -> NeptuneRunLog | None:
        """Return the log."""
        return self.log

    def save(self, data: NoReturn) -> None:
        """Raise an error: nodes log to what they load."""
        raise DatasetError("A Neptune run is an input of a node, not an output.")

    def _describe(self) -> dict[str, Any]:
        return {}

    def __getstate__(self) -> dict[str, Any]:
        """Leave out the log, which is not available in another process."""
        return {**vars(self), "log": None}
