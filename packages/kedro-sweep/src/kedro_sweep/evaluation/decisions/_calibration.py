"""How far probabilities are from frequencies, and what corrects them.

scikit-learn's calibrators fit or call a classifier; they take no probabilities that are already known.
"""

from collections.abc import Mapping
from dataclasses import replace
from itertools import chain
from typing import Any

import numpy as np
from scipy.optimize import minimize_scalar
from scipy.special import logsumexp
from scipy.stats import rankdata
from sklearn.isotonic import IsotonicRegression
from sklearn.linear_model import LogisticRegression

from kedro_sweep.evaluation.decisions._classifier import SMALLEST, apply_calibrator, to_logits
from kedro_sweep.evaluation.metrics import make_metric
from kedro_sweep.evaluation.predictions import Array, Predictions, Truth, draw_batches
from kedro_sweep.tables import draw_rows

FEWEST_ROWS = 50
FEWEST_OF_CLASS, MOST_CLASSES = 10, 10  # for a curve of each, which simulations favor
POWERS = (-3.0, 3.0)  # logarithms of the inverse of a temperature
WEAK = 100.0  # keeps the logistic curve of a perfect model finite
DRAWS, MOST_CELLS = 100, 40_000  # rows times classes of a draw
MOST_BINS, ROWS_OF_BIN = 10, 25
SCORES = {"brier": "neg_brier_score", "log_loss": "neg_log_loss"}


def fit_calibrator(
    method: str, y: Array, probabilities: Array, weights: Array | None = None
) -> dict[str, Any]:
    """Fit a curve for each class, or for the second of two, or a power of all; plain numbers."""
    weights = np.ones(len(y)) if weights is None else weights / weights.mean()
    if method == "temperature":
        logs = np.log(np.clip(probabilities, SMALLEST, 1))

        def lose(power: float) -> float:
            scaled = np.exp(power) * logs
            return float(weights @ (logsumexp(scaled, axis=1) - scaled[np.arange(len(y)), y]))

        return {"power": float(np.exp(minimize_scalar(lose, bounds=POWERS, method="bounded").x))}
    n_classes = probabilities.shape[1]
    columns = [1] if n_classes == 2 else range(n_classes)
    fit = _fit_sigmoid if method == "sigmoid" else _fit_isotonic
    return {"curves": [fit(y == column, probabilities[:, column], weights) for column in columns]}


def _fit_sigmoid(is_class: Array, probabilities: Array, weights: Array) -> dict[str, Any]:
    if is_class.all() or not is_class.any():
        return {"slope": 1.0, "intercept": 0.0}
    model = LogisticRegression(C=WEAK, solver="newton-cholesky")
    model.fit(to_logits(probabilities)[:, np.newaxis], is_class, weights)
    return {"slope": float(model.coef_[0, 0]), "intercept": float(model.intercept_[0])}


def _fit_isotonic(is_class: Array, probabilities: Array, weights: Array) -> dict[str, Any]:
    model = IsotonicRegression(y_min=0, y_max=1).fit(probabilities, is_class.astype(float), weights)
    return {"from": model.X_thresholds_.tolist(), "to": model.y_thresholds_.tolist()}


def measure_calibration(truth: Truth, predictions: Predictions, random_seed: int) -> dict[str, Any]:
    """Measure how far probabilities can be trusted, for the second of two or the likeliest class."""
    if predictions.probabilities is None:
        return {}
    probabilities = predictions.take(slice(None)).need_probabilities()
    is_true, stated = truth.y == 1, probabilities[:, -1]
    if probabilities.shape[1] != 2:
        is_true, stated = truth.y == probabilities.argmax(axis=1), probabilities.max(axis=1)
    ones, weights = np.ones(len(stated)), truth.relative_weights
    found: dict[str, Any] = {name: -_score(name, truth, predictions, ones) for name in SCORES}
    if 0 < np.count_nonzero(is_true) < len(is_true):
        found |= _fit_sigmoid(is_true, stated, weights)
    gaps, rows = weights * (is_true - stated), draw_rows(len(stated), MOST_CELLS, random_seed)
    return found | {"ece": _estimate_error(gaps[rows], stated[rows], truth.units[rows], random_seed)}


