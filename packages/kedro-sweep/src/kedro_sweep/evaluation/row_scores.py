"""Scores that are means over rows, and those that compare such a mean with another mean of the draw."""

from collections.abc import Callable
from functools import partial

import numpy as np
from scipy.special import xlogy

from kedro_sweep.evaluation.draws import Metric, need_probabilities
from kedro_sweep.evaluation.out_of_fold import Array, Predictions, Truth

# Returns the score of each row, shape (n,); for a stack of predictions, shape (m, n).
RowScore = Callable[[Truth, Predictions], Array]


def _score_hits(truth: Truth, predictions: Predictions) -> Array:
    scores: Array = (truth.y == predictions.labels).astype(float)
    return scores


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


def _score_absolute(truth: Truth, predictions: Predictions) -> Array:
    scores: Array = -np.abs(truth.y - predictions.labels)
    return scores


def _score_relative(truth: Truth, predictions: Predictions) -> Array:
    scores: Array = _score_absolute(truth, predictions) / np.maximum(
        np.abs(truth.y), np.finfo(float).eps
    )
    return scores


def _score_squared(truth: Truth, predictions: Predictions) -> Array:
    scores: Array = -((truth.y - predictions.labels) ** 2)
    return scores


def _score_squared_log(truth: Truth, predictions: Predictions) -> Array:
    scores: Array = -((np.log1p(truth.y) - np.log1p(predictions.labels)) ** 2)
    return scores


def _score_poisson(truth: Truth, predictions: Predictions) -> Array:
    y, labels = truth.y, predictions.labels
    scores: Array = -2 * (xlogy(y, y / labels) - y + labels)
    return scores


def _score_gamma(truth: Truth, predictions: Predictions) -> Array:
    y, labels = truth.y, predictions.labels
    scores: Array = -2 * (np.log(labels / y) + y / labels - 1)
    return scores


def average_rows(
    score_rows: Callable[[Truth, Predictions], Array],
    truth: Truth,
    predictions: Predictions,
    weights: Array,
) -> Array:
    """Average the scores of rows in each draw."""
    total = score_rows(truth, predictions) @ weights.T
    n_drawn = weights.sum(axis=-1)
    means: Array = np.divide(total, n_drawn, out=np.full_like(total, np.nan), where=n_drawn > 0)
    return means


def _average_root(
    score_rows: Callable[[Truth, Predictions], Array],
    truth: Truth,
    predictions: Predictions,
    weights: Array,
) -> Array:
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
    "accuracy": _score_hits,
    "neg_log_loss": _score_log,
    "neg_brier_score": _score_brier,
    "neg_mean_absolute_error": _score_absolute,
    "neg_mean_absolute_percentage_error": _score_relative,
    "neg_mean_squared_error": _score_squared,
    "neg_mean_squared_log_error": _score_squared_log,
    "neg_mean_poisson_deviance": _score_poisson,
    "neg_mean_gamma_deviance": _score_gamma,
}
ROW_METRICS: dict[str, Metric] = {
    **{name: partial(average_rows, score_rows) for name, score_rows in ROW_SCORES.items()},
    "neg_root_mean_squared_error": partial(_average_root, _score_squared),
    "neg_root_mean_squared_log_error": partial(_average_root, _score_squared_log),
    "r2": partial(_share_explained, False),
    "explained_variance": partial(_share_explained, True),
}
