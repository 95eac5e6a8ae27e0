"""Scores of many bootstrap draws at once.

Each equals scikit-learn's score of the rows that a draw holds, with how often it holds them as
`sample_weight`. A draw that has no rows, or for which scikit-learn has no score, gets NaN.
"""

from collections.abc import Callable, Sequence
from functools import partial
from itertools import combinations
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import xlogy

from kedro_sweep.evaluation.out_of_fold import Predictions, Truth

# Of the truth, predictions, and weights of shape (n_draws, n); gives shape (n_draws,).
Metric = Callable[[Truth, Predictions, NDArray[Any]], NDArray[Any]]

# For each draw and class the weight of correct, predicted and true rows, each of shape (n_draws, n_classes).
Counts = tuple[NDArray[Any], NDArray[Any], NDArray[Any]]


def find_metric(scoring: str) -> Metric | None:
    """Find the score that scikit-learn's scorer of a name computes, for many draws at once.

    Args:
        scoring: Name of a scorer, such as `accuracy` or `neg_log_loss`.

    Returns:
        A function of the truth, predictions, and how often each prediction is drawn, shape
        (n_draws, n). It returns a score per draw with the sign of the scorer, shape (n_draws,), NaN
        where there is none, and raises ValueError if the predictions lack the probabilities that it
        needs. None if the score is not among those here.
    """
    metric = _METRICS.get(scoring)
    return None if metric is None else partial(_leave_out_empty_draws, metric)


def average_folds(
    metric: Metric, truth: Truth, candidates: Sequence[Predictions], weights: NDArray
) -> NDArray[Any]:
    """Score each fold alone and average, as the value of a trial does.

    Args:
        metric: Computes the score of many draws.
        truth: What the predictions are compared with.
        candidates: Predictions of each configuration.
        weights: How often each prediction is drawn, shape (n_draws, n).

    Returns:
        The mean over the folds that have a score in the draw, shape (n_candidates, n_draws); NaN if
        none has.
    """
    total = np.zeros((len(candidates), len(weights)))
    n_defined = np.zeros_like(total)
    for fold in np.unique(truth.folds):
        rows = np.flatnonzero(truth.folds == fold)
        part = Truth(truth.y[rows], truth.classes, truth.folds[rows], truth.units[rows])
        drawn = np.asfortranarray(weights[:, rows])
        for number, predictions in enumerate(candidates):
            scores = metric(part, _take(predictions, rows), drawn)
            defined = ~np.isnan(scores)
            total[number, defined] += scores[defined]
            n_defined[number] += defined
    return np.divide(total, n_defined, out=np.full_like(total, np.nan), where=n_defined > 0)


def _take(predictions: Predictions, rows: NDArray[Any]) -> Predictions:
    probabilities = predictions.probabilities
    return Predictions(predictions.labels[rows], None if probabilities is None else probabilities[rows])


def _leave_out_empty_draws(
    metric: Metric, truth: Truth, predictions: Predictions, weights: NDArray
) -> NDArray[Any]:
    with np.errstate(divide="ignore", invalid="ignore"):
        scores = metric(truth, predictions, np.asarray(weights, dtype=float))
    return np.where(weights.any(axis=1), scores, np.nan)


def _read_probabilities(predictions: Predictions) -> NDArray[Any]:
    if predictions.probabilities is None:
        raise ValueError("the model predicts no probabilities")
    return predictions.probabilities


# Scores that are means over rows: the score of each row, shape (n,).


def _score_hits(truth: Truth, predictions: Predictions) -> NDArray[Any]:
    return (truth.y == predictions.labels).astype(float)


def _score_log(truth: Truth, predictions: Predictions) -> NDArray[Any]:
    probabilities = _read_probabilities(predictions)
    smallest = np.finfo(probabilities.dtype).eps
    of_truth = probabilities[np.arange(len(truth.y)), truth.y]
    return np.log(np.clip(of_truth, smallest, 1 - smallest))


