"""95% intervals of the scores on test rows: for few rows, nearly perfect models and heavy tails, too.

Test rows cannot show what they lack, such as an error of a model that is always right. So a fraction of
a row joins them. For classes, one that is right and one that is wrong, as for a share of A. Agresti and
B. A. Coull (1998), "Approximate is better than 'exact' for interval estimation of binomial proportions",
The American Statistician 52, 119-126. For numbers, one whose error is twice the greatest.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import NamedTuple

import numpy as np
from scipy.special import expit, logit
from scipy.stats import t as student

from kedro_sweep.evaluation.decisions import COST, LIMITS, Rule
from kedro_sweep.evaluation.estimates._correction import Estimate
from kedro_sweep.evaluation.estimates._draws import DRAWS
from kedro_sweep.evaluation.metrics import (
    CLASS_METRICS,
    DEPENDS_ON_NUMBER,
    Metric,
    explain_failure,
    find_metric,
    find_name,
    make_metric,
)
from kedro_sweep.evaluation.predictions import BATCH_CELLS, Array, Predictions, Truth, draw_batches

LEVEL = 0.95
ENDS = ((1 - LEVEL) / 2, (1 + LEVEL) / 2)
FEWEST_ROWS = 10
FEWEST_GROUPS = 5
# For a scorer that has to be called for each draw, and about which nothing is known.
FEWEST_ROWS_BY_CALLS = 30
DRAWS_BY_CALLS = 200

MOST_UNITS = 200  # more rows or groups are weighted in so many blocks
ROUNDING = 1e-6
STEP = 1e-3  # by which a weight changes for a derivative


class _Method(NamedTuple):
    """The mass of the added rows, and the scale on which the interval is symmetric, and back."""

    mass: float
    scale: Callable[[Array], Array]
    back: Callable[[Array], Array]


# Chosen by simulations of other tables than those in docs/reference/simulations.md.
_SHARE = _Method(0.25, logit, expit)
_LOSS = _Method(0.25, lambda score: -np.log(-score), lambda scaled: -np.exp(-scaled))
_ERROR = _LOSS._replace(mass=0.5)
_EXPLAINED = _Method(0.1, lambda score: -np.log(1 - score), lambda scaled: 1 - np.exp(-scaled))
_METHODS = {
    "accuracy": _Method(1.92, np.positive, lambda scaled: np.clip(scaled, 0, 1)),
    "matthews_corrcoef": _SHARE._replace(scale=np.arctanh, back=np.tanh),
    "r2": _EXPLAINED,
    "explained_variance": _EXPLAINED,
}
_MASS_OF_GROUPS = 0.05
_MASSES_OF_CONFUSIONS = (0.5, 1.0)  # of right and of wrong rows for the lower end, and the reverse


class _NoIntervalError(Exception):
    """No interval of a score would hold the truth as often as it says."""


def estimate_metrics(
    truth: Truth, predictions: Predictions, scorings: Sequence[str], random_seed: int
) -> tuple[dict[str, Estimate], dict[str, str]]:
    """Score a model on a test table, with 95% intervals, or with the reasons why there are none."""
    estimates, reasons = {}, {}
    for scoring in scorings:
        try:
            metric = make_metric(scoring)
            value = float(metric(truth, predictions, np.ones((1, len(truth.y))))[0])
            if not np.isfinite(value):
                raise _NoIntervalError(f"'{scoring}' is not defined on the test rows.")
            with np.errstate(divide="ignore", invalid="ignore"):
                ends = _find_interval(scoring, metric, truth, predictions, random_seed)
            low, high = min(ends[0], value), max(ends[1], value)
            if not ROUNDING * abs(value) < high - low < np.inf:
                raise _NoIntervalError("The test rows do not show how much the score varies.")
            estimates[scoring] = Estimate(value, low, high)
        except _NoIntervalError as error:
            reasons[scoring] = str(error)
        except Exception as error:  # a custom scorer may raise anything
            reasons[scoring] = explain_failure(scoring, error)
    return estimates, reasons


def estimate_decisions(
    rule: Rule, truth: Truth, decided: Array, own: Array, random_seed: int
) -> dict[str, float | None]:
    """Measure decisions on test rows with a 95% interval, beside the model's own labels."""
    everything, n_units = np.ones((1, len(truth.y))), truth.n_units
    value, of_own = (rule.judge(truth, each[np.newaxis], everything)[0] for each in (decided, own))
    batches = draw_batches(truth.units, DRAWS, random_seed)
    drawn = np.concatenate([rule.judge(truth, decided[np.newaxis], weights) for weights in batches])
    sign = -1 if rule.measure == COST else 1
    measured: dict[str, float | None] = {"value": sign * float(value), "own": sign * float(of_own)}
    spread = np.nanstd(drawn, ddof=1) if np.isfinite(drawn).any() else np.nan
    # If all rows are right, or all are wrong, the draws do not show how much the measure varies.
    if n_units < 2 or not spread > ROUNDING * abs(value):
        return measured | {"low": None, "high": None}
    error = student.ppf(ENDS[1], n_units - 1) * spread
    low, high = np.clip(sign * value + np.array([-error, error]), *LIMITS.get(rule.measure, (0.0, 1.0)))
    return measured | {"low": float(low), "high": float(high)}


