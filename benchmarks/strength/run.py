"""Run one method on one split of a table."""

import time
from collections.abc import Sequence
from datetime import UTC, datetime

from sklearn.metrics import accuracy_score, r2_score

from benchmarks.strength.methods import METHODS
from benchmarks.strength.results import Result
from benchmarks.strength.settings import CORES, SCORES
from benchmarks.strength.tables import TABLES
from benchmarks.workers import start_workers

MEASURES = {"accuracy": accuracy_score, "r2": r2_score}


def measure(table: str, split: int, method: str, budget: float) -> Result:
    """Run a method.

    Args:
        table: Name of the table.
        split: Seed of the split, the models and the search.
        method: Name of the method.
        budget: Seconds available for the search.

    Returns:
        The result. An error of the method counts as a result.
    """
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
    """Run each method briefly, so that its imports do not count in its first result.

    Args:
        methods: Their names.
    """
    for method in methods:
        measure("diabetes", 0, method, 5)