def _score_brier(truth: Truth, predictions: Predictions) -> NDArray[Any]:
    probabilities = _read_probabilities(predictions)
    n_classes = probabilities.shape[1]
    errors = ((np.eye(n_classes)[truth.y] - probabilities) ** 2).sum(axis=1)
    return -errors / 2 if n_classes == 2 else -errors


def _score_absolute(truth: Truth, predictions: Predictions) -> NDArray[Any]:
    return -np.abs(truth.y - predictions.labels)


def _score_relative(truth: Truth, predictions: Predictions) -> NDArray[Any]:
    return _score_absolute(truth, predictions) / np.maximum(np.abs(truth.y), np.finfo(float).eps)


def _score_squared(truth: Truth, predictions: Predictions) -> NDArray[Any]:
    return -((truth.y - predictions.labels) ** 2)


def _score_squared_log(truth: Truth, predictions: Predictions) -> NDArray[Any]:
    return -((np.log1p(truth.y) - np.log1p(predictions.labels)) ** 2)


def _score_poisson(truth: Truth, predictions: Predictions) -> NDArray[Any]:
    y, labels = truth.y, predictions.labels
    return -2 * (xlogy(y, y / labels) - y + labels)


def _score_gamma(truth: Truth, predictions: Predictions) -> NDArray[Any]:
    y, labels = truth.y, predictions.labels
    return -2 * (np.log(labels / y) + y / labels - 1)


def _average(
    score_rows: Callable[[Truth, Predictions], NDArray[Any]],
    truth: Truth,
    predictions: Predictions,
    weights: NDArray[Any],
) -> NDArray[Any]:
    scores: NDArray[Any] = weights @ score_rows(truth, predictions) / weights.sum(axis=1)
    return scores


def _average_root(
    score_rows: Callable[[Truth, Predictions], NDArray[Any]],
    truth: Truth,
    predictions: Predictions,
    weights: NDArray[Any],
) -> NDArray[Any]:
    scores: NDArray[Any] = -np.sqrt(-_average(score_rows, truth, predictions, weights))
    return scores


# Scores of regression that compare with the mean of the draw.


def _share_explained(
    is_centered: bool, truth: Truth, predictions: Predictions, weights: NDArray
) -> NDArray[Any]:
    """Compute R², or the explained variance, which forgives errors that all rows have in common."""
    errors = truth.y - predictions.labels
    unexplained = _sum_deviations(errors, weights) if is_centered else weights @ errors**2
    total = _sum_deviations(truth.y, weights)
    scores = np.where(total != 0, 1 - unexplained / total, np.where(unexplained == 0, 1.0, 0.0))
    too_few = np.count_nonzero(weights, axis=1) < 2
    return scores if is_centered else np.where(too_few, np.nan, scores)


def _sum_deviations(values: NDArray[Any], weights: NDArray[Any]) -> NDArray[Any]:
    means = weights @ values / weights.sum(axis=1)
    sums: NDArray[Any] = np.einsum("dn,dn->d", weights, (values - means[:, np.newaxis]) ** 2)
    return sums


# Scores that read the confusion matrix: all of them need its diagonal and its margins only.


def _count(truth: Truth, predictions: Predictions, weights: NDArray[Any]) -> Counts:
    n_classes = len(_read_classes(truth))
    is_true = np.eye(n_classes)[truth.y]
    is_predicted = np.eye(n_classes)[predictions.labels]
    counts = weights @ np.hstack([is_true * is_predicted, is_predicted, is_true])
    hits, predicted, true = np.split(counts, 3, axis=1)
    return hits, predicted, true


def _read_classes(truth: Truth) -> NDArray[Any]:
    if truth.classes is None:
        raise ValueError("the target holds no classes")
    return truth.classes


def _score_balanced(truth: Truth, predictions: Predictions, weights: NDArray[Any]) -> NDArray[Any]:
    hits, _, true = _count(truth, predictions, weights)
    recalls: NDArray[Any] = np.divide(hits, true, out=np.zeros_like(hits), where=true > 0)
    scores: NDArray[Any] = recalls.sum(axis=1) / (true > 0).sum(axis=1)
    return scores