def _score(name: str, truth: Truth, predictions: Predictions, weights: Array) -> float:
    return float(make_metric(SCORES[name])(truth, predictions.take(slice(None)), weights[np.newaxis])[0])


def _estimate_error(gaps: Array, stated: Array, units: Array, random_seed: int) -> list[float]:
    """Estimate the expected calibration error in bins of equally many rows, with a 95% interval.

    Chance alone moves frequencies away from the probabilities. The bootstrap removes too little of that.
    The gaps of the rows that a draw left out, with the signs of those drawn, remove too much.
    """
    n_bins = int(np.clip(len(stated) // ROWS_OF_BIN, 1, MOST_BINS))
    bins = ((rankdata(stated) - 0.5) * n_bins // len(stated)).astype(int)
    at_most: list[float] = []
    at_least: list[float] = []
    twice = 2 * np.abs(np.bincount(bins, gaps)).sum() / len(gaps)
    for drawn in chain.from_iterable(draw_batches(units, DRAWS, random_seed)):
        found, other = (np.bincount(bins, weights * gaps) for weights in (drawn, drawn == 0))
        at_most.append(twice - np.abs(found).sum() / drawn.sum())
        at_least.append((np.sign(found) * other).sum() / max(1, np.count_nonzero(drawn == 0)))
    value = (np.mean(at_most) + np.mean(at_least)) / 2
    ends = value, np.percentile(at_least, 2.5), np.percentile(at_most, 97.5)
    return [max(0.0, float(end)) for end in ends]


def calibrate(truth: Truth, predictions: Predictions, method: str, random_seed: int) -> dict[str, Any]:
    """Choose what corrects out-of-fold probabilities; the fit is repeated in draws to tell the gain."""
    before = measure_calibration(truth, predictions, random_seed)
    record: dict[str, Any] = {"method": method, "calibrator": None, "before": before, "note": ""}
    if not before or method == "none":
        return record | {"note": "" if before else "The model predicts no probabilities."}
    counts = np.bincount(truth.y, minlength=len(truth.need_classes()))
    has_curves = counts.min() >= FEWEST_OF_CLASS and len(counts) <= MOST_CLASSES
    chosen = {"auto": "sigmoid" if has_curves else "temperature"}.get(method, method)
    if method == "auto" and len(truth.y) < FEWEST_ROWS:
        return record | {"note": f"{len(truth.y)} rows are too few to correct: it takes {FEWEST_ROWS}."}
    rows = draw_rows(len(truth.y), MOST_CELLS // len(counts), random_seed, classes=truth.y)
    part, found = truth.take(rows), predictions.take(rows)
    gains: list[float] = []
    for drawn in chain.from_iterable(draw_batches(part.units, DRAWS, random_seed)):
        counted = drawn if part.weights is None else drawn * part.weights
        corrected = correct(found, fit_calibrator(chosen, part.y, found.need_probabilities(), counted))
        left_out = (drawn == 0).astype(float)
        gains.append(_score("brier", part, corrected, left_out) - _score("brier", part, found, left_out))
    gain = [float(np.nanmean(gains)), *np.nanpercentile(gains, [2.5, 97.5]).tolist()]
    record["gain"] = gain
    if method == "auto" and not gain[0] > 0:
        return record
    probabilities = predictions.take(slice(None)).need_probabilities()
    calibrator = fit_calibrator(chosen, truth.y, probabilities, truth.weights)
    after = measure_calibration(truth, correct(predictions, calibrator), random_seed)
    return record | {"chosen": chosen, "calibrator": calibrator, "after": after}


def correct(predictions: Predictions, calibrator: Mapping[str, Any]) -> Predictions:
    """Replace the probabilities, and leave the decisions of the model as they are."""
    return replace(
        predictions, probabilities=apply_calibrator(calibrator, predictions.need_probabilities())
    )