def explain_missing(reasons: Mapping[str, str]) -> list[str]:
    """Name the metrics without an interval, and why, in one sentence for each reason."""
    return [
        f"No interval of {', '.join(name for name in reasons if reasons[name] == reason)}: {reason}"
        for reason in dict.fromkeys(reasons.values())
    ]


def _find_interval(
    scoring: str, metric: Metric, truth: Truth, predictions: Predictions, random_seed: int
) -> tuple[float, float]:
    scoring = find_name(scoring)
    if scoring in DEPENDS_ON_NUMBER:
        raise _NoIntervalError(f"'{scoring}' depends on the number of rows.")
    n_units = truth.n_units
    has_groups, is_called = n_units < len(truth.y), find_metric(scoring) is None
    fewest = FEWEST_ROWS_BY_CALLS if is_called else FEWEST_ROWS
    fewest, units = (FEWEST_GROUPS, "groups") if has_groups else (fewest, "rows")
    if n_units < fewest:
        raise _NoIntervalError(f"The test has {n_units} {units}, and an interval takes {fewest}.")
    if is_called:
        return _draw_rows(metric, truth, predictions, random_seed)
    if scoring in CLASS_METRICS:
        classes = truth.need_classes()
        if len(missing := np.setdiff1d(np.arange(len(classes)), truth.y)):
            raise _NoIntervalError(f"No test row has the class {classes[missing[0]]}.")
        if not has_groups:
            return _draw_confusions(metric, truth, predictions, random_seed)
    method = _METHODS.get(scoring, _SHARE)
    if scoring.startswith("neg_"):
        method = _ERROR if truth.classes is None else _LOSS
    if has_groups:
        method = (_SHARE if scoring == "accuracy" else method)._replace(mass=_MASS_OF_GROUPS)
    return _linearize(metric, method, truth, predictions, random_seed)


