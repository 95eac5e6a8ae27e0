"""Intervals that hold the target of a new row, and sets that hold its class, as often as they say.

Conformal prediction by errors out of fold: V. Vovk, A. Gammerman and G. Shafer (2005), "Algorithmic
learning in a random world"; of classes, M. Sadinle, J. Lei and L. Wasserman (2019), "Least ambiguous
set-valued classifiers with bounded error levels", Journal of the American Statistical Association 114.
"""

from collections.abc import Mapping
from math import ceil
from typing import Any

import numpy as np
import pandas as pd
from scipy import stats
from sklearn.isotonic import IsotonicRegression

from kedro_sweep import text
from kedro_sweep.evaluation.decisions._classifier import predict_intervals, predict_sets
from kedro_sweep.evaluation.predictions import Array, Predictions, Truth

BY_CHANCE = 0.01
MOST_KNOTS, ROWS_OF_KNOT = 20, 25
FLOOR = 0.1  # of the mean error


def fit_intervals(
    truth: Truth, predictions: Predictions, level: float, *, is_ordered: bool = False
) -> dict[str, Any]:
    """Find the margin that errors out of fold ask for, or the least probability of a class in a set."""
    n_units, n_rows = truth.n_units, len(truth.y)
    unit, note = "rows", "Assumes that later rows are like those of the folds." if is_ordered else ""
    if len(np.unique(truth.folds * n_units + truth.units)) < n_rows:
        unit, note = "groups", "Assumes that new groups are like those of the folds."
    record: dict[str, Any] = {"level": level, "kind": None, "units": n_units, "note": note}
    share = level * (n_units + 1) / n_units
    if share > 1:
        return record | {"note": f"{n_units} {unit} are too few for {100 * level:g}% intervals or sets."}
    if truth.classes is None:
        errors = np.abs(truth.y - predictions.labels)
        if knots := _fit_spread(predictions.labels, errors, truth.units):
            errors = errors / np.interp(predictions.labels, *knots)
        return record | {
            "kind": "interval",
            "margin": _find_quantile(errors, share, truth),
            "knots": knots,
        }
    if predictions.probabilities is None:
        return record | {"note": "The model predicts no probabilities."}
    of_truth = predictions.take(slice(None)).need_probabilities()[np.arange(n_rows), truth.y]
    return record | {"kind": "set", "least": -_find_quantile(-of_truth, share, truth)}


def _find_quantile(values: Array, share: float, truth: Truth) -> float:
    return float(np.quantile(values, share, method="inverted_cdf", weights=truth.weights))


def _fit_spread(predicted: Array, errors: Array, units: Array) -> tuple[list[float], list[float]] | None:
    """Fit the error as a monotone function of the prediction; None if a test finds no such relation."""
    means = pd.DataFrame({"at": predicted, "error": errors}).groupby(units).mean().sort_values("at")
    n_knots = min(MOST_KNOTS, len(means) // ROWS_OF_KNOT)
    if n_knots < 2 or means.nunique().min() < 2:
        return None
    found = stats.spearmanr(means["at"], means["error"])
    if found.pvalue >= BY_CHANCE:
        return None
    knots = means.groupby(np.arange(len(means)) * n_knots // len(means)).mean()
    curve = IsotonicRegression(increasing=bool(found.statistic > 0))
    spread = curve.fit_transform(knots["at"], knots["error"])
    return knots["at"].tolist(), np.maximum(spread, FLOOR * spread.mean()).tolist()


def measure_coverage(
    record: Mapping[str, Any], truth: Truth, predictions: Predictions
) -> dict[str, Any]:
    """Measure how often the truth is inside, with Wilson's interval, and test if it is too seldom."""
    if not record.get("kind"):
        return {}
    if record["kind"] == "set":
        sets = predict_sets(record, predictions.take(slice(None)).need_probabilities())
        is_inside, size = sets[np.arange(len(sets)), truth.y], {"mean_size": sets.sum(axis=1).mean()}
    else:
        low, high = predict_intervals(record, predictions.labels)
        is_inside, size = (low <= truth.y) & (truth.y <= high), {"mean_width": np.mean(high - low)}
    n_units, share = truth.n_units, float(np.average(is_inside, weights=truth.weights))
    n, weights = float(len(truth.y)), truth.weights
    if n_units < n or weights is not None:  # as many equal rows as would vary as much
        weights = np.ones(len(truth.y)) if weights is None else weights
        squares = (np.bincount(truth.units, weights * (is_inside - share)) ** 2).sum()
        squares *= n_units / (n_units - 1) if n_units > 1 else 0  # one group says nothing about others
        kish = weights.sum() ** 2 / (np.bincount(truth.units, weights) ** 2).sum()
        n = min(n, share * (1 - share) * weights.sum() ** 2 / squares) if squares else float(kish)
    ends = stats.binomtest(round(share * n), round(n)).proportion_ci(method="wilson")
    inside = ceil(record["level"] * (record["units"] + 1))
    by_chance = stats.betabinom(round(n), inside, record["units"] + 1 - inside).cdf(round(share * n))
    facts = {"covered": share, "low": float(ends.low), "high": float(ends.high), "rows": len(truth.y)}
    facts |= {"p_value": float(by_chance)} | {name: float(mean) for name, mean in size.items()}
    return facts | {"level": record["level"], "kind": record["kind"]}


def describe_coverage(found: Mapping[str, Any]) -> str:
    return (
        f"The {100 * found['level']:g}% prediction {found['kind']}s hold the target of "
        f"{text.share(found['covered'])} ({text.share(found['low'])} to {text.share(found['high'])}) of "
        f"{found['rows']:,} test rows"
    )
