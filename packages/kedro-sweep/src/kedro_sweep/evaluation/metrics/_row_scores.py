"""Scores that are means over rows, and those that compare such a mean with another mean of the draw."""

from collections.abc import Callable
from functools import partial

import numpy as np
from scipy.special import xlogy

from kedro_sweep.evaluation.predictions import Array, Predictions, Truth, need_probabilities

# Takes the truth, predictions, and how often each is drawn, shape (n_draws, n); returns shape
# (n_draws,). The metrics of `find_metric` also take one draw of a stack of m predictions: labels of
# shape (m, n), probabilities (m, n, n_classes) and weights (n,) return shape (m,).
Metric = Callable[[Truth, Predictions, Array], Array]
# Returns the score of each row, shape (n,); for a stack of predictions, shape (m, n).
RowScore = Callable[[Truth, Predictions], Array]


def _score_log(truth: Truth, predictions: Predictions) -> Array:
    probabilities = need_probabilities(predictions)
    smallest = float(np.finfo(predictions.precision).eps)
    of_truth = probabilities[..., np.arange(len(truth.y)), truth.y]
    scores: Array = np.log(np.clip(of_truth, smallest, 1 - smallest))
    return scores


def _score_brier(truth: Truth, predictions: Predictions) -> Array:
    probabilities = need_probabilities(predictions)
    n_classes = probabilities.shape[-1]
    errors = ((np.eye(n_classes)[truth.y] - probabilities) ** 2).sum(axis=-1)
    scores: Array = -errors / 2 if n_classes == 2 else -errors
    return scores


def average_rows(score_rows: RowScore, truth: Truth, predictions: Predictions, weights: Array) -> Array:
    """Average the scores of rows in each draw."""
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
ROW_METRICS: dict[str, Metric] = {
    **{name: partial(average_rows, score_rows) for name, score_rows in ROW_SCORES.items()},
    "neg_root_mean_squared_error": partial(_average_root, ROW_SCORES["neg_mean_squared_error"]),
    "neg_root_mean_squared_log_error": partial(_average_root, ROW_SCORES["neg_mean_squared_log_error"]),
    "r2": partial(_share_explained, False),
    "explained_variance": partial(_share_explained, True),
}
