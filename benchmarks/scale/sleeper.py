"""A model whose fit waits, so that any number of workers fit on few cores."""

import time
from typing import Any

from sklearn.base import BaseEstimator, ClassifierMixin


class Sleeper(ClassifierMixin, BaseEstimator):  # type: ignore[misc]  # scikit-learn is not typed
    """A classifier that learns nothing, in a given time."""

    def __init__(self, seconds: float = 0.0, x: float = 0.0) -> None:
        """Keep the arguments.

        Args:
            seconds: How long a fit takes.
            x: Its score.
        """
        self.seconds = seconds
        self.x = x

    def fit(self, X: Any, y: Any) -> "Sleeper":
        """Wait.

        Args:
            X: Features.
            y: Target.

        Returns:
            The classifier.
        """
        self.classes_ = [0, 1]
        if self.seconds:
            time.sleep(self.seconds)
        return self


def score(estimator: Any, X: Any, y: Any) -> float:
    """Score a sleeper, which costs nothing.

    Args:
        estimator: The classifier.
        X: Features.
        y: Target.

    Returns:
        Its argument x.
    """
    return float(getattr(estimator, "x", 0.0))
