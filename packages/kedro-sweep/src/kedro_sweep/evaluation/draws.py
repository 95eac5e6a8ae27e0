"""What a score of bootstrap draws, or of many predictions, is, and what it may ask of them."""

from collections.abc import Callable
from typing import Any

from numpy.typing import NDArray

from kedro_sweep.evaluation.out_of_fold import Predictions, Truth

# Of the truth, predictions, and how often each is drawn, shape (n_draws, n); gives shape (n_draws,). Those
# that are vectorized take a stack of m predictions and one draw as well: labels of shape (m, n),
# probabilities (m, n, n_classes) and weights (n,) give shape (m,).
Metric = Callable[[Truth, Predictions, NDArray[Any]], NDArray[Any]]


def need_probabilities(predictions: Predictions) -> NDArray[Any]:
    """Give the probabilities.

    Args:
        predictions: Of one configuration.

    Returns:
        Shape (n, n_classes), or (m, n, n_classes).

    Raises:
        ValueError: If the model gives none.
    """
    if predictions.probabilities is None:
        raise ValueError("the model predicts no probabilities")
    return predictions.probabilities


def need_classes(truth: Truth) -> NDArray[Any]:
    """Give the classes.

    Args:
        truth: What predictions are compared with.

    Returns:
        The sorted labels, shape (n_classes,).

    Raises:
        ValueError: If the target holds numbers.
    """
    if truth.classes is None:
        raise ValueError("the target holds no classes")
    return truth.classes
