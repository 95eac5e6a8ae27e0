"""Scores that are means over rows, that compare such means, or that need only the confusion matrix."""

from collections.abc import Callable
from dataclasses import replace
from functools import partial

import numpy as np
from scipy.special import xlogy

from kedro_sweep.evaluation.predictions import Array, Predictions, Truth

# Takes the truth, predictions, and how often each is drawn, shape (n_draws, n); returns shape
# (n_draws,). The metrics of `find_metric` also take one draw of a stack of m predictions: labels of
# shape (m, n), probabilities (m, n, n_classes) and weights (n,) return shape (m,).
Metric = Callable[[Truth, Predictions, Array], Array]
# Returns the score of each row, shape (n,); for a stack of predictions, shape (m, n).
RowScore = Callable[[Truth, Predictions], Array]


def _score_log(truth: Truth, predictions: Predictions) -> Array:
    probabilities = predictions.need_probabilities()
    smallest = float(np.finfo(predictions.precision).eps)
    of_truth = probabilities[..., np.arange(len(truth.y)), truth.y]
    scores: Array = np.log(np.clip(of_truth, smallest, 1 - smallest))
    return scores


def _score_brier(truth: Truth, predictions: Predictions) -> Array:
    probabilities = predictions.need_probabilities()
    n_classes = probabilities.shape[-1]
    errors = ((np.eye(n_classes)[truth.y] - probabilities) ** 2).sum(axis=-1)
    scores: Array = -errors / 2 if n_classes == 2 else -errors
    return scores


def average_rows(score_rows: RowScore, truth: Truth, predictions: Predictions, weights: Array) -> Array:
    total = score_rows(truth, predictions) @ weights.T
    n_drawn = weights.sum(axis=-1)
    means: Array = np.divide(total, n_drawn, out=np.full_like(total, np.nan), where=n_drawn > 0)
    return means


def _average_root(score_rows: RowScore, truth: Truth, predictions: Predictions, weights: Array) -> Array:
    scores: Array = -np.sqrt(-average_rows(score_rows, truth, predictions, weights))
    return scores


def _share_explained(is_centered: bool, truth: Truth, predictions: Predictions, weights: Array) -> Array:
    """Compute R², or the explained variance, which ignores an error that all rows share."""
    errors = truth.y - predictions.labels
    unexplained = _sum_deviations(errors, weights) if is_centered else errors**2 @ weights.T
    total = _sum_deviations(truth.y, weights)
    # Because of rounding, even equal targets differ slightly from their mean.
    is_spread = total > (np.finfo(float).eps ** 2) * len(truth.y) * (weights @ truth.y**2)
    scores = np.where(is_spread, 1 - unexplained / total, np.where(unexplained == 0, 1.0, 0.0))
    too_few = np.count_nonzero(weights, axis=-1) < 2
    return scores if is_centered else np.where(too_few, np.nan, scores)


def _sum_deviations(values: Array, weights: Array) -> Array:
    means = values @ weights.T / weights.sum(axis=-1)
    sums: Array = np.einsum("...n,...n->...", weights, (values - np.expand_dims(means, -1)) ** 2)
    return sums


ROW_SCORES: dict[str, RowScore] = {
    "accuracy": lambda truth, found: (truth.y == found.labels).astype(float),
    "neg_log_loss": _score_log,
    "neg_brier_score": _score_brier,
    "neg_mean_absolute_error": lambda truth, found: -np.abs(truth.y - found.labels),
    "neg_mean_absolute_percentage_error": lambda truth, found: (
        -np.abs(truth.y - found.labels) / np.maximum(np.abs(truth.y), np.finfo(float).eps)
    ),
    "neg_mean_squared_error": lambda truth, found: -((truth.y - found.labels) ** 2),
    "neg_mean_squared_log_error": lambda truth, found: (
        -((np.log1p(truth.y) - np.log1p(found.labels)) ** 2)
    ),
    "neg_mean_poisson_deviance": lambda truth, found: (
        -2 * (xlogy(truth.y, truth.y / found.labels) - truth.y + found.labels)
    ),
    "neg_mean_gamma_deviance": lambda truth, found: (
        -2 * (np.log(found.labels / truth.y) + truth.y / found.labels - 1)
    ),
}
PROPER = {"neg_log_loss", "neg_brier_score"}  # which read probabilities, row by row
_MEANS: dict[str, Metric] = {name: partial(average_rows, score) for name, score in ROW_SCORES.items()}
_METRICS_OF_NUMBERS: dict[str, Metric] = {
    **{name: metric for name, metric in _MEANS.items() if name not in {"accuracy", *PROPER}},
    "neg_root_mean_squared_error": partial(_average_root, ROW_SCORES["neg_mean_squared_error"]),
    "neg_root_mean_squared_log_error": partial(_average_root, ROW_SCORES["neg_mean_squared_log_error"]),
    "r2": partial(_share_explained, False),
    "explained_variance": partial(_share_explained, True),
}


