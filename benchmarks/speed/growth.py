"""How the cost grows with the table: simulated rows of eleven numbers and two classes."""

from typing import NamedTuple

import pandas as pd
from kedro_sweep.search import Model, SearchSpace
from sklearn.datasets import make_classification

from benchmarks.speed.measure import time_alternately
from benchmarks.speed.names import TUTORIAL
from benchmarks.speed.row import Row, at_least
from benchmarks.speed.ways import (
    FOREST,
    FOREST_SPACE,
    check_same_trials,
    search_as_in_tutorial,
    search_here,
)


class Size(NamedTuple):
    """A table and a search, and the speedup over the tutorial's way that they should reach."""

    n_rows: int
    n_trials: int
    max_trees: int
    target: float


SIZES = [Size(10_000, 100, 50, 3.5), Size(100_000, 30, 20, 1.4)]


def bench_growth(repeats: int) -> list[Row]:
    """Measure larger tables.

    Args:
        repeats: How often ours is run; the tutorial's way once.

    Returns:
        The rows.
    """
    return [bench_rows(size, repeats) for size in SIZES]


def bench_rows(size: Size, repeats: int) -> Row:
    """Measure one table.

    Args:
        size: Size of the table and the search.
        repeats: How often ours is run; the tutorial's way once.

    Returns:
        The row.
    """
    features, target = make_classification(size.n_rows, 11, n_informative=6, random_state=0)
    X, y = pd.DataFrame(features).rename(columns=str), pd.Series(target, name="y")
    model = Model.model_validate(FOREST)
    trees = {"type": "int", "low": 2, "high": size.max_trees}
    space = SearchSpace.model_validate({**FOREST_SPACE, "n_estimators": trees})
    seconds, studies = time_alternately(
        {
            TUTORIAL: lambda: search_as_in_tutorial(X, y, model, space, size.n_trials, -1),
            "ours": lambda: search_here(X, y, model, space, size.n_trials, 2),
        },
        repeats,
        once=[TUTORIAL],
    )
    check_same_trials(studies[TUTORIAL], studies["ours"])
    what = (
        f"forest, {size.n_rows:,} rows, {size.n_trials} trials of up to {size.max_trees} trees, 2 cores"
    )
    return at_least(what, TUTORIAL, seconds["ours"], seconds[TUTORIAL], size.target)