def _score_matthews(truth: Truth, predictions: Predictions, weights: NDArray[Any]) -> NDArray[Any]:
    hits, predicted, true = _count(truth, predictions, weights)
    n = true.sum(axis=1)
    covariance = hits.sum(axis=1) * n - (true * predicted).sum(axis=1)
    variances = (n**2 - (predicted**2).sum(axis=1)) * (n**2 - (true**2).sum(axis=1))
    return np.where(variances == 0, 0.0, covariance / np.sqrt(variances))


def _measure_f1(hits: NDArray[Any], predicted: NDArray[Any], true: NDArray[Any]) -> NDArray[Any]:
    return _divide(2 * hits, predicted + true)


def _measure_precision(hits: NDArray[Any], predicted: NDArray[Any], true: NDArray[Any]) -> NDArray[Any]:
    return _divide(hits, predicted)


def _measure_recall(hits: NDArray[Any], predicted: NDArray[Any], true: NDArray[Any]) -> NDArray[Any]:
    return _divide(hits, true)


def _measure_jaccard(hits: NDArray[Any], predicted: NDArray[Any], true: NDArray[Any]) -> NDArray[Any]:
    return _divide(hits, predicted + true - hits)


def _divide(numerator: NDArray[Any], denominator: NDArray[Any]) -> NDArray[Any]:
    """Divide, with 0 for 0/0, as scikit-learn has it for these scores."""
    quotient: NDArray[Any] = np.divide(
        numerator, denominator, out=np.zeros_like(numerator), where=denominator != 0
    )
    return quotient


def _score_by_class(
    measure: Callable[[NDArray[Any], NDArray[Any], NDArray[Any]], NDArray[Any]],
    average: str,
    truth: Truth,
    predictions: Predictions,
    weights: NDArray[Any],
) -> NDArray[Any]:
    """Measure each class and average as scikit-learn does: over the classes that the draw holds."""
    hits, predicted, true = _count(truth, predictions, weights)
    if average == "binary":
        # What the scorers take for positive is the class 1, whichever the other is.
        positive = _read_classes(truth).tolist().index(1)
        return measure(hits[:, positive], predicted[:, positive], true[:, positive])
    if average == "micro":
        return measure(hits.sum(axis=1), predicted.sum(axis=1), true.sum(axis=1))
    shares = true if average == "weighted" else (true + predicted > 0).astype(float)
    by_class = measure(hits, predicted, true)
    scores: NDArray[Any] = (by_class * shares).sum(axis=1) / shares.sum(axis=1)
    return scores


# The area under the ROC curve: how often a row of a class is ranked above one of the others.


def _rank(
    values: NDArray[Any], is_positive: NDArray[Any], weights: NDArray[Any]
) -> tuple[NDArray[Any], NDArray[Any]]:
    """Compute the area for each draw, NaN without rows of both kinds, and the weight of the positive rows.

    The weighted share of pairs in which the positive row has the greater value, where a tie counts
    half (Mann-Whitney), is the area by trapezoids.
    """
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


def _score_roc_auc(truth: Truth, predictions: Predictions, weights: NDArray[Any]) -> NDArray[Any]:
    if len(_read_classes(truth)) != 2:
        raise ValueError("the target has more than two classes")
    # What the scorer takes for positive is the greater class.
    area, _ = _rank(_read_probabilities(predictions)[:, 1], truth.y == 1, weights)
    return area


def _score_one_versus_rest(
    average: str, truth: Truth, predictions: Predictions, weights: NDArray
) -> NDArray[Any]:
    n_classes = len(_read_classes(truth))
    if n_classes == 2:
        return _score_roc_auc(truth, predictions, weights)
    probabilities = _read_probabilities(predictions)
    ranked = [_rank(probabilities[:, i], truth.y == i, weights) for i in range(n_classes)]
    areas, shares = (np.array(part) for part in zip(*ranked, strict=True))
    # Without a class in the draw its area is NaN, and so is the mean.
    if average == "macro":
        shares = np.ones_like(shares)
    scores: NDArray[Any] = (areas * shares).sum(axis=0) / shares.sum(axis=0)
    return scores


