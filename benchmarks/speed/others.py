"""Other estimators and tables than the forest on the wines, and the memory that more trials take."""

from typing import Any

import numpy as np
import pandas as pd
from kedro_sweep.search import Model, SearchSpace
from sklearn.datasets import make_classification

from benchmarks.speed.measure import measure_process, time_alternately
from benchmarks.speed.row import (
    TIMES,
    Measured,
    Row,
    at_least,
    at_most_more,
    at_most_times,
    per_trial,
)
from benchmarks.speed.ways import (
    FEW,
    FOREST,
    FOREST_SPACE,
    MANY,
    ONE,
    TUTORIAL,
    TWO,
    check_same_trials,
    estimate_tutorial,
    search_as_in_tutorial,
    search_here,
)
from benchmarks.tables import make_listings
from benchmarks.wines import load_wine
from benchmarks.workers import start_workers

Search = tuple[pd.DataFrame, pd.Series, Model, SearchSpace, int]

PLAIN = "tutorial, 1 core"
N_TRIALS = 100
N_TRIALS_WITHOUT_REUSE = 40
# Class, search space, and the speedup over the tutorial's way that it should reach.
REUSED: dict[str, tuple[str, dict[str, Any], float]] = {
    "extra trees": ("sklearn.ensemble.ExtraTreesClassifier", FOREST_SPACE, 4),
    "gradient boosting": (
        "sklearn.ensemble.GradientBoostingClassifier",
        {
            "n_estimators": {"type": "int", "low": 2, "high": 50},
            "max_depth": {"type": "int", "low": 1, "high": 4},
        },
        2,
    ),
}
# Estimators whose fits share nothing.
NOT_REUSED: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "SVC": (
        {"class": "sklearn.svm.SVC"},
        {"C": {"type": "float", "low": 0.1, "high": 100, "log": True}},
    ),
    "HistGradientBoosting": (
        {"class": "sklearn.ensemble.HistGradientBoostingClassifier", "params": {"max_iter": 5}},
        {"learning_rate": {"type": "float", "low": 0.01, "high": 1, "log": True}},
    ),
    "Pipeline": (
        {"class": "benchmarks.speed.ways.make_scaled_svc"},
        {"svc__C": {"type": "float", "low": 0.1, "high": 100, "log": True}},
    ),
}
# Of simulated rows: their number, the number of trials, the most trees of each, and the speedup to reach.
SIZES = [(10_000, 100, 50, 3.5), (100_000, 30, 20, 1.4)]
# Of the table with texts: trials, how many of them per trial that the other way scores, and the speedup.
TEXT_SIZES = [(FEW, 4, 6), (MANY, 20, 25)]
RUN_IN_A_PROCESS = """
import sys
from kedro_sweep.search import Model, SearchSpace
from benchmarks.speed.ways import FOREST, FOREST_SPACE, search_here
from benchmarks.wines import load_wine
model, space = Model.model_validate(FOREST), SearchSpace.model_validate(FOREST_SPACE)
search_here(*load_wine(), model, space, int(sys.argv[1]), 1)
"""


def bench_others(repeats: int) -> Measured:
    """Measure 100 trials of the other estimators that reuse fits; the tutorial's way once."""
    X, y = load_wine()
    rows = []
    for name, (path, dimensions, target) in REUSED.items():
        model = Model.model_validate({"class": path})
        space = SearchSpace.model_validate(dimensions)
        what = f"{name}, {N_TRIALS} trials, 1 core"
        rows.append(_compare_once(what, PLAIN, (X, y, model, space, N_TRIALS), (1, 1), repeats, target))
    return rows, {}


def bench_large(repeats: int) -> Measured:
    """Measure larger tables, of eleven numbers and two classes; the tutorial's way and the largest once."""
    rows = []
    for n_rows, n_trials, max_trees, target in SIZES:
        what = f"forest, {n_rows:,} rows, {n_trials} trials of up to {max_trees} trees, 2 cores"
        search = plan_search(n_rows, n_trials, max_trees)
        n_repeats = 1 if n_rows == SIZES[-1][0] else repeats
        rows.append(_compare_once(what, TUTORIAL, search, (2, -1), n_repeats, target))
    return rows, {}


