"""What the nodes tell a Neptune run, when they are given one."""

import logging
from typing import Any

import optuna
import pandas as pd
from optuna.trial import FrozenTrial, TrialState

from kedro_sweep.pipelines.data_processing.parameters import FeatureNames, TargetName
from kedro_sweep.pipelines.reporting.nodes import plot_predictions

logger = logging.getLogger(__name__)


class TrialLog:
    """A callback of the search that hands each trial to neptune-optuna, once."""

    def __init__(self, neptune_run: Any) -> None:
        """Open the log.

        Args:
            neptune_run: A Neptune run or a namespace of one.
        """
        from neptune_optuna import NeptuneCallback  # noqa: PLC0415  # an extra

        # Its plots cost 26 MB a trial; its copy of the study holds the database's password.
        self._callback = NeptuneCallback(
            neptune_run, plots_update_freq="never", study_update_freq="never"
        )
        self._logged: set[int] = set()

    def __call__(self, study: optuna.Study, trial: FrozenTrial | None = None) -> None:
        """Log the finished trials that are not logged yet, those of earlier runs among them.

        Args:
            study: The study.
            trial: Not used; Optuna passes the trial that has just finished.
        """
        trials = study.get_trials(deepcopy=False)
        # neptune-optuna looks for the best trial, and raises where there is none yet.
        if not any(trial.state == TrialState.COMPLETE for trial in trials):
            return
        for finished in trials:
            if finished.state.is_finished() and finished.number not in self._logged:
                self._logged.add(finished.number)
                try:
                    self._callback(study, finished)
                except Exception as error:
                    logger.warning("Trial %d is not in Neptune: %s", finished.number, error)


def log_predictions(
    neptune_run: Any,
    part: str,
    metrics: dict[str, float],
    model: Any,
    table: pd.DataFrame,
    features: FeatureNames,
    y_label: TargetName,
) -> None:
    """Log metrics and confusion matrix beneath `nodes/report`.

    Args:
        neptune_run: A Neptune run or a namespace of one.
        part: "train" or "test".
        metrics: Values by name; `acc` is logged as `accuracy`.
        model: The fitted model.
        table: Features and target.
        features: Names of the columns that the model may see.
        y_label: Name of the column to predict.
    """
    report = neptune_run["nodes/report"]
    for name, value in metrics.items():
        report[f"{part}_{name.replace('acc', 'accuracy')}"] = value
    report[f"{part}_confusion_matrix"].upload(plot_predictions(model, table, features, y_label))
