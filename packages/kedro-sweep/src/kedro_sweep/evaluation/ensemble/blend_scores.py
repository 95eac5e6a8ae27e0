"""The study's score, of many blends at once.

Each equals the mean over the folds of scikit-learn's scores, with weights of the rows.
"""

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kedro_sweep.evaluation.ensemble.blends import read
from kedro_sweep.evaluation.metrics import average_folds
from kedro_sweep.evaluation.out_of_fold import Predictions, Truth
from kedro_sweep.evaluation.row_scores import ROW_SCORES
from kedro_sweep.evaluation.stand_in import make_metric

# Of m blends, shape (n_classes or 1, m, n), to shape (m,).
BlendScore = Callable[[NDArray[Any]], NDArray[Any]]

ROOTS = {
    "neg_root_mean_squared_error": "neg_mean_squared_error",
    "neg_root_mean_squared_log_error": "neg_mean_squared_log_error",
}


def make_blend_score(scoring: str, truth: Truth, weights: NDArray[Any]) -> BlendScore:
    """Make what scores blends.

    Args:
        scoring: Name or import path of a scorer.
        truth: What the blends are compared with.
        weights: How often each row counts, shape (n,).

    Returns:
        A function of a stack of m blends that returns m scores, averaged over the folds.

    Raises:
        ValueError: If there is no such scorer.
    """
    in_fold = (truth.folds == np.unique(truth.folds)[:, np.newaxis]) * weights
    shares = in_fold / in_fold.sum(axis=1, keepdims=True)

    def average(row_scores: str, blends: NDArray[Any]) -> NDArray[Any]:
        """Average the scores of the rows of each fold, shape (m, n_folds)."""
        means: NDArray[Any] = ROW_SCORES[row_scores](truth, read(truth, blends)) @ shares.T
        return means

    if scoring in ROW_SCORES:
        return lambda blends: average(scoring, blends).mean(axis=1)
    if scoring in ROOTS:
        return lambda blends: -np.sqrt(-average(ROOTS[scoring], blends)).mean(axis=1)
    if scoring == "r2":
        variances = shares @ truth.y**2 - (shares @ truth.y) ** 2
        return lambda blends: (1 + average("neg_mean_squared_error", blends) / variances).mean(axis=1)
    return lambda blends: _score_one_by_one(scoring, truth, weights, blends)


def _score_one_by_one(
    scoring: str, truth: Truth, weights: NDArray[Any], blends: NDArray[Any]
) -> NDArray[Any]:
    labels, probabilities = (found := read(truth, blends)).labels, found.probabilities
    several = [
        Predictions(labels[number], None if probabilities is None else probabilities[number])
        for number in range(len(labels))
    ]
    return average_folds(make_metric(scoring), truth, several, weights[np.newaxis])[:, 0]