def _linearize(
    metric: Metric, method: _Method, truth: Truth, predictions: Predictions, random_seed: int
) -> tuple[float, float]:
    """Add up the squared derivatives of the scaled score by the weight of each row or group."""
    labels, n_rows, n_units = predictions.labels, len(truth.y), truth.n_units
    n_blocks = min(n_units, MOST_UNITS)
    order = np.random.default_rng(random_seed).permutation(n_units)[truth.units]
    if truth.classes is None:
        added = np.array([np.argmax(np.abs(truth.y - labels))])
        true, size = truth.y[added], n_rows / n_units
        blocks, masses = np.zeros(1, dtype=int), np.array([method.mass])
        guesses = true + 2 * np.abs(true - labels[added])  # positive if the target is
    else:
        copied = np.flatnonzero(order < n_blocks)
        added, are_wrong = np.tile(copied, 2), np.repeat([0, 1], len(copied))
        guesses, size, blocks = labels[added], 1.0, order[added] + are_wrong * n_blocks
        true = (guesses + are_wrong) % len(truth.classes)
        masses = np.full(2 * n_blocks, method.mass / n_blocks)
    sizes = np.append(np.ones(n_rows), np.repeat(size, len(added)))
    blocks = np.append(order % n_blocks, n_blocks + blocks)
    masses = np.append(np.ones(n_blocks), masses)
    rows = np.append(np.arange(n_rows), added)
    together = replace(truth.take(rows), y=np.append(truth.y, true))
    if truth.weights is not None:
        mean = np.full(len(added), truth.weights.mean())
        together = replace(together, weights=np.append(truth.weights, mean))
    found = replace(predictions.take(rows), labels=np.append(labels, guesses))
    weights, batch = masses[blocks] * sizes, max(1, BATCH_CELLS // len(rows))
    changes = np.arange(-1, len(masses))  # none, then of one block after another
    scores = [
        metric(together, found, weights + STEP * sizes * (blocks == numbers[:, np.newaxis]))
        for numbers in np.split(changes, range(batch, len(changes), batch))
    ]
    center, *scaled = method.scale(np.concatenate(scores))
    slopes = (np.array(scaled) - center) / STEP
    total = n_units - n_blocks + masses.sum()
    error = np.sqrt((masses * slopes**2).sum() * total / (total - 1))
    low, high = method.back(center + student.ppf(ENDS, n_units - 1) * error)
    return float(low), float(high)


def _draw_confusions(
    metric: Metric, truth: Truth, predictions: Predictions, random_seed: int
) -> tuple[float, float]:
    """Draw the shares of true and predicted classes from their posterior, a Dirichlet distribution."""
    n_classes, ends = len(truth.need_classes()), []
    numbers = np.arange(2 * n_classes)
    true = np.append(truth.y, numbers % n_classes)
    predicted = np.append(predictions.labels, (numbers + numbers // n_classes) % n_classes)
    cells, of_rows = np.unique(true * n_classes + predicted, return_inverse=True)
    y, labels = np.divmod(cells, n_classes)
    together = Truth(y, truth.classes, np.zeros_like(y), np.arange(len(y)))
    own = truth.relative_weights
    for level, masses in zip(ENDS, (_MASSES_OF_CONFUSIONS, _MASSES_OF_CONFUSIONS[::-1]), strict=True):
        added = np.repeat(masses, n_classes) / n_classes
        counts = np.bincount(of_rows, np.append(own, added))
        # Of rows with equal weights, it is that weight; of others, it keeps the variance of their sum.
        scale = np.bincount(of_rows, np.append(own**2, added)) / counts
        shape = counts / scale, (DRAWS, len(cells))
        draws = np.random.default_rng(random_seed).standard_gamma(*shape) * scale
        ends.append(float(np.quantile(metric(together, Predictions(labels, None), draws), level)))
    return ends[0], ends[1]


def _draw_rows(
    metric: Metric, truth: Truth, predictions: Predictions, random_seed: int
) -> tuple[float, float]:
    """Estimate the standard error of a score by a bootstrap of its rows or groups."""
    n_units = truth.n_units
    value = metric(truth, predictions, np.ones((1, len(truth.y))))[0]
    batches = draw_batches(truth.units, DRAWS_BY_CALLS, random_seed)
    scores = np.concatenate([metric(truth, predictions, weights) for weights in batches])
    scores = scores[np.isfinite(scores)]
    if len(scores) < DRAWS_BY_CALLS / 2:
        raise _NoIntervalError("The score has no value on most draws of the test rows.")
    error = np.std(scores, ddof=1) * np.sqrt(n_units / (n_units - 1))
    low, high = value + student.ppf(ENDS, n_units - 1) * error
    return float(low), float(high)
