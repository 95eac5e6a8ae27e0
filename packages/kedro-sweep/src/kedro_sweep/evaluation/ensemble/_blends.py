"""The predictions of several models in a stack, how to blend them, and the scores of many blends."""

from collections.abc import Callable, Sequence
from itertools import pairwise

import numpy as np

from kedro_sweep.evaluation.metrics import Metric, find_metric, make_metric
from kedro_sweep.evaluation.predictions import Array, Predictions, Truth, need_probabilities

# Takes m blends, shape (n_classes or 1, m, n); returns shape (m,).
BlendScore = Callable[[Array], Array]


def stack(truth: Truth, predictions: Sequence[Predictions]) -> Array:
    """Stack the values that a blend averages: probabilities (or votes), or numbers."""
    if truth.classes is None:
        return np.array([[found.labels for found in predictions]])
    n_classes = len(truth.classes)
    stacked = np.empty((n_classes, len(predictions), len(truth.y)))
    for number, found in enumerate(predictions):
        stacked[:, number] = need_probabilities(vote(truth, found)).T
    return stacked


def vote(truth: Truth, predictions: Predictions) -> Predictions:
    """Give a model without probabilities the probability 1 for the class that it predicts."""
    if truth.classes is None or predictions.probabilities is not None:
        return predictions
    return Predictions(predictions.labels, np.eye(len(truth.classes), dtype=bool)[predictions.labels])


def read(truth: Truth, blends: Array) -> Predictions:
    """Read predictions from a stack of blends."""
    if truth.classes is None:
        return Predictions(blends[0], None)
    highest = blends[0].copy()
    labels = np.zeros(highest.shape, dtype=np.int16)
    for number in range(1, len(blends)):  # several times as fast as argmax along the first axis
        np.maximum(labels, (blends[number] > highest) * np.int16(number), out=labels)
        np.maximum(highest, blends[number], out=highest)
    return Predictions(labels.astype(np.intp), np.moveaxis(blends, 0, -1))


def blend(truth: Truth, predictions: Sequence[Predictions], weights: Sequence[float]) -> Predictions:
    """Blend the predictions of several models; those of a single model stay unchanged."""
    if len(predictions) == 1:
        return predictions[0]
    return read(truth, np.average(stack(truth, predictions), axis=1, weights=weights))


def make_blend_score(scoring: str, truth: Truth, weights: Array) -> BlendScore:
    """Make a function that scores blends as trials are scored: each fold, then the mean."""
    metric = find_metric(scoring) or _score_one_by_one(make_metric(scoring))
    ends = np.searchsorted(truth.folds, np.unique(truth.folds), side="right")
    slices = [slice(*pair) for pair in pairwise([0, *ends])]
    parts = [(rows, truth.take(rows), weights[rows]) for rows in slices if weights[rows].any()]

    def score(blends: Array) -> Array:
        scores = np.array(
            [metric(part, read(part, blends[..., rows]), drawn) for rows, part, drawn in parts]
        )
        is_defined = ~np.isnan(scores)
        n_defined = is_defined.sum(axis=0)
        total = np.where(is_defined, scores, 0).sum(axis=0)
        means: Array = np.divide(total, n_defined, out=np.full_like(total, np.nan), where=n_defined > 0)
        return means

    return score


def _score_one_by_one(metric: Metric) -> Metric:
    """Turn a score of one set of predictions into a score of a stack of them."""

    def score(truth: Truth, predictions: Predictions, weights: Array) -> Array:
        probabilities = predictions.probabilities
        several = [
            Predictions(labels, None if probabilities is None else probabilities[number])
            for number, labels in enumerate(predictions.labels)
        ]
        return np.concatenate([metric(truth, found, weights[np.newaxis]) for found in several])

    return score