def _score_one_versus_one(
    average: str, truth: Truth, predictions: Predictions, weights: NDArray
) -> NDArray[Any]:
    """Average over pairs of classes (Hand and Till 2001), from the rows of these two."""
    n_classes = len(_read_classes(truth))
    if n_classes == 2:
        return _score_roc_auc(truth, predictions, weights)
    probabilities = _read_probabilities(predictions)
    areas, shares = [], []
    for pair in combinations(range(n_classes), 2):
        rows = np.flatnonzero(np.isin(truth.y, pair))
        drawn = weights[:, rows]
        ranked = [_rank(probabilities[rows, i], truth.y[rows] == i, drawn) for i in pair]
        areas.append(np.mean([area for area, _ in ranked], axis=0))
        shares.append(drawn.sum(axis=1) if average == "weighted" else np.ones(len(weights)))
    scores: NDArray[Any] = (np.array(areas) * shares).sum(axis=0) / np.sum(shares, axis=0)
    return scores


def _score_average_precision(
    truth: Truth, predictions: Predictions, weights: NDArray[Any]
) -> NDArray[Any]:
    classes = _read_classes(truth).tolist()
    # Of two classes, what the scorer takes for positive is the class 1, whichever the other is.
    positives = [classes.index(1)] if len(classes) == 2 else range(len(classes))
    probabilities = _read_probabilities(predictions)
    scores = [_sum_precisions(probabilities[:, i], truth.y == i, weights) for i in positives]
    return np.mean(scores, axis=0)


def _sum_precisions(
    values: NDArray[Any], is_positive: NDArray[Any], weights: NDArray[Any]
) -> NDArray[Any]:
    """Sum the precision at each threshold times the recall that it adds; NaN without positive rows."""
    order = np.argsort(-values)
    ends = np.flatnonzero(np.append(np.diff(values[order]), -1))
    by_row = weights.T[order]
    found = np.cumsum(by_row * is_positive[order, np.newaxis], axis=0)[ends]
    precisions = np.nan_to_num(found / np.cumsum(by_row, axis=0)[ends])
    sums: NDArray[Any] = (np.diff(found, axis=0, prepend=0) * precisions).sum(axis=0) / found[-1]
    return sums


_ROW_SCORES = {
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
_CLASS_MEASURES = {
    "f1": _measure_f1,
    "precision": _measure_precision,
    "recall": _measure_recall,
    "jaccard": _measure_jaccard,
}
_METRICS: dict[str, Metric] = {
    **{name: partial(_average, score_rows) for name, score_rows in _ROW_SCORES.items()},
    "neg_root_mean_squared_error": partial(_average_root, _score_squared),
    "neg_root_mean_squared_log_error": partial(_average_root, _score_squared_log),
    "r2": partial(_share_explained, False),
    "explained_variance": partial(_share_explained, True),
    "balanced_accuracy": _score_balanced,
    "matthews_corrcoef": _score_matthews,
    **{name: partial(_score_by_class, measure, "binary") for name, measure in _CLASS_MEASURES.items()},
    **{
        f"{name}_{average}": partial(_score_by_class, measure, average)
        for name, measure in _CLASS_MEASURES.items()
        for average in ("macro", "micro", "weighted")
    },
    "roc_auc": _score_roc_auc,
    "roc_auc_ovr": partial(_score_one_versus_rest, "macro"),
    "roc_auc_ovr_weighted": partial(_score_one_versus_rest, "weighted"),
    "roc_auc_ovo": partial(_score_one_versus_one, "macro"),
    "roc_auc_ovo_weighted": partial(_score_one_versus_one, "weighted"),
    "average_precision": _score_average_precision,
}
