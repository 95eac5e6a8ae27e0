"""Scores that depend only on the diagonal and the margins of the confusion matrix."""

from collections.abc import Callable
from functools import partial

import numpy as np

from kedro_sweep.evaluation.metrics._row_scores import Metric
from kedro_sweep.evaluation.predictions import Array, Predictions, Truth, need_classes

# For each draw and class, the weights of correct, predicted and true rows, each of shape (n_draws,
# n_classes). For a stack of m predictions, (m, n_classes), and (n_classes,) for the true rows.
Counts = tuple[Array, Array, Array]
_Measure = Callable[[Array, Array, Array], Array]


def _count(truth: Truth, predictions: Predictions, weights: Array) -> Counts:
    n_classes = len(need_classes(truth))
    is_true = np.eye(n_classes)[truth.y]
    is_predicted = np.eye(n_classes)[predictions.labels]
    hits, predicted = np.split(
        weights @ np.concatenate([is_true * is_predicted, is_predicted], axis=-1), 2, axis=-1
    )
    return hits, predicted, weights @ is_true


def _leave_out(truth: Truth, true: Array, scores: Array) -> Array:
    """Give no score to a draw that lacks a class of the rows.

    The mean over the remaining classes would be a different score, and mostly a better one, because rare
    classes, which a draw may lack, are hard to predict.
    """
    present = np.unique(truth.y)
    return np.where((true[..., present] > 0).all(axis=-1), scores, np.nan)


def _score_balanced(truth: Truth, predictions: Predictions, weights: Array) -> Array:
    hits, _, true = _count(truth, predictions, weights)
    recalls: Array = np.divide(hits, true, out=np.zeros_like(hits), where=true > 0)
    return _leave_out(truth, true, recalls.sum(axis=-1) / (true > 0).sum(axis=-1))


def _score_matthews(truth: Truth, predictions: Predictions, weights: Array) -> Array:
    hits, predicted, true = _count(truth, predictions, weights)
    n = true.sum(axis=-1)
    covariance = hits.sum(axis=-1) * n - (true * predicted).sum(axis=-1)
    variances = (n**2 - (predicted**2).sum(axis=-1)) * (n**2 - (true**2).sum(axis=-1))
    return np.where(variances == 0, 0.0, covariance / np.sqrt(variances))


def _divide(numerator: Array, denominator: Array) -> Array:
    """Divide, with 0 for 0/0, as scikit-learn does for these scores."""
    quotient: Array = np.divide(
        numerator, denominator, out=np.zeros_like(numerator), where=denominator != 0
    )
    return quotient


def _score_by_class(
    measure: _Measure, average: str, truth: Truth, predictions: Predictions, weights: Array
) -> Array:
    """Measure each class and average as scikit-learn does; NaN if a class that counts is missing."""
    hits, predicted, true = _count(truth, predictions, weights)
    if average == "binary":
        # Scorers treat class 1 as positive, whatever the other class is.
        positive = need_classes(truth).tolist().index(1)
        scores = measure(hits[..., positive], predicted[..., positive], true[..., positive])
        return np.where((true[..., positive] > 0) | (positive not in truth.y), scores, np.nan)
    if average == "micro":
        return measure(hits.sum(axis=-1), predicted.sum(axis=-1), true.sum(axis=-1))
    shares = true if average == "weighted" else (true + predicted > 0).astype(float)
    averages = (measure(hits, predicted, true) * shares).sum(axis=-1) / shares.sum(axis=-1)
    return averages if average == "weighted" else _leave_out(truth, true, averages)


# From the weights of correct, predicted and true rows.
_CLASS_MEASURES: dict[str, _Measure] = {
    "f1": lambda hits, predicted, true: _divide(2 * hits, predicted + true),
    "precision": lambda hits, predicted, true: _divide(hits, predicted),
    "recall": lambda hits, predicted, true: _divide(hits, true),
    "jaccard": lambda hits, predicted, true: _divide(hits, predicted + true - hits),
}
CLASS_METRICS: dict[str, Metric] = {
    "balanced_accuracy": _score_balanced,
    "matthews_corrcoef": _score_matthews,
    **{name: partial(_score_by_class, measure, "binary") for name, measure in _CLASS_MEASURES.items()},
    **{
        f"{name}_{average}": partial(_score_by_class, measure, average)
        for name, measure in _CLASS_MEASURES.items()
        for average in ("macro", "micro", "weighted")
    },
}
