"""Simulate searches whose model decides by costs: is the corrected cost that of new rows?

The best of 20 forests and linear models is chosen, then the threshold with the lowest cost. The truth is the
cost of the delivered model, trained on all rows, at the delivered threshold, on many other rows.
"""

import warnings
from functools import partial
from typing import Any

import numpy as np
import pandas as pd
from kedro_sweep.evaluation.decisions import Decision, make_rule
from kedro_sweep.evaluation.estimates import Effort, correct_selection
from kedro_sweep.evaluation.metrics import average_folds, find_metric
from kedro_sweep.evaluation.predictions import Truth
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import PolynomialFeatures, StandardScaler

from benchmarks.estimates.collect import collect
from benchmarks.estimates.judge import judge
from benchmarks.estimates.populations import draw_rows
from benchmarks.estimates.simulation import cross_validate, predict, take_rows
from benchmarks.markdown import make_table

N_TABLES = 200
N_CONFIGURATIONS = 20
NEW_ROWS = 20_000
N_DRAWS = 400
FEWEST_POSITIVE = 10  # with fewer, no threshold is chosen
ROWS, SHARES = (200, 1_500), (0.05, 0.3)
SIGNALS = ("weak", "strong")
SCORES = ("roc_auc", "neg_log_loss")  # that the model is chosen by
COVERAGE = (0.93, 0.97)  # the target


def simulate_costs() -> pd.DataFrame:
    """Simulate all tables; a row per table."""
    return collect("decisions", simulate, [(seed,) for seed in range(N_TABLES)], ["seed"])


def simulate(case: tuple[int]) -> list[dict[str, Any]]:
    """Search a table, choose a threshold, and compare the estimates with the truth."""
    [seed] = case
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return [_simulate(seed)]


def _simulate(seed: int) -> dict[str, Any]:
    random = np.random.default_rng([seed, 88])
    signal, scoring = SIGNALS[seed % 2], SCORES[seed // 2 % 2]
    n_rows, n_positive = 0, 0
    while n_positive < FEWEST_POSITIVE:
        n_rows, share = int(np.exp(random.uniform(*np.log(ROWS)))), random.uniform(*SHARES)
        everything = draw_rows("published", "rare", signal, n_rows + NEW_ROWS, random, share)
        n_positive = int(everything.y[:n_rows].sum())
    rows, new = take_rows(everything, slice(n_rows)), take_rows(everything, slice(n_rows, None))
    classes, costs = np.array([0, 1]), {"fp": 1, "fn": round((n_rows - n_positive) / n_positive)}
    models = [_draw_model(number, random) for number in range(N_CONFIGURATIONS)]
    truth, candidates = cross_validate(models, rows, classes)
    rule = make_rule(Decision(threshold="auto", costs=costs), truth, scoring)
    metric = find_metric(scoring)
    assert rule is not None
    assert metric is not None
    ones = np.ones((1, n_rows))
    best = int(np.nanargmax(average_folds(metric, truth, candidates, ones)[:, 0]))
    labels, [threshold] = rule.decide(truth, candidates[best], ones)
    of_new = Truth(new.y, classes, np.zeros(NEW_ROWS, int), np.arange(NEW_ROWS))
    predicted = predict(models[best]().fit(rows.X, rows.y), new.X, classes)
    decided = predicted.need_probabilities()[:, 1] >= threshold
    correction = correct_selection(
        truth,
        candidates,
        scoring,
        "maximize",
        random_seed=seed,
        effort=Effort(N_DRAWS, np.arange(N_CONFIGURATIONS), ""),
        rule=rule,
    )
    found = {"seed": seed, "signal": signal, "score": scoring, "rows": n_rows, "positive": n_positive}
    found |= {"fn": costs["fn"], "model": type(models[best]()).__name__, "threshold": threshold}
    found["truth"] = -rule.judge(of_new, decided[np.newaxis].astype(int), np.ones((1, NEW_ROWS)))[0]
    found["best"] = -rule.judge(truth, labels, ones)[0]
    if estimate := correction.decided.get("after"):
        found |= {"corrected": -estimate.value, "low": -estimate.high, "high": -estimate.low}
    return found


def _draw_model(number: int, random: np.random.Generator) -> partial[Any]:
    """Draw the arguments of a forest or of a linear model with interactions, in turn."""
    if number % 2:
        strength, degree = float(10 ** random.uniform(-3, 1)), int(random.integers(1, 3))
        linear = LogisticRegression(C=strength, max_iter=300)
        return partial(make_pipeline, PolynomialFeatures(degree), StandardScaler(), linear)
    depth, leaf = int(random.integers(2, 13)), int(random.integers(1, 21))
    return partial(
        RandomForestClassifier,
        25,
        max_depth=depth,
        min_samples_leaf=leaf,
        max_features=0.5,
        random_state=0,
    )


def judge_costs(searches: pd.DataFrame) -> list[list[str]]:
    """Judge all tables, and each signal and number of rows."""
    groups = {"all": searches}
    groups |= {f"{signal} signal": found for signal, found in searches.groupby("signal")}
    groups |= {f"chosen by {score}": found for score, found in searches.groupby("score")}
    middle = searches["positive"].median()
    groups[f"fewer than {middle:.0f} positive rows"] = searches[searches["positive"] < middle]
    groups[f"{middle:.0f} positive rows or more"] = searches[searches["positive"] >= middle]
    return [[name, *show(judge(found), found)] for name, found in groups.items()]


def show(cell: dict[str, Any], searches: pd.DataFrame) -> list[str]:
    """Show the errors of the corrected and the uncorrected cost, and how many intervals hold the truth."""
    uncorrected = searches["best"] - searches["truth"]
    ends = f"{cell['coverage_low']:.0%} to {cell['coverage_high']:.0%}"
    return [
        f"{len(searches)}",
        f"{searches['truth'].mean():.3f}",
        f"{cell['bias']:+.4f} ± {cell['standard_error']:.4f}",
        f"{uncorrected.mean():+.4f} ± {uncorrected.std(ddof=1) / len(searches) ** 0.5:.4f}",
        f"{cell['coverage']:.1%} ({ends})",
    ]


def tabulate_costs(searches: pd.DataFrame) -> str:
    """Make the table of all groups of searches."""
    header = [
        "tables",
        "number",
        "true cost",
        "corrected minus true",
        "uncorrected minus true",
        "coverage",
    ]
    return make_table(header, judge_costs(searches))


def list_targets(searches: pd.DataFrame) -> list[list[str]]:
    """Judge the targets."""
    cell = judge(searches)
    is_close = abs(cell["bias"]) <= cell["standard_error"]
    is_right = COVERAGE[0] <= cell["coverage"] <= COVERAGE[1]
    on = f"{len(searches)} of {N_TABLES} simulated tables"
    lines = show(cell, searches)
    return [
        [
            "corrected cost minus true cost within one standard error of zero",
            f"{lines[2]}; uncorrected {lines[3]}",
            on,
            "met" if is_close else "missed",
        ],
        [
            f"{COVERAGE[0]:.0%} to {COVERAGE[1]:.0%} of its 95% intervals hold the true cost",
            lines[4],
            on,
            "met" if is_right else "missed",
        ],
    ]