def bench_cores(repeats: int) -> Measured:
    """Measure two cores against one on more rows than the wines have."""
    n_rows, n_trials, max_trees, _ = SIZES[0]
    search = plan_search(n_rows, n_trials, max_trees)
    seconds, studies = time_alternately(
        {TWO: lambda: search_here(*search, 2), ONE: lambda: search_here(*search, 1)}, repeats
    )
    check_same_trials(studies[ONE], studies[TWO])
    what = f"forest, {n_rows:,} rows, {n_trials} trials of up to {max_trees} trees, 2 cores"
    return [at_least(what, ONE, seconds[TWO], seconds[ONE], 1.5)], {}


def plan_search(n_rows: int, n_trials: int, max_trees: int) -> Search:
    """Plan a search for a forest on made-up rows."""
    trees = {"type": "int", "low": 2, "high": max_trees}
    space = SearchSpace.model_validate({**FOREST_SPACE, "n_estimators": trees})
    return (*make_numbers(n_rows), Model.model_validate(FOREST), space, n_trials)


def make_numbers(n_rows: int) -> tuple[pd.DataFrame, pd.Series]:
    """Make rows of eleven numbers, and two classes."""
    features, classes = make_classification(n_rows, 11, n_informative=6, random_state=0)
    return pd.DataFrame(features).rename(columns=str), pd.Series(classes, name="y")


def _compare_once(
    what: str,
    against: str,
    search: Search,
    n_jobs: tuple[int, int],
    repeats: int,
    target: float,
) -> Row:
    """Compare our search with the tutorial's way, which runs once."""
    ours, theirs = n_jobs
    seconds, studies = time_alternately(
        {
            against: lambda: search_as_in_tutorial(*search, theirs),
            "ours": lambda: search_here(*search, ours),
        },
        repeats,
        once=[against],
    )
    check_same_trials(studies[against], studies["ours"])
    return at_least(what, against, seconds["ours"], seconds[against], target)


def bench_no_reuse(repeats: int) -> Measured:
    """Measure one process, and two workers that are already running."""
    X, y = load_wine()
    n_trials = N_TRIALS_WITHOUT_REUSE
    rows = []
    for name, (model_params, dimensions) in NOT_REUSED.items():
        model, space = Model.model_validate(model_params), SearchSpace.model_validate(dimensions)
        start_workers(2)
        seconds, studies = time_alternately(
            {
                "plain": lambda: search_as_in_tutorial(X, y, model, space, n_trials, 1),  # noqa: B023
                "one": lambda: search_here(X, y, model, space, n_trials, 1),  # noqa: B023
                "two": lambda: search_here(X, y, model, space, n_trials, 2),  # noqa: B023
            },
            repeats,
        )
        check_same_trials(studies["plain"], studies["one"])
        one, plain = (per_trial(seconds[way], n_trials) for way in ("one", "plain"))
        what, against = f"{name}, {n_trials} trials, 2 workers", "Kedro Sweep, 1 process"
        rows += [
            at_most_more(f"a trial of {name}, 1 process", "cross_val_score", one, plain, 5, "ms"),
            at_least(what, against, seconds["two"], seconds["one"], 1.6),
        ]
    return rows, {}


def bench_text(repeats: int) -> Measured:
    """Measure a forest after encoders of two texts and a date, on 2,000 rows."""
    X = make_listings(np.random.default_rng(0))
    y = X.pop("sold")
    model, space = Model.model_validate(FOREST), SearchSpace.model_validate(FOREST_SPACE)
    rows = []
    for n_trials, step, target in TEXT_SIZES:
        seconds, studies = time_alternately(
            {"ours": lambda: search_here(X, y, model, space, n_trials, 1)},  # noqa: B023
            repeats,
        )
        plain = [estimate_tutorial(studies["ours"], X, y, model, 1, step)]
        what = f"two texts and a date, {n_trials:,} trials, 1 core"
        against = f"cross_val_score (every {step}th trial, {TIMES} {step})"
        rows.append(at_least(what, against, seconds["ours"], plain, target))
    return rows, {}


def bench_memory(_: int) -> Measured:
    """Measure the peak of few and many trials, once: it hardly varies."""
    few, many = ([measure_process(RUN_IN_A_PROCESS, str(n))[1]] for n in (FEW, MANY))
    row = at_most_times(f"peak memory of {MANY:,} trials", f"{FEW} trials", many, few, 1.3, "MiB")
    return [row], {}
