"""Run methods on splits of tables, one after the other, and say each result as it comes."""

import os
import time
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from importlib import import_module
from time import perf_counter

import joblib
from sklearn.metrics import get_scorer

from benchmarks.strength.methods import METHODS
from benchmarks.strength.results import Result
from benchmarks.strength.settings import CORES, SCORES
from benchmarks.strength.tables import TABLES

# What a worker process imports before it can fit.
IMPORTS = ["kedro_sweep.evaluation", "sklearn.ensemble", "sklearn.svm", "skrub", "lightgbm", "xgboost"]


def run_missing(
    known: Sequence[Result],
    tables: Sequence[str],
    splits: Sequence[int],
    methods: Sequence[str],
    budget: float,
) -> Iterator[Result]:
    """Run what has no result yet.

    Split by split, all methods of a table in turn: a slow minute hits all, and what is there when a run
    is stopped can be compared.

    Args:
        known: The results of earlier runs.
        tables: Names of the tables.
        splits: Seeds of the splits.
        methods: Names of the methods.
        budget: Seconds that a search has.

    Yields:
        The results, as they come.
    """
    done = {result.key for result in known}
    for split in splits:
        for table in tables:
            for method in methods:
                if (table, split, method, budget) not in done:
                    yield measure(table, split, method, budget)


def measure(table: str, split: int, method: str, budget: float) -> Result:
    """Run one method on one split.

    Args:
        table: Name of the table.
        split: Seed of the split, the models and the search.
        method: Name of the method.
        budget: Seconds that a search has.

    Returns:
        The result. An error of the method is a result, too.
    """
    start_workers()
    task = TABLES[table].task
    X_train, X_test, y_train, y_test = TABLES[table].split(split)
    start = perf_counter()
    score, error = None, None
    try:
        predict = METHODS[method](X_train, y_train, task, budget, split)
        seconds = perf_counter() - start
        truth = get_scorer(SCORES[task])._score_func
        score = float(truth(y_test, predict(X_test)))
    except Exception as failure:
        seconds = perf_counter() - start
        error = f"{type(failure).__name__}: {failure}"
    day = datetime.now(UTC).date().isoformat()
    return Result(table, split, method, budget, score, seconds, day, error)
