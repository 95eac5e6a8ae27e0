"""Scores of many bootstrap draws at once.

Each score equals scikit-learn's on the rows of a draw, with `sample_weight` set to how often each row
was drawn. A draw gets NaN if it has no rows, if it lacks a class that the score averages over, or if
scikit-learn cannot score it.
"""

from collections.abc import Sequence
from functools import partial

import numpy as np

from kedro_sweep.evaluation.metrics._class_scores import CLASS_METRICS
from kedro_sweep.evaluation.metrics._rank_scores import RANK_METRICS
from kedro_sweep.evaluation.metrics._row_scores import ROW_METRICS, Metric
from kedro_sweep.evaluation.predictions import Array, Predictions, Truth

METRICS = ROW_METRICS | CLASS_METRICS | RANK_METRICS


def find_metric(scoring: str) -> Metric | None:
    """Find the score of a scikit-learn scorer, for many draws at once."""
    metric = METRICS.get(scoring)
    return None if metric is None else partial(_leave_out_empty_draws, metric)


def average_folds(
    metric: Metric, truth: Truth, candidates: Sequence[Predictions], weights: Array
) -> Array:
    """Score each fold separately and average, as for the value of a trial."""
    means = np.zeros((len(candidates), len(weights)))
    n_defined = np.zeros(means.shape, dtype=np.uint16)
    for fold in np.unique(truth.folds):
        rows = np.flatnonzero(truth.folds == fold)
        part = truth.take(rows)
        drawn = np.asfortranarray(weights[:, rows])
        for number, predictions in enumerate(candidates):
            scores = metric(part, predictions.take(rows), drawn)
            defined = ~np.isnan(scores)
            means[number, defined] += scores[defined]
            n_defined[number] += defined
    with np.errstate(invalid="ignore"):
        means /= n_defined
    return means


def _leave_out_empty_draws(
    metric: Metric, truth: Truth, predictions: Predictions, weights: Array
) -> Array:
    with np.errstate(divide="ignore", invalid="ignore"):
        scores = metric(truth, predictions, np.asarray(weights, dtype=float))
    return np.where(weights.any(axis=-1), scores, np.nan)
