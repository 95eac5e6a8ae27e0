"""Would a bootstrap of blocks give a corrected value for folds that follow time? The library gives none.

Features and errors are autocorrelated, and the signal may drift. The choice is repeated on blocks of the
stored predictions of each fold. The truth is the score of the delivered model, trained on all rows, on the
long stretch of time that follows.
"""

import warnings
from collections.abc import Iterator
from functools import partial
from itertools import product
from typing import Any
from unittest.mock import patch

import numpy as np
import pandas as pd
from kedro_sweep.evaluation.estimates import Effort, _correction, correct_selection
from kedro_sweep.evaluation.metrics import average_folds, make_metric
from kedro_sweep.evaluation.predictions import Array, Truth
from scipy.signal import lfilter
from sklearn.model_selection import TimeSeriesSplit

from benchmarks.estimates.collect import collect
from benchmarks.estimates.populations import N_FEATURES, SIGNALS, Rows
from benchmarks.estimates.simulation import (
    N_CONFIGURATIONS,
    N_DRAWS,
    N_FOLDS,
    cross_validate,
    draw_model,
    predict,
    take_rows,
)

NEXT_ROWS = 5_000
REPEATS = 20
ROWS = (100, 300, 1_000)
DEPENDENCE = 0.8  # of a row on the one before
DRIFT = 0.995  # the same for the weights of the features, if they drift
KINDS = ("steady", "drifting")
SCORES = {True: ("accuracy",), False: ("r2", "neg_mean_absolute_error")}
# How blocks are drawn, and their mean length in units of the cube root of the number of rows.
METHODS: dict[str, tuple[bool, float]] = {
    "moving": (False, 1),
    "moving, twice as long": (False, 2),
    "stationary": (True, 1),
    "stationary, twice as long": (True, 2),
}


def simulate_time_blocks() -> pd.DataFrame:
    """Simulate all cases; a row per search, score and way to draw blocks."""
    cases = [*product(range(REPEATS), KINDS, SIGNALS, ROWS)]
    return collect("time_blocks", simulate, cases, ["seed", "kind", "signal", "rows"])


def simulate(case: tuple[int, str, str, int]) -> list[dict[str, Any]]:
    """Search the rows of some time, and compare the estimates with the score in the time that follows."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return [found for has_classes in SCORES for found in _simulate(*case, has_classes)]


def _simulate(
    seed: int, kind: str, signal: str, n_rows: int, has_classes: bool
) -> Iterator[dict[str, Any]]:
    random = np.random.default_rng([seed, KINDS.index(kind), [*SIGNALS].index(signal), n_rows, 55])
    splits = list(TimeSeriesSplit(N_FOLDS).split(np.zeros(n_rows)))
    fewest = len(splits[0][0])
    while True:  # until the first models see both classes
        everything = draw_series(kind, signal, n_rows + NEXT_ROWS, random, has_classes=has_classes)
        if len(np.unique(everything.y[:fewest])) > 1:
            break
    rows, later = take_rows(everything, slice(n_rows)), take_rows(everything, slice(n_rows, None))
    classes = np.unique(everything.y) if has_classes else None
    models = [draw_model(number, random, has_classes=has_classes) for number in range(N_CONFIGURATIONS)]
    for settings in (model.keywords for model in models if "n_neighbors" in model.keywords):
        settings["n_neighbors"] = min(settings["n_neighbors"], fewest)
    by_rows, candidates = cross_validate(models, rows, classes, splits)
    ones, next_ones = np.ones((1, len(by_rows.y))), np.ones((1, NEXT_ROWS))
    of_later = Truth(later.y, classes, np.zeros(NEXT_ROWS, int), np.arange(NEXT_ROWS))
    effort = Effort(N_DRAWS, np.arange(N_CONFIGURATIONS), "")
    for scoring in SCORES[has_classes]:
        metric = make_metric(scoring)
        values = average_folds(metric, by_rows, candidates, ones)[:, 0]
        best = int(np.nanargmax(values))
        predicted = predict(models[best]().fit(rows.X, rows.y), later.X, classes)
        known = {"kind": kind, "signal": signal, "rows": n_rows, "seed": seed, "score": scoring}
        known |= {"truth": float(metric(of_later, predicted, next_ones)[0]), "best": values[best]}
        for method, (is_stationary, factor) in METHODS.items():
            length = round(factor * n_rows ** (1 / 3))
            # As many units as blocks, for the width of the interval.
            units = np.arange(len(by_rows.y)) // length
            truth = Truth(by_rows.y, classes, by_rows.folds, units)
            draw = partial(draw_blocks, truth.folds, length, is_stationary)
            with patch.object(_correction, "draw_batches", draw):
                estimate = correct_selection(
                    truth, candidates, scoring, "maximize", random_seed=seed, effort=effort
                ).estimate
            ends = dict(zip(("corrected", "low", "high"), estimate or (None,) * 3, strict=True))
            yield known | {"method": method, "length": length} | ends


def draw_series(
    kind: str, signal: str, n_rows: int, random: np.random.Generator, *, has_classes: bool
) -> Rows:
    """Draw rows in the order of time, whose features and errors depend on those before."""
    draw = partial(_draw_dependent, random, n_rows)
    X = draw(DEPENDENCE, N_FEATURES)
    weights = draw(DRIFT, N_FEATURES) if kind == "drifting" else random.normal(size=N_FEATURES)
    strength = SIGNALS[signal][not has_classes] / np.sqrt(N_FEATURES)
    y = strength * (X * weights).sum(axis=1) + draw(DEPENDENCE, 1)[:, 0]
    return Rows(X, (y > 0).astype(np.int64) if has_classes else y, None)


def _draw_dependent(
    random: np.random.Generator, n_rows: int, dependence: float, n_columns: int
) -> Array:
    """Draw series of variance 1, each with a constant correlation of neighbors (AR(1))."""
    steps = random.normal(size=(n_rows, n_columns))
    steps[1:] *= np.sqrt(1 - dependence**2)
    return np.asarray(lfilter([1], [1, -dependence], steps, axis=0))


def draw_blocks(
    folds: Array, length: int, is_stationary: bool, units: Array, n_draws: int, random_seed: int
) -> Iterator[Array]:
    """Draw each fold from blocks of itself (Künsch 1989; of random length: Politis and Romano 1994).

    Counts how often each draw has each row.
    """
    random = np.random.default_rng(random_seed)
    counts = np.zeros((n_draws, len(units)))
    for fold in np.unique(folds):
        members = np.flatnonzero(folds == fold)
        n = len(members)
        share = (n_draws, n)
        starts = random.random(share) < 1 / length if is_stationary else np.arange(n) % length == 0
        starts = np.broadcast_to(starts, share).copy()
        starts[:, 0] = True
        last = np.maximum.accumulate(np.where(starts, np.arange(n), 0), axis=1)
        firsts = np.take_along_axis(random.integers(n, size=share), last, axis=1)
        drawn = (firsts + np.arange(n) - last) % n  # the end of a fold is followed by its start
        np.add.at(counts, (np.arange(n_draws)[:, np.newaxis], members[drawn]), 1)
    yield counts
