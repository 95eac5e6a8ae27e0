"""A model that only waits, so that many workers can share few cores."""

import time
from typing import Any

from sklearn.base import BaseEstimator, ClassifierMixin


class Sleeper(ClassifierMixin, BaseEstimator):  # type: ignore[misc]  # scikit-learn is not typed
    """A classifier that takes a given time and learns nothing."""

    def __init__(self, seconds: float = 0.0, x: float = 0.0) -> None:
        """Keep the arguments."""
        self.seconds = seconds
        self.x = x

    def fit(self, X: Any, y: Any) -> "Sleeper":
        """Wait."""
        self.classes_ = [0, 1]
        if self.seconds:
            time.sleep(self.seconds)
        return self


def score(estimator: Any, X: Any, y: Any) -> float:
    """Return the score of a sleeper, without predictions."""
    return float(getattr(estimator, "x", 0.0))
