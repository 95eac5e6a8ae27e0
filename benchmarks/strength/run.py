"""All methods, and how one is run on one split of a table."""

import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime

import pandas as pd
from sklearn.metrics import accuracy_score, r2_score

from benchmarks.strength.others import (
    fit_untuned,
    search_with_flaml,
    search_with_optuna_search_cv,
    search_with_skrub,
)
from benchmarks.strength.ours import (
    run_contest,
    run_contest_with_ensemble,
    run_default,
    run_default_after_use,
)
from benchmarks.strength.results import Result
from benchmarks.strength.settings import CORES, SCORES, Predict, Task
from benchmarks.strength.tables import TABLES
from benchmarks.workers import start_workers

# Ours first, in the order of the tables.
METHODS: dict[str, Callable[[pd.DataFrame, pd.Series, Task, float, int], Predict]] = {
    "contest with ensemble": run_contest_with_ensemble,
    "contest": run_contest,
    "default after use": run_default_after_use,
    "default": run_default,
    "FLAML": search_with_flaml,
    "OptunaSearchCV": search_with_optuna_search_cv,
    "skrub search": search_with_skrub,
    "skrub untuned": fit_untuned,
}
MEASURES = {"accuracy": accuracy_score, "r2": r2_score}


def measure(table: str, split: int, method: str, budget: float) -> Result:
    """Run a method. An error of it counts as a result; the split is the seed of everything."""
    task = TABLES[table].task
    X_train, X_test, y_train, y_test = TABLES[table].split(split)
    start_workers(CORES)
    score, error = None, None
    start = time.perf_counter()
    try:
        predict = METHODS[method](X_train, y_train, task, budget, split)
        seconds = time.perf_counter() - start
        score = float(MEASURES[SCORES[task]](y_test, predict(X_test)))
    except Exception as failure:
        seconds = time.perf_counter() - start
        error = f"{type(failure).__name__}: {failure}"
    day = datetime.now(UTC).date().isoformat()
    return Result(table, split, method, budget, score, seconds, day, error)


def warm_up(methods: Sequence[str]) -> None:
    """Run each method briefly, so that its imports do not count in its first result."""
    for method in methods:
        measure("diabetes", 0, method, 5)
