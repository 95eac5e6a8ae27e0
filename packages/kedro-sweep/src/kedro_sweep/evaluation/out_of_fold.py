"""Predictions for rows that a model was not fitted on, and what they are compared with."""

from dataclasses import dataclass
from typing import Any

from numpy.typing import NDArray


@dataclass(frozen=True, eq=False)
class Truth:
    """What predictions are compared with: the test rows of all folds in a row, or a test table's rows.

    Attributes:
        y: Class numbers from 0, or numbers, shape (n,).
        classes: The sorted labels of the classes, shape (n_classes,); None for regression.
        folds: Number of the fold of each prediction, from 0, shape (n,); all 0 for a test table.
        units: Number of what is resampled, the row or its group, from 0, shape (n,).
    """

    y: NDArray[Any]
    classes: NDArray[Any] | None
    folds: NDArray[Any]
    units: NDArray[Any]


@dataclass(frozen=True, eq=False)
class Predictions:
    """The predictions of one configuration, in the order of the truth.

    Attributes:
        labels: Class numbers from 0, or numbers, shape (n,).
        probabilities: Shape (n, n_classes), with columns as `Truth.classes`; a class that was missing
            from the training rows of a fold has 0. None if the model gives none.
    """

    labels: NDArray[Any]
    probabilities: NDArray[Any] | None
