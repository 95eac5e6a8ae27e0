"""Use any scorer on stored predictions, by giving it a stand-in model that returns them."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from sklearn.base import BaseEstimator, ClassifierMixin, RegressorMixin
from sklearn.utils.metaestimators import available_if

from kedro_sweep.evaluation.metrics._metrics import find_metric
from kedro_sweep.evaluation.metrics._row_scores import Metric
from kedro_sweep.evaluation.predictions import Array, Predictions, Truth
from kedro_sweep.search.settings import Scorer, find_scorer


@dataclass(frozen=True, eq=False)
class _Rows:
    """Replaces the features, and says which rows to predict. Scorers that read features fail."""

    positions: Array

    def __len__(self) -> int:
        return len(self.positions)


class _StoredRegressor(RegressorMixin, BaseEstimator):  # type: ignore[misc]
    """Predicts the stored numbers."""

    def __init__(self, predictions: Predictions) -> None:
        self.predictions = predictions

    def predict(self, rows: _Rows) -> Array:
        labels: Array = self.predictions.labels[rows.positions]
        return labels


class _StoredClassifier(ClassifierMixin, BaseEstimator):  # type: ignore[misc]
    """Predicts the stored classes, and their probabilities if there are any."""

    def __init__(self, predictions: Predictions, classes: Array) -> None:
        self.predictions = predictions
        self.classes = classes
        self.classes_ = classes

    def predict(self, rows: _Rows) -> Array:
        labels: Array = self.classes[self.predictions.labels[rows.positions]]
        return labels

    @available_if(lambda self: self.predictions.probabilities is not None)  # type: ignore[untyped-decorator]
    def predict_proba(self, rows: _Rows) -> Array:
        probabilities = self.predictions.probabilities
        assert probabilities is not None
        chosen: Array = probabilities[rows.positions]
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
