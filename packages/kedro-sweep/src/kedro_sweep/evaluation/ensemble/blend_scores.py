"""The study's score, for many blends at once."""

from collections.abc import Callable
from itertools import pairwise

import numpy as np

from kedro_sweep.evaluation.draws import Metric
from kedro_sweep.evaluation.ensemble.blends import read
from kedro_sweep.evaluation.metrics import find_metric
from kedro_sweep.evaluation.out_of_fold import Array, Predictions, Truth
from kedro_sweep.evaluation.stand_in import make_metric

# Takes m blends, shape (n_classes or 1, m, n); returns shape (m,).
BlendScore = Callable[[Array], Array]


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
