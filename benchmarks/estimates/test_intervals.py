"""Do the 95% intervals of the scores on test rows hold the true score of a fixed model?

The model of classes predicts their true probabilities, and that of numbers their true mean.
"""

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
from kedro_sweep.evaluation.estimates import estimate_metrics
from kedro_sweep.evaluation.metrics import make_metric
from kedro_sweep.evaluation.predictions import Array, Predictions, Truth
from scipy.special import expit

REPEATS = 2_000
TRUE_ROWS = 2_000_000
N_ROWS = (15, 45, 150)
N_GROUPS = (2, 3, 5, 8, 15)
GROUP_SIZE = 10
SPREAD = 1.5  # standard deviation of what the rows of a group have in common
CLASSES = ("accuracy", "balanced_accuracy", "f1_macro", "roc_auc", "neg_log_loss", "neg_brier_score")
NUMBERS = ("r2", "neg_mean_absolute_error", "neg_root_mean_squared_error")
# The strength of the signal, and what moves the share of the second class. The accuracy is 0.68, 0.90 and
# 0.965; one row in ten has the rare class.
OF_CLASSES = {"weak": (0.8, 0.0), "strong": (4.0, 0.0), "very strong": (12.0, 0.0), "rare": (2.0, -4.13)}
# The strength of the signal, and how errors are drawn. R² is 0.32 and 0.88 for normal errors.
ERRORS: dict[str, Callable[[np.random.Generator, int], Array]] = {
    "normal": lambda random, n: random.normal(size=n),
    "heavy": lambda random, n: random.standard_t(3, n),
}
OF_NUMBERS = {
    f"{errors}, {name}": (signal, draw)
    for errors, draw in ERRORS.items()
    for name, signal in (("weak", 0.5), ("strong", 2.0))
}
# The least and the greatest share of intervals that should hold the truth.
TARGET = (0.92, 0.98)

Draw = Callable[[np.random.Generator, int], tuple[Truth, Predictions]]


def bench_test_intervals(repeats: int = REPEATS) -> list[dict[str, Any]]:
    """Count in each cell how many repetitions get an interval, and how many of these hold the truth."""
    return [cell for case in _list_cases() for cell in _measure(*case, repeats)]


def _list_cases() -> Iterator[tuple[str, str, tuple[str, ...], Draw, tuple[int, ...]]]:
    for name, (signal, shift) in OF_CLASSES.items():
        yield name, "rows", CLASSES, _draw_classes(signal, shift), N_ROWS
    for name, (signal, errors) in OF_NUMBERS.items():
        yield name, "rows", NUMBERS, _draw_numbers(signal, errors), N_ROWS
    yield "strong", "groups", CLASSES, _draw_groups(OF_CLASSES["strong"][0]), N_GROUPS


def _measure(
    scenario: str, unit: str, scorings: tuple[str, ...], draw: Draw, sizes: tuple[int, ...], repeats: int
) -> list[dict[str, Any]]:
    n_true = TRUE_ROWS // (GROUP_SIZE if unit == "groups" else 1)
    of_all = draw(np.random.default_rng(0), n_true)
    all_rows = np.ones((1, len(of_all[0].y)))
    truths = {scoring: float(make_metric(scoring)(*of_all, all_rows)[0]) for scoring in scorings}
    cells = []
    for size in sizes:
        random = np.random.default_rng(size)
        found = [estimate_metrics(*draw(random, size), scorings, seed)[0] for seed in range(repeats)]
        for scoring, truth in truths.items():
            given = [estimates[scoring] for estimates in found if scoring in estimates]
            widths = [estimate.high - estimate.low for estimate in given]
            cell = {"score": scoring, "scenario": scenario, "unit": unit, "size": size, "truth": truth}
            cell |= {"repetitions": repeats, "given": len(given)}
            cell["too_high"] = sum(estimate.low > truth for estimate in given)
            cell["too_low"] = sum(estimate.high < truth for estimate in given)
            cells.append(cell | {"median_width": float(np.median(widths)) if widths else None})
    return cells


def _make_signal(random: np.random.Generator, n_rows: int) -> Array:
    x = random.normal(size=(n_rows, 5)).T
    signal: Array = x[0] + 0.8 * x[1] * x[2] + 0.6 * np.sin(2 * x[3]) + 0.5 * (np.abs(x[4]) - 0.8)
    return signal


def _flip(
    random: np.random.Generator, known: Array, hidden: Array, units: Array
) -> tuple[Truth, Predictions]:
    y = (random.random(len(known)) < expit(known + hidden)).astype(int)
    truth = Truth(y, np.array([0, 1]), np.zeros(len(y), dtype=int), units)
    probabilities = np.column_stack([expit(-known), expit(known)])
    return truth, Predictions((known > 0).astype(int), probabilities)


def _draw_classes(signal: float, shift: float) -> Draw:
    return lambda random, n: _flip(
        random, signal * _make_signal(random, n) + shift, np.zeros(n), np.arange(n)
    )


def _draw_groups(signal: float) -> Draw:
    """Draw groups whose rows have the same features, and something else in common."""

    def draw(random: np.random.Generator, n_groups: int) -> tuple[Truth, Predictions]:
        units = np.repeat(np.arange(n_groups), GROUP_SIZE)
        known, hidden = signal * _make_signal(random, n_groups), SPREAD * random.normal(size=n_groups)
        return _flip(random, known[units], hidden[units], units)

    return draw


def _draw_numbers(signal: float, errors: Callable[[np.random.Generator, int], Array]) -> Draw:
    def draw(random: np.random.Generator, n: int) -> tuple[Truth, Predictions]:
        known = signal * _make_signal(random, n)
        truth = Truth(known + errors(random, n), None, np.zeros(n, dtype=int), np.arange(n))
        return truth, Predictions(known, None)

    return draw
