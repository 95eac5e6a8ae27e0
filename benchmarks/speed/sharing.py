"""What a search over `max_features` and `min_samples_leaf`, which shares no trees, could share at most."""

from typing import Any

import numpy as np
import pandas as pd
from kedro_sweep.search import Model, SearchSpace
from kedro_sweep.search.reuse._trees import plan_growing, seed_random
from kedro_sweep.search.trial import Objective
from numpy.typing import NDArray
from sklearn.ensemble import RandomForestClassifier
from sklearn.metrics import accuracy_score
from sklearn.model_selection import StratifiedKFold, cross_val_score
from sklearn.tree import DecisionTreeClassifier

from benchmarks.speed.measure import time_alternately
from benchmarks.speed.others import make_numbers
from benchmarks.speed.row import Measured, at_least, at_most_times
from benchmarks.speed.ways import CV, FOREST, SEED, configure
from benchmarks.wines import load_wine

PLAIN, HERE, BOUND = "cross_val_score", "Kedro Sweep", "all shared but trees and scores"
SPACE = {
    "max_features": {"type": "float", "low": 0.1, "high": 1.0},
    "min_samples_leaf": {"type": "int", "low": 1, "high": 20},
}
# Of rows: the number of trials and of the trees of each.
SIZES = {865: (10, 50), 10_000: (3, 10)}
# If sharing saved more than that, it would be worth building.
MOST = 1.3
REPEATS = 5


def bench_sharing(_: int) -> Measured:
    """Measure one core, with forests of equal values in three ways."""
    rows = []
    for n_rows, (n_trials, n_trees) in SIZES.items():
        X, y = load_wine() if n_rows == len(load_wine()[1]) else make_numbers(n_rows)
        model = Model.model_validate({**FOREST, "params": {"n_estimators": n_trees}})
        draws = np.random.default_rng(0)
        trials = [
            {"max_features": draws.uniform(0.1, 1), "min_samples_leaf": int(draws.integers(1, 21))}
            for _ in range(n_trials)
        ]
        configuration = configure(X, y, model, SearchSpace.model_validate(SPACE), n_trials)
        seconds, values = time_alternately(
            {
                PLAIN: lambda: [score_plainly(X, y, n_trees, params) for params in trials],  # noqa: B023
                HERE: lambda: score_here(Objective(configuration), trials),  # noqa: B023
                BOUND: lambda: score_with_all_shared(X, y, n_trees, trials),  # noqa: B023
            },
            REPEATS,
        )
        if not values[PLAIN] == values[HERE] == values[BOUND]:
            raise AssertionError("the ways that are compared do not give the same scores")
        what = f"max_features and min_samples_leaf, {n_rows:,} rows, {n_trials} trials, 1 core"
        rows += [
            at_least(what, PLAIN, seconds[HERE], seconds[PLAIN], 1),
            at_most_times(what, BOUND, seconds[HERE], seconds[BOUND], MOST),
        ]
    return rows, {}


def score_plainly(X: pd.DataFrame, y: pd.Series, n_trees: int, params: dict[str, Any]) -> float:
    """Train every forest from scratch."""
    forest = RandomForestClassifier(n_trees, random_state=SEED, **params)
    return float(cross_val_score(forest, X, y, cv=CV, scoring="accuracy").mean())


def score_here(objective: Objective, trials: list[dict[str, Any]]) -> list[float]:
    """Score the forests as a search of this project does, without its draws and its storage."""
    return [float(np.mean([*objective.fold_scores(params)])) for params in trials]


def score_with_all_shared(
    X: pd.DataFrame, y: pd.Series, n_trees: int, trials: list[dict[str, Any]]
) -> list[float]:
    """Make folds, arrays, seeds and bootstrap samples once for all trials.

    What is left belongs to a single trial: its trees, their predictions, and the scores. The trees of
    scikit-learn take no sorted or binned columns; each node sorts its own rows.
    """
    table, (classes, target) = X.to_numpy(np.float32), np.unique(y, return_inverse=True)
    seeds = np.random.RandomState(SEED).randint(np.iinfo(np.int32).max, size=n_trees)
    scores: list[list[float]] = [[] for _ in trials]
    for train, test in StratifiedKFold(CV).split(X, y):
        rows, numbers = table[train], target[train].astype(np.float64).reshape(-1, 1)
        samples = [draw_sample(int(seed), len(train)) for seed in seeds]
        for number, params in enumerate(trials):
            tree = DecisionTreeClassifier(**{"max_features": "sqrt", **params})
            grow = plan_growing(tree, rows, numbers, len(classes), lean=True)
            total = np.zeros((len(test), len(classes)))
            for seed, sample in zip(seeds, samples, strict=True):
                total += grow(int(seed), sample).predict(table[test])
            scores[number].append(accuracy_score(target[test], np.argmax(total / n_trees, axis=1)))
    return [float(np.mean(found)) for found in scores]


def draw_sample(seed: int, n_rows: int) -> NDArray[np.float64]:
    """Draw the rows of a tree, as forests do."""
    drawn = seed_random(seed).randint(0, n_rows, n_rows, dtype=np.int32)
    return np.bincount(drawn, minlength=n_rows).astype(np.float64)
