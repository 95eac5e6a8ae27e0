"""Scores that rank rows by a probability."""

from functools import partial
from itertools import combinations

import numpy as np

from kedro_sweep.evaluation.metrics._scores import Metric
from kedro_sweep.evaluation.predictions import Array, Predictions, Truth


def _rank(values: Array, is_positive: Array, weights: Array) -> tuple[Array, Array]:
    """Compute the area under the ROC curve of each draw, and the weight of its positive rows.

    The area is the share of pairs in which the positive row has the greater value, and a tie counts half
    (Mann-Whitney). It is NaN without rows of both kinds.
    """
    if values.ndim == 2:
        return _rank_stack(values, is_positive, weights)
    positive, negative = np.flatnonzero(is_positive), np.flatnonzero(~is_positive)
    negative = negative[np.argsort(values[negative])]
    by_row = weights.T
    below = np.zeros((len(negative) + 1, len(weights)))
    np.cumsum(by_row[negative], axis=0, out=below[1:])
    first, last = (
        np.searchsorted(values[negative], values[positive], side) for side in ("left", "right")
    )
    of_positive = by_row[positive]
    wins = np.einsum("nd,nd->d", of_positive, below[first] + below[last]) / 2
    n_positive = of_positive.sum(axis=0)
    return wins / (n_positive * below[-1]), n_positive


def _rank_stack(values: Array, is_positive: Array, weights: Array) -> tuple[Array, Array]:
    """Do the same for m predictions of each row, shape (m, n), and a single draw, shape (n,)."""
    order, is_first, is_last = _sort(values)
    positive, negative = (weights * is_positive)[order], (weights * ~is_positive)[order]
    until = np.cumsum(negative, axis=1)
    n_negative = until[:, -1]
    below = np.maximum.accumulate(np.where(is_first, until - negative, 0), axis=1)
    ends = np.where(is_last, until, np.inf)[:, ::-1]
    until = np.minimum.accumulate(ends, axis=1)[:, ::-1]
    n_positive = positive.sum(axis=1)
    wins = (positive * (below + until)).sum(axis=1) / 2
    return wins / (n_positive * n_negative), n_positive


def _sort(values: Array) -> tuple[Array, Array, Array]:
    """Sort each row, and mark the first and the last of equal values."""
    order = np.argsort(values, axis=1)
    is_step = np.diff(np.take_along_axis(values, order, axis=1)) > 0
    edge = np.ones((len(values), 1), dtype=bool)
    return order, np.hstack([edge, is_step]), np.hstack([is_step, edge])


def _score_roc_auc(truth: Truth, predictions: Predictions, weights: Array) -> Array:
    if len(truth.need_classes()) != 2:
        raise ValueError("the target has more than two classes")
    # Scorers treat the greater class as positive.
    area, _ = _rank(predictions.need_probabilities()[..., 1], truth.y == 1, weights)
    return area


def _score_one_versus_rest(average: str, truth: Truth, found: Predictions, weights: Array) -> Array:
    n_classes = len(truth.need_classes())
    if n_classes == 2:
        return _score_roc_auc(truth, found, weights)
    probabilities = found.need_probabilities()
    ranked = [_rank(probabilities[..., i], truth.y == i, weights) for i in range(n_classes)]
    areas, shares = (np.array(part) for part in zip(*ranked, strict=True))
    # If a class is not in the draw, its area is NaN, and so is the mean.
    if average == "macro":
        shares = np.ones_like(shares)
    scores: Array = (areas * shares).sum(axis=0) / shares.sum(axis=0)
    return scores


def _score_one_versus_one(average: str, truth: Truth, predictions: Predictions, weights: Array) -> Array:
    """Average over pairs of classes (Hand and Till 2001), using only the rows of each pair."""
    n_classes = len(truth.need_classes())
    if n_classes == 2:
        return _score_roc_auc(truth, predictions, weights)
    probabilities = predictions.need_probabilities()
    areas, shares = [], []
    for pair in combinations(range(n_classes), 2):
        rows = np.flatnonzero(np.isin(truth.y, pair))
        drawn = weights[..., rows]
        ranked = [_rank(probabilities[..., rows, i], truth.y[rows] == i, drawn) for i in pair]
        areas.append(np.mean([area for area, _ in ranked], axis=0))
        shares.append(np.full_like(areas[-1], drawn.sum(axis=-1) if average == "weighted" else 1))
    scores: Array = np.multiply(areas, shares).sum(axis=0) / np.sum(shares, axis=0)
    return scores


def _score_average_precision(truth: Truth, predictions: Predictions, weights: Array) -> Array:
    classes = truth.need_classes().tolist()
    # With two classes, scorers treat class 1 as positive, whatever the other class is.
    positives = [classes.index(1)] if len(classes) == 2 else range(len(classes))
    probabilities = predictions.need_probabilities()
    scores = [_sum_precisions(probabilities[..., i], truth.y == i, weights) for i in positives]
    means: Array = np.mean(scores, axis=0)
    return means


def _sum_precisions(values: Array, is_positive: Array, weights: Array) -> Array:
    """Sum up the precision at each threshold times the recall it adds; NaN without positive rows."""
    if values.ndim == 2:
        return _sum_precisions_stack(values, is_positive, weights)
    order = np.argsort(-values)
    ends = np.flatnonzero(np.append(np.diff(values[order]), -1))
    by_row = weights.T[order]
    found = np.cumsum(by_row * is_positive[order, np.newaxis], axis=0)[ends]
    precisions = np.nan_to_num(found / np.cumsum(by_row, axis=0)[ends])
    sums: Array = (np.diff(found, axis=0, prepend=0) * precisions).sum(axis=0) / found[-1]
    return sums


def _sum_precisions_stack(values: Array, is_positive: Array, weights: Array) -> Array:
    order, _, is_last = _sort(-values)
    found = np.cumsum((weights * is_positive)[order], axis=1)
    precisions = np.nan_to_num(found / np.cumsum(weights[order], axis=1))
    at_ends = np.maximum.accumulate(np.where(is_last, found, 0), axis=1)
    sums: Array = (np.diff(at_ends, axis=1, prepend=0) * precisions).sum(axis=1) / found[:, -1]
    return sums


RANK_METRICS: dict[str, Metric] = {
    "roc_auc": _score_roc_auc,
    "roc_auc_ovr": partial(_score_one_versus_rest, "macro"),
    "roc_auc_ovr_weighted": partial(_score_one_versus_rest, "weighted"),
    "roc_auc_ovo": partial(_score_one_versus_one, "macro"),
    "roc_auc_ovo_weighted": partial(_score_one_versus_one, "weighted"),
    "average_precision": _score_average_precision,
}
