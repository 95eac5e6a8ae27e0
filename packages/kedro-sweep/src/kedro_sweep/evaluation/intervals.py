"""Scores of a test table, with their intervals."""

from collections.abc import Sequence

import numpy as np

from kedro_sweep.evaluation.correction import Estimate
from kedro_sweep.evaluation.effort import plan_effort
from kedro_sweep.evaluation.metrics import average_folds
from kedro_sweep.evaluation.out_of_fold import Predictions, Truth
from kedro_sweep.evaluation.resampling import draw_batches
from kedro_sweep.evaluation.stand_in import make_metric


def estimate_metrics(
    truth: Truth, predictions: Predictions, scorings: Sequence[str], random_seed: int
) -> dict[str, Estimate]:
    """Score a model on a test table, with 95% intervals by the percentile bootstrap."""
    estimates = {}
    all_rows = np.ones((1, len(truth.y)))
    for scoring in scorings:
        metric = make_metric(scoring)
        n_draws = plan_effort(truth, 1, 0, scoring).n_draws
        try:
            value = average_folds(metric, truth, [predictions], all_rows)[0, 0]
            batches = [
                average_folds(metric, truth, [predictions], weights)[0]
                for weights in draw_batches(truth.units, n_draws, random_seed)
            ]
        except Exception:  # a custom scorer may raise anything
            continue
        scores = np.concatenate(batches)
        if np.isnan(value) or np.isnan(scores).all():
            continue
        low, high = np.nanpercentile(scores, [2.5, 97.5])
        estimates[scoring] = Estimate(float(value), float(low), float(high))
    return estimates
