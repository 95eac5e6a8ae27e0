"""What the nodes log to a Neptune run."""

import logging
from typing import Any

import neptune
import optuna
from neptune.handler import Handler
from neptune_optuna import NeptuneCallback
from optuna.trial import FrozenTrial, TrialState

logger = logging.getLogger(__name__)


class NeptuneRunLog(Handler):
    """A namespace of a Neptune run, with methods for nodes; `neptune_run["path"] = value` works too."""

    def __init__(self, run: neptune.Run, namespace: str) -> None:
        """Set up the log.

        Args:
            run: The run.
            namespace: The namespace of the run in which everything is logged.
        """
        super().__init__(run, namespace)
        self._logged: set[tuple[str, int]] = set()
        self._callbacks: dict[str, NeptuneCallback] = {}

    def _log_trial(self, study: optuna.Study, trial: FrozenTrial) -> None:
        """Log a trial. Trials of the first study go here, those of others into their own namespaces."""
        name = study.study_name
        if name not in self._callbacks:
            place = self[f"studies/{name}"] if self._callbacks else self
            # Its plots take 26 MB per trial, and its copy of the study contains the database's password.
            self._callbacks[name] = NeptuneCallback(
                place, plots_update_freq="never", study_update_freq="never"
            )
        self._callbacks[name](study, trial)

    def log_trials(self, study: optuna.Study, trial: FrozenTrial | None = None) -> None:
        """Log the finished trials that have not been logged yet, including those of earlier runs.

        Args:
            study: The study.
            trial: The trial that has just finished; the study contains it as well.
        """
        trials = study.get_trials(deepcopy=False)
        # neptune-optuna looks for the best trial, and raises an error if there is none yet.
        if not any(trial.state == TrialState.COMPLETE for trial in trials):
            return
        for finished in trials:
            key = (study.study_name, finished.number)
            if finished.state.is_finished() and key not in self._logged:
                self._logged.add(key)
                try:
                    self._log_trial(study, finished)
                except Exception as error:
                    logger.warning("Trial %d is not in Neptune: %s", finished.number, error)

    def log_evaluation(self, part: str, metrics: dict[str, float], figure: Any) -> None:
        """Log metrics and a figure under `nodes/report`.

        Args:
            part: `train` or `test`.
            metrics: Values by name; `acc` is logged as `accuracy`.
            figure: Predicted against true values, a Matplotlib figure.
        """
        report = self["nodes/report"]
        for name, value in metrics.items():
            report[f"{part}_{name.replace('acc', 'accuracy')}"] = value
        report[f"{part}_confusion_matrix"].upload(figure)
