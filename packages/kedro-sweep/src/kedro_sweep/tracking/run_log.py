"""The interface through which nodes log to a tracker."""

from typing import Any, Protocol

import optuna
from optuna.trial import FrozenTrial


class RunLog(Protocol):
    """A tracker's record of the current run.

    Nodes get it as the input `neptune_run`, which is None if the run has no such tracker.
    """

    def __setitem__(self, path: str, value: Any) -> None:
        """Record a value."""
        ...

    def log_trials(self, study: optuna.Study, trial: FrozenTrial | None = None) -> None:
        """Log the finished trials that are not logged yet; can be used in `callbacks` of `run_search`.

        Args:
            study: The study.
            trial: The trial that has just finished, as Optuna passes it to a callback.
        """
        ...

    def log_evaluation(self, part: str, metrics: dict[str, float], figure: Any) -> None:
        """Log how well the model does on one part of the table.

        Args:
            part: `train` or `test`.
            metrics: Values by name.
            figure: Predicted against true values, a Matplotlib figure.
        """
        ...
