"""What the out-of-fold predictions of the delivered model show, as plain values for the findings."""

import numpy as np
from pydantic import BaseModel, ConfigDict
from scipy import stats

from kedro_sweep.evaluation.predictions import Array, Predictions, Truth

# With fewer rows expected per fold that are right, or wrong, the test is no better than a guess.
FEWEST_EXPECTED = 5


class Delivered(BaseModel):
    """Facts about the out-of-fold predictions; unknown ones are None, and empty for the other task.

    Attributes:
        never_predicted: The number of rows of each class that is predicted for no row.
        mean_residual: The mean of target minus prediction.
        residual_spread: The standard deviation of the same.
        residual_p_value: How likely chance alone is to make the mean as different from 0.
        fold_scores: The accuracy, or the mean squared error, of the rows of each fold.
        folds_p_value: How likely chance alone is to make folds as different; None if they are no
            random parts of the rows.
    """

    model_config = ConfigDict(frozen=True)

    never_predicted: dict[str, int] | None = None
    mean_residual: float | None = None
    residual_spread: float | None = None
    residual_p_value: float | None = None
    fold_scores: list[float] = []
    folds_p_value: float | None = None


def describe_delivered(truth: Truth, predictions: Predictions, *, ordered: bool) -> Delivered:
    """Describe predictions; in folds by time, rows depend on each other, but folds less so."""
    n_folds = int(truth.folds.max()) + 1
    if truth.classes is None:
        residuals = truth.y - predictions.labels
        if not np.isfinite(residuals).all():
            return Delivered()
        units, losses = truth.folds if ordered else truth.units, residuals**2
        p_value = _test_mean(residuals, units)
        facts = {
            "mean_residual": float(residuals.mean()),
            "residual_spread": float(residuals.std()),
            "residual_p_value": p_value,
        }
        never = None
    else:
        losses, facts = (truth.y == predictions.labels).astype(float), {}
        counts, predicted = np.bincount(truth.y), set(predictions.labels.tolist())
        never = {
            str(truth.classes[number]): int(n)
            for number, n in enumerate(counts)
            if n and number not in predicted
        }
    parts = [losses[truth.folds == number] for number in range(n_folds)]
    # Not rows of one group, nor rows that several folds test.
    is_random = not ordered and len(np.unique(truth.units)) == len(truth.y)
    return Delivered(
        never_predicted=never,
        fold_scores=[float(part.mean()) for part in parts],
        folds_p_value=_compare(parts, is_class=truth.classes is not None) if is_random else None,
        **facts,
    )


def _test_mean(values: Array, units: Array) -> float | None:
    """Test whether a mean is 0, by the sums of whole units (t test)."""
    sums = np.bincount(units, values - values.mean())
    n_units = len(sums)
    if n_units < 2 or not sums.any():
        return None
    error = np.sqrt(n_units / (n_units - 1) * (sums @ sums)) / len(values)
    return float(2 * stats.t.sf(abs(values.mean()) / error, n_units - 1))


def _compare(parts: list[Array], *, is_class: bool) -> float | None:
    """Test whether rows are as easy in every fold; None if too few are right or wrong."""
    sizes, everything = np.array([len(part) for part in parts]), np.concatenate(parts)
    rarer = min(everything.mean(), 1 - everything.mean()) if is_class else 1.0
    if len(parts) < 2 or rarer * sizes.min() < FEWEST_EXPECTED or everything.std() == 0:
        return None
    if not is_class:  # by ranks, because few rows have most of the squared error
        return float(stats.kruskal(*parts).pvalue)
    right = np.array([part.sum() for part in parts])
    return float(stats.chi2_contingency([right, sizes - right]).pvalue)
