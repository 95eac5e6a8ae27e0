"""Scores of many bootstrap draws at once, or of one after another by any scorer.

Each score equals scikit-learn's on the rows of a draw, with `sample_weight` set to how often each row
was drawn, times its own weight. A draw gets NaN if it has no rows, if it lacks a class that the score
averages over, or if scikit-learn cannot score it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache, partial
from inspect import signature
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike
from sklearn.base import BaseEstimator, ClassifierMixin, RegressorMixin
from sklearn.metrics import average_precision_score, get_scorer
from sklearn.utils.metaestimators import available_if

from kedro_sweep.evaluation.metrics import _scores
from kedro_sweep.evaluation.metrics._rank_scores import RANK_METRICS
from kedro_sweep.evaluation.metrics._scores import Metric
from kedro_sweep.evaluation.predictions import Array, Predictions, Truth
from kedro_sweep.search.settings import Scorer, find_scorer, score_weighted

METRICS = _scores.ROW_METRICS | _scores.CLASS_METRICS | RANK_METRICS
# Means over rows, or over pairs of a positive and a negative row.
BY_FOLD = _scores.ROW_SCORES.keys() | RANK_METRICS.keys() - {"average_precision"}
# The maximum is the error of a single row, so it grows with the number of rows.
DEPENDS_ON_NUMBER = {"neg_max_error"}
ROUNDING = 1e-6


def find_metric(scoring: str) -> Metric | None:
    """Find the score of a scikit-learn scorer, for many draws at once."""
    metric = METRICS.get(find_name(scoring))
    return None if metric is None else partial(_leave_out_empty, metric)


@cache
def find_name(scoring: str) -> str:
    """Find the name of a score that may be given by import path, so that both have the same estimate."""
    if scoring in METRICS:
        return scoring
    try:
        kind, named = _describe(find_scorer(scoring)), (*METRICS, *DEPENDS_ON_NUMBER)
        return next((name for name in named if kind and _describe(get_scorer(name)) == kind), scoring)
    except Exception:  # a module of the user's may raise anything, and options may be arrays
        return scoring


def _describe(scorer: Any) -> Any:
    """Tell two scorers of `make_scorer` apart; None for other scorers."""
    if not hasattr(scorer, "_score_func"):
        return None
    defaults = {
        name: parameter.default for name, parameter in signature(scorer._score_func).parameters.items()
    }
    options = defaults | scorer._kwargs
    if (
        options.get("average", "binary") != "binary"
        and scorer._score_func is not average_precision_score
    ):
        options["pos_label"] = None  # which other averages do not read
    return scorer._score_func, scorer._sign, scorer._response_method, options


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


def score_all_folds(
    scoring: str, truth: Truth, candidates: Sequence[Predictions], weights: Array
) -> Array:
    """Score the rows of all folds, as an estimate of the score on many rows.

    A mean over rows or over pairs of them is averaged over the folds. Any other score depends on the
    number of rows that it is computed from (the average precision of a few rows is too high, R² too
    low), so it is computed from the rows of all folds at once.
    """
    metric = make_metric(scoring)
    if find_name(scoring) in BY_FOLD:
        return average_folds(metric, truth, candidates, weights)
    return np.array([metric(truth, found.take(slice(None)), weights) for found in candidates])


def _leave_out_empty(metric: Metric, truth: Truth, predictions: Predictions, weights: Array) -> Array:
    weights = np.asarray(weights, dtype=float)
    if truth.weights is not None:
        weights = weights * truth.weights
    with np.errstate(divide="ignore", invalid="ignore"):
        scores = metric(truth, predictions, weights)
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
        return self.classes[self.predictions.labels[rows.positions]]

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
                own = None if truth.weights is None else truth.weights[positions]
                rows = _Rows(positions), y.iloc[positions], own
                scores[draw] = score_weighted(scorer, stand_in, *rows)
            except ValueError:
                if counts.all():
                    raise
        return scores

    return score_draws


def make_metric(scoring: str) -> Metric:
    """Make a metric for bootstrap draws, which scores all draws at once if possible."""
    return find_metric(scoring) or wrap_scorer(find_scorer(scoring))


def explain_failure(scoring: str, error: Exception) -> str:
    reason = f"{type(error).__name__}: {str(error).rstrip('.')}"
    return f"'{scoring}' cannot be computed from stored predictions alone. {reason}."


def depends_on_rows(once: ArrayLike, twice: ArrayLike) -> bool:
    """Tell whether a score depends on the number of rows, as a sum does."""
    once, twice = np.nan_to_num(once), np.nan_to_num(twice)
    return bool(np.max(np.abs(twice - once)) > ROUNDING * np.max(np.abs(once)))
