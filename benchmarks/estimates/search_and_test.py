"""Simulate `search_and_test_disagree`: how often is it wrong, and how often does it see a harder test?

A search is repeated on a table of which 85% are training rows. Several tests of the other 15% are drawn from
the same population, and then from one where the true score of the delivered model is lower by 0.10.
"""

import warnings
from itertools import product
from math import sqrt
from typing import Any

import numpy as np
import pandas as pd
from kedro_sweep.evaluation.estimates import Estimate, correct_selection, estimate_metrics, subtract
from kedro_sweep.evaluation.metrics import Metric, average_folds, make_metric
from kedro_sweep.evaluation.predictions import Predictions, Truth

from benchmarks.estimates.collect import collect
from benchmarks.estimates.judge import estimate_share
from benchmarks.estimates.populations import SIGNALS, draw_rows
from benchmarks.estimates.simulation import (
    N_CONFIGURATIONS,
    cross_validate,
    draw_model,
    predict,
    take_rows,
)

SHIFT = 0.10
TEST_SHARE = 0.15
NEW_ROWS = 20_000
N_TESTS = 10  # of each search
# Numbers of rows, training and test together, and of tables of each kind and signal.
SIZES = {100: 30, 300: 30, 1_000: 30}
SCORES = {"balanced": ("accuracy", "roc_auc"), "numbers": ("r2",)}
# Targets, fixed beforehand: the most alarms without a shift, the fewest with one and 1,000 rows.
MOST_ALARMS, FEWEST_SEEN = 0.05, 0.70


def simulate_search_and_test() -> pd.DataFrame:
    """Simulate all cases; a row per search, score and shift, with the number of alarms."""
    cases = [
        (kind, signal, n_rows, seed)
        for n_rows, n_repeats in SIZES.items()
        for seed, kind, signal in product(range(n_repeats), SCORES, SIGNALS)
    ]
    cases.sort(key=lambda case: case[-1])  # if it is stopped, all cells have about the same number
    return collect("search_and_test", simulate, cases, ["kind", "signal", "rows", "seed"])


def simulate(case: tuple[str, str, int, int]) -> list[dict[str, Any]]:
    """Search one table, and compare the corrected value with that of tests that are and are not harder."""
    kind, signal, n_rows, seed = case
    random = np.random.default_rng([seed, n_rows, [*SCORES].index(kind), [*SIGNALS].index(signal), 33])
    n_test = round(TEST_SHARE * n_rows)
    n_train = n_rows - n_test
    everything = draw_rows("published", kind, signal, n_train + NEW_ROWS, random)
    rows, new = take_rows(everything, slice(n_train)), take_rows(everything, slice(n_train, None))
    classes = np.unique(everything.y) if rows.has_classes else None
    models = [
        draw_model(number, random, has_classes=rows.has_classes) for number in range(N_CONFIGURATIONS)
    ]
    found = []
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        truth, candidates = cross_validate(models, rows, classes)
        for scoring in SCORES[kind]:
            metric = make_metric(scoring)
            values = average_folds(metric, truth, candidates, np.ones((1, n_train)))[:, 0]
            model = models[int(np.nanargmax(values))]().fit(rows.X, rows.y)
            corrected = correct_selection(
                truth, candidates, scoring, "maximize", random_seed=seed
            ).estimate
            assert corrected is not None
            of_new = make_truth(new.y, classes)
            predicted = predict(model, new.X, classes)

            def score(y: Any, metric: Metric = metric, predicted: Predictions = predicted) -> float:
                return float(metric(make_truth(y, classes), predicted, np.ones((1, NEW_ROWS)))[0])

            true = score(new.y)
            for shift in (0.0, SHIFT):
                if (y := make_harder(scoring, of_new, predicted, true, shift, random)) is None:
                    continue
                tests = [random.choice(NEW_ROWS, n_test, replace=False) for _ in range(N_TESTS)]
                differences = [
                    compare(scoring, make_truth(y[test], classes), predicted.take(test), corrected, seed)
                    for test in tests
                ]
                given = [difference for difference in differences if difference]
                found.append(
                    {"kind": kind, "signal": signal, "rows": n_rows, "seed": seed, "score": scoring}
                    | {"shift": shift, "truth": true, "truth_of_test": score(y), "tests": N_TESTS}
                    | dict(zip(("corrected", "low", "high"), corrected, strict=True))
                    | {"with_interval": len(given)}
                    | {"worse": sum(difference.high < 0 for difference in given)}
                    | {"better": sum(difference.low > 0 for difference in given)}
                )
    return found


def judge_alarms(searches: pd.DataFrame) -> pd.DataFrame:
    """Judge each cell: the share of tests with the finding, and its 95% interval by table (Wilson).

    The tests of a table share its search, so they count as fewer independent ones.
    """
    cells = []
    by = ["score", "rows", "signal", "shift"]
    for key, cell in searches.groupby(by, sort=False):
        alarms = cell["worse"] + (0 if cell["shift"].iloc[0] else cell["better"])
        n_tests = int(cell["tests"].sum())
        rate, low, high = estimate_share(alarms / cell["tests"], n_tests)
        is_missed = low > MOST_ALARMS if not key[-1] else key[1] == max(SIZES) and high < FEWEST_SEEN
        cells.append(
            dict(zip(by, key, strict=True))
            | {
                "tables": len(cell),
                "tests": n_tests,
                "with_interval": int(cell["with_interval"].sum()),
            }
            | {"rate": rate, "low": low, "high": high, "is_missed": bool(is_missed)}
        )
    return pd.DataFrame(cells)


def make_truth(y: Any, classes: Any) -> Truth:
    """The true target of test rows."""
    return Truth(y, classes, np.zeros(len(y), int), np.arange(len(y)))


def compare(
    scoring: str, truth: Truth, predicted: Predictions, corrected: Estimate, seed: int
) -> Estimate | None:
    """Subtract the corrected value from that of test rows, as the finding does."""
    known, _ = estimate_metrics(truth, predicted, [scoring], seed)
    return subtract(known[scoring], corrected) if scoring in known else None


def make_harder(
    scoring: str, truth: Truth, predicted: Predictions, true: float, shift: float, random: Any
) -> Any:
    """Change the target so that the true score falls by `shift`; None if it cannot fall so far."""
    y, n = truth.y, len(truth.y)
    if not shift:
        return y
    if scoring == "r2":  # noise adds the same to the mean squared error and to the variance
        if true <= shift:
            return None
        return y + random.normal(size=n) * sqrt(shift * y.var() / (true - shift))
    if scoring == "roc_auc":  # each label is flipped with the same probability
        if true <= 0.5 + shift:
            return None
        return np.where(random.random(n) < shift / (2 * true - 1), 1 - y, y)
    is_hit = (predicted.labels == y) & (random.random(n) < shift / true)
    return np.where(is_hit, 1 - y, y)
