"""What the out-of-fold predictions of the delivered model show, as plain values for the findings."""

from typing import Any

import numpy as np
import pandas as pd
from pydantic import BaseModel, ConfigDict
from scipy import stats

from kedro_sweep.evaluation.predictions import Predictions, Truth

# With fewer right or wrong rows expected in a fold, the test is unreliable.
FEWEST_EXPECTED = 5


class Delivered(BaseModel):
    """Facts about the out-of-fold predictions. A fold's score is its accuracy or mean squared error."""

    model_config = ConfigDict(frozen=True)

    never_predicted: list[str] | None = None
    mean_residual: float | None = None
    residual_spread: float | None = None
    residual_p_value: float | None = None
    fold_scores: list[float] = []
    folds_p_value: float | None = None


def describe_delivered(truth: Truth, predictions: Predictions, *, ordered: bool) -> Delivered:
    """Describe predictions; in folds by time, whole folds count as units, because rows are dependent."""
    if truth.classes is None:
        residuals = pd.Series(truth.y - predictions.labels)
        weighted = residuals * truth.relative_weights
        # Sums, not means: they are 0 on average if the residuals of all rows are.
        sums = weighted.groupby(truth.folds if ordered else truth.units).sum()
        found: dict[str, Any] = {"mean_residual": weighted.mean()}
        found["residual_spread"] = residuals.std(ddof=0)
        if sums.std() > 0:  # not NaN, as for one group
            found["residual_p_value"] = stats.ttest_1samp(sums, 0).pvalue
        losses = residuals**2
    else:
        losses = pd.Series(truth.y == predictions.labels).astype(float)
        never = sorted(set(truth.y.tolist()) - set(predictions.labels.tolist()))
        found = {"never_predicted": [str(label) for label in truth.classes[never]]}
    folds = losses.groupby(truth.folds)
    # Folds of groups or of later rows may differ, and rows that several folds test are not independent.
    is_random = not ordered and len(np.unique(truth.units)) == len(truth.y)
    rarer = 1 - losses.value_counts(normalize=True).max()  # right or wrong, whatever is rarer
    if is_random and folds.ngroups > 1 and rarer * folds.size().min() >= FEWEST_EXPECTED:
        p_value = stats.kruskal(*(part for _, part in folds)).pvalue
        found |= {"fold_scores": folds.mean().tolist(), "folds_p_value": p_value}
    return Delivered(**found)