def _score_numbers(metric: Metric, truth: Truth, predictions: Predictions, weights: Array) -> Array:
    """Score classes, such as grades, by their labels, which are numbers."""
    if truth.classes is not None:
        labels = np.append(truth.classes.astype(float), np.nan)  # of the class number -1: unknown
        truth = replace(truth, y=labels[truth.y])
        predictions = replace(predictions, labels=labels[predictions.labels])
    return metric(truth, predictions, weights)


ROW_METRICS: dict[str, Metric] = _MEANS | {
    name: partial(_score_numbers, metric) for name, metric in _METRICS_OF_NUMBERS.items()
}


# For each draw and class, the weights of correct, predicted and true rows, each of shape (n_draws,
# n_classes). For a stack of m predictions, (m, n_classes), and (n_classes,) for the true rows.
Counts = tuple[Array, Array, Array]
_Measure = Callable[[Array, Array, Array], Array]


def _count(truth: Truth, predictions: Predictions, weights: Array) -> Counts:
    n_classes = len(truth.need_classes())
    is_class = np.eye(n_classes + 1, n_classes)  # of the class number -1, which is unknown, none
    is_true, is_predicted = is_class[truth.y], is_class[predictions.labels]
    counted = weights @ np.concatenate([is_true * is_predicted, is_predicted], axis=-1)
    hits, predicted = np.split(counted, 2, axis=-1)
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
    recalls = divide(hits, true)
    return _leave_out(truth, true, recalls.sum(axis=-1) / (true > 0).sum(axis=-1))


def _score_matthews(truth: Truth, predictions: Predictions, weights: Array) -> Array:
    hits, predicted, true = _count(truth, predictions, weights)
    n = true.sum(axis=-1)
    covariance = hits.sum(axis=-1) * n - (true * predicted).sum(axis=-1)
    variances = (n**2 - (predicted**2).sum(axis=-1)) * (n**2 - (true**2).sum(axis=-1))
    return np.where(variances == 0, 0.0, covariance / np.sqrt(variances))


def divide(numerator: Array, denominator: Array) -> Array:
    """Divide, with 0 for 0/0, as scikit-learn does for these scores."""
    zeros = np.zeros_like(numerator)
    quotient: Array = np.divide(numerator, denominator, out=zeros, where=denominator != 0)
    return quotient


def _score_by_class(
    measure: _Measure, average: str, truth: Truth, predictions: Predictions, weights: Array
) -> Array:
    """Measure each class and average as scikit-learn does; NaN if a class that counts is missing."""
    hits, predicted, true = _count(truth, predictions, weights)
    if average == "binary":
        # Scorers treat class 1 as positive, whatever the other class is.
        positive = truth.need_classes().tolist().index(1)
        scores = measure(hits[..., positive], predicted[..., positive], true[..., positive])
        return np.where((true[..., positive] > 0) | (positive not in truth.y), scores, np.nan)
    if average == "micro":
        return measure(hits.sum(axis=-1), predicted.sum(axis=-1), true.sum(axis=-1))
    shares = true if average == "weighted" else (true + predicted > 0).astype(float)
    averages = (measure(hits, predicted, true) * shares).sum(axis=-1) / shares.sum(axis=-1)
    return averages if average == "weighted" else _leave_out(truth, true, averages)


# From the weights of correct, predicted and true rows.
_CLASS_MEASURES: dict[str, _Measure] = {
    "f1": lambda hits, predicted, true: divide(2 * hits, predicted + true),
    "precision": lambda hits, predicted, true: divide(hits, predicted),
    "recall": lambda hits, predicted, true: divide(hits, true),
    "jaccard": lambda hits, predicted, true: divide(hits, predicted + true - hits),
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
