"""Scores of a fold that are not means over rows, turned into means over rows with the same value.

A draw leaves out a few rows of a fold. The R² of so few rows says little, because its denominator, the
variance of a few targets, may be close to zero. The root of a mean over a few rows is too small on
average. So the denominator, and the point at which the root is taken, come from all rows of the fold: R²
is relative to their variance, and the root is replaced by its tangent. On all rows, each equals
scikit-learn's score.
"""

from functools import partial

import numpy as np
from numpy.typing import ArrayLike

from kedro_sweep.evaluation.metrics._row_scores import ROW_SCORES, Metric, average_rows
from kedro_sweep.evaluation.metrics._stand_in import make_metric
from kedro_sweep.evaluation.predictions import Array, Predictions, Truth

# The maximum is the error of a single row, so it grows with the number of rows.
DEPENDS_ON_NUMBER = {"neg_max_error", "max_error"}
ROUNDING = 1e-6


def make_steady_metric(scoring: str) -> Metric:
    """Make a metric for draws with some of the rows of each fold, unbiased by the number of rows."""
    if scoring in DEPENDS_ON_NUMBER:
        raise ValueError("it depends on the number of rows, and a draw leaves out only some of them")
    row_scores = STEADY.get(scoring)
    return make_metric(scoring) if row_scores is None else partial(average_rows, row_scores)


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
    squares = -ROW_SCORES[scoring](truth, predictions)
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
