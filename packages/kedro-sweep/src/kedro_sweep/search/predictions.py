"""What a fitted model predicts for the test rows of a fold."""

from collections.abc import Callable
from typing import Any, NamedTuple

import optuna
from numpy.typing import NDArray


class FoldPrediction(NamedTuple):
    """The predictions of one configuration for the test rows of one fold.

    Attributes:
        labels: Classes, or numbers, shape (n_test,).
        classes: The classes that the model knows, those of the fold's training rows; None for a
            regression.
        probabilities: Shape (n_test, len(classes)); None if the model gives none.
    """

    labels: NDArray[Any]
    classes: NDArray[Any] | None
    probabilities: NDArray[Any] | None


# Of a trial whose score is known, and its predictions, fold by fold.
OnScored = Callable[[optuna.Trial, list[FoldPrediction]], None]
