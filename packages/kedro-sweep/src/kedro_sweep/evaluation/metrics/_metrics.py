"""Scores of many bootstrap draws at once, or of one after another by any scorer.

Each score equals scikit-learn's on the rows of a draw, with `sample_weight` set to how often each row
was drawn. A draw gets NaN if it has no rows, if it lacks a class that the score averages over, or if
scikit-learn cannot score it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike
from sklearn.base import BaseEstimator, ClassifierMixin, RegressorMixin
from sklearn.utils.metaestimators import available_if

from kedro_sweep.evaluation.metrics import _scores
from kedro_sweep.evaluation.metrics._rank_scores import RANK_METRICS
from kedro_sweep.evaluation.metrics._scores import Metric
from kedro_sweep.evaluation.predictions import Array, Predictions, Truth
from kedro_sweep.search.settings import Scorer, find_scorer

METRICS = _scores.ROW_METRICS | _scores.CLASS_METRICS | RANK_METRICS
# The maximum is the error of a single row, so it grows with the number of rows.
DEPENDS_ON_NUMBER = {"neg_max_error", "max_error"}
ROUNDING = 1e-6


def find_metric(scoring: str) -> Metric | None:
    """Find the score of a scikit-learn scorer, for many draws at once."""
    metric = METRICS.get(scoring)
    return None if metric is None else partial(_leave_out_empty, metric)


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


def _leave_out_empty(metric: Metric, truth: Truth, predictions: Predictions, weights: Array) -> Array:
    with np.errstate(divide="ignore", invalid="ignore"):
        scores = metric(truth, predictions, np.asarray(weights, dtype=float))
    return np.where(weights.any(axis=-1), scores, np.nan)


@dataclass(frozen=True, eq=False)
class _Rows:
    """Replaces the features, and says which rows to predict. Scorers that read features fail."""

    positions: Array

    def __len__(self) -> int:
        return len(self.positions)


class _StoredRegressor(RegressorMixin, BaseEstimator):  # type: ignore[misc]
    def __init__(self, predictions: Predictions) -> None:
        self.predictions = predictions

    def predict(self, rows: _Rows) -> Array:
        return self.predictions.take(rows.positions).labels


class _StoredClassifier(ClassifierMixin, BaseEstimator):  # type: ignore[misc]
    def __init__(self, predictions: Predictions, classes: Array) -> None:
        self.predictions = predictions
        self.classes = self.classes_ = classes

    def predict(self, rows: _Rows) -> Array:
        labels: Array = self.classes[self.predictions.labels[rows.positions]]
        return labels

    @available_if(lambda self: self.predictions.probabilities is not None)  # type: ignore[untyped-decorator]
    def predict_proba(self, rows: _Rows) -> Array:
        chosen: Array = self.predictions.need_probabilities()[rows.positions]
        return chosen.astype(self.predictions.precision, copy=False)


def wrap_scorer(scorer: Scorer) -> Metric:
    """Let a scorer score bootstrap draws, one after another."""

    def score_draws(truth: Truth, predictions: Predictions, weights: Array) -> Array:
        if truth.classes is None:
            stand_in, y = _StoredRegressor(predictions), pd.Series(truth.y, truth.index)
        else:
            stand_in = _StoredClassifier(predictions, truth.classes)
            y = pd.Series(truth.classes[truth.y], truth.index)
        scores = np.full(len(weights), np.nan)
        n_classes = 0 if truth.classes is None else len(np.unique(truth.y))
        for draw, counts in enumerate(weights.astype(int)):
            positions = np.repeat(np.arange(len(counts)), counts)
            if not len(positions) or (n_classes and len(np.unique(truth.y[positions])) < n_classes):
                continue
            try:
                scores[draw] = scorer(stand_in, _Rows(positions), y.iloc[positions])
            except ValueError:
                if counts.all():
                    raise
        return scores

    return score_draws


def make_metric(scoring: str) -> Metric:
    """Make a metric for bootstrap draws, which scores all draws at once if possible."""
    return find_metric(scoring) or wrap_scorer(find_scorer(scoring))


def explain_failure(scoring: str, error: Exception) -> str:
    """Explain that a score needs more than predictions."""
    reason = f"{type(error).__name__}: {str(error).rstrip('.')}"
    return f"'{scoring}' cannot be computed from stored predictions alone. {reason}."


def make_steady_metric(scoring: str) -> Metric:
    """Make a metric for draws with some of the rows of each fold, unbiased by the number of rows."""
    if scoring in DEPENDS_ON_NUMBER:
        raise ValueError("it depends on the number of rows, and a draw leaves out only some of them")
    row_scores = STEADY.get(scoring)
    return make_metric(scoring) if row_scores is None else partial(_scores.average_rows, row_scores)


def depends_on_rows(once: ArrayLike, twice: ArrayLike) -> bool:
    """Tell whether a score depends on the number of rows, as a sum does."""
    once, twice = np.nan_to_num(once), np.nan_to_num(twice)
    return bool(np.max(np.abs(twice - once)) > ROUNDING * np.max(np.abs(once)))


def _explain(is_centered: bool, truth: Truth, predictions: Predictions) -> Array:
    """Compare each squared error with the variance of the target in the fold."""
    errors = truth.y - predictions.labels
    if is_centered:
        errors = errors - errors.mean()
    variance = float(np.var(truth.y))
    if variance <= np.finfo(float).eps * float(np.mean(truth.y**2)):
        return np.full(len(errors), np.nan)
    shares: Array = 1 - errors**2 / variance
    return shares


def _follow_root(scoring: str, truth: Truth, predictions: Predictions) -> Array:
    """Replace the root of the mean with its tangent at the mean of all rows of the fold."""
    squares = -_scores.ROW_SCORES[scoring](truth, predictions)
    root = float(np.sqrt(squares.mean()))
    if root == 0:
        return np.zeros(len(squares))
    tangent: Array = -(root / 2 + squares / (2 * root))
    return tangent


STEADY = {
    "r2": partial(_explain, False),
    "explained_variance": partial(_explain, True),
    "neg_root_mean_squared_error": partial(_follow_root, "neg_mean_squared_error"),
    "neg_root_mean_squared_log_error": partial(_follow_root, "neg_mean_squared_log_error"),
}
