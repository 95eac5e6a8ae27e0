"""The cheapest of the configurations that are as good as the best one, as far as the rows can tell.

A configuration is as good if the 95% interval of its difference from the best one includes zero. The
choice is repeated in each draw, with intervals of the same widths.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import inf
from typing import Any

import numpy as np
import pandas as pd
from scipy import stats
from sklearn.pipeline import Pipeline

from kedro_sweep.evaluation.ensemble._pool import Pooled
from kedro_sweep.evaluation.estimates import value
from kedro_sweep.evaluation.predictions import Array, Predictions, Truth, draw_batches
from kedro_sweep.search import StudyConfiguration
from kedro_sweep.search.study import find_sign

# From so many draws, a standard deviation is known to 5%.
DRAWS = 200
# Times vary: what costs up to so many times the lowest counts as cheap, and the best of these is picked.
SIMILAR = 1.25
# The size of a model is estimated from its arguments: 1 if it is linear, otherwise the number of its
# trees times that of their leaves, which are at most as many as the rows.
LINEAR = (
    "sklearn.linear_model.",
    "sklearn.naive_bayes",
    "sklearn.discriminant_analysis",
    "sklearn.svm._classes.Linear",
)
TREES = ("iterations", "max_iter", "n_estimators", "num_boost_round", "num_trees")
LEAVES = ("num_leaves", "max_leaf_nodes", "max_leaves")
DEPTHS = ("depth", "max_depth")
# The trees and the depth of those whose arguments do not show their defaults.
UNSET = {"xgboost": (100, 6), "kedro_sweep": (100, 6), "catboost": (1000, 6)}
ROWS_OF_A_LEAF = ("min_samples_leaf", "min_child_samples")


@dataclass(frozen=True, eq=False)
class Equals:
    """Picks the cheapest of the configurations that are as good as the best one."""

    drawn: Array  # their values in draws, shape (n_configurations, n_draws); greater is better
    costs: Array  # their prediction times or sizes, shape (n_configurations,); infinite if unknown
    truth: Truth

    def find(self, values: Array) -> Array:
        """Find those that are as good as the best one by each column of values."""
        best, is_equal = values.argmax(axis=0), np.zeros(values.shape, dtype=bool)
        width = stats.t.ppf(0.975, self.truth.n_units - 1)
        for position in np.unique(best):
            spread = np.nanstd(self.drawn[position] - self.drawn, axis=1, keepdims=True)
            columns = best == position
            is_equal[:, columns] = values[position, columns] - values[:, columns] <= width * spread
        return is_equal

    def pick(self, values: Array) -> Array:
        values = np.nan_to_num(values, nan=np.finfo(float).min)
        costs = np.where(self.find(values), self.costs[:, np.newaxis], inf)
        is_cheap = np.isfinite(costs) & (costs <= SIMILAR * costs.min(axis=0))
        is_cheap |= ~is_cheap.any(axis=0)  # no cost is known: the best one
        picked: Array = np.where(is_cheap, values, -inf).argmax(axis=0)
        return picked

    def choose(
        self, truth: Truth, candidates: list[Predictions], values: Array, weights: Array
    ) -> Iterator[tuple[Array, Predictions]]:
        """Choose in each draw: a `Choose`."""
        picked = self.pick(values)
        for chosen in np.unique(picked):
            yield np.flatnonzero((picked == chosen) & ~np.isnan(values[chosen])), candidates[chosen]


def compare(
    configurations: Mapping[str, StudyConfiguration], truth: Truth, pooled: Sequence[Pooled]
) -> Equals:
    """Compare configurations in draws, for `sweep.choose`."""
    first, predictions = next(iter(configurations.values())), [found.predictions for found in pooled]
    costs, sign = _list_seconds(pooled), find_sign(first.sweep.direction)
    if first.sweep.choose == "simplest":
        models = (configurations[found.candidate].build(dict(found.params)) for found in pooled)
        costs = np.array([estimate_size(model, len(truth.y)) for model in models])
    batches = draw_batches(truth.units, DRAWS, first.random_seed)
    drawn = [sign * value(first.scoring, truth, predictions, weights) for weights in batches]
    return Equals(np.hstack(drawn), costs, truth)


def _list_seconds(pooled: Sequence[Pooled]) -> Array:
    return np.nan_to_num([found.predictions.seconds for found in pooled], nan=inf)


def estimate_size(estimator: Any, n_rows: int) -> float:
    last = estimator.steps[-1][1] if isinstance(estimator, Pipeline) else estimator
    kind = f"{type(last).__module__}.{type(last).__name__}"
    if kind.startswith(LINEAR):
        return 1.0
    params = last.get_params(deep=False).items()
    limits = {name: found for name, found in params if type(found) is int and found > 0}
    if not kind.startswith("sklearn.ensemble."):
        limits.pop("max_iter", None)  # of a solver
    usual_trees, usual_depth = UNSET.get(kind.partition(".")[0], (1, 64))
    n_trees, leaves, depth, rows = (
        next((limits[name] for name in names if name in limits), default)
        for names, default in (
            (TREES, usual_trees),
            (LEAVES, n_rows),
            (DEPTHS, usual_depth),
            (ROWS_OF_A_LEAF, 1),
        )
    )
    return float(n_trees * min(leaves, 2 ** min(depth, 64), n_rows / rows))


def describe_fastest(truth: Truth, pooled: Sequence[Pooled], values: Array, sign: int) -> dict[str, Any]:
    """Tabulate prediction times, and describe the fastest that is as good as the best one."""
    known, drawn = values[:, :1], values[:, 1 : 1 + DRAWS]  # the draws of `compare`
    equals = Equals(drawn, _list_seconds(pooled), truth)
    is_equal, [fastest] = equals.find(known)[:, 0], equals.pick(known)
    trials = pd.DataFrame(
        {
            "candidate": [found.candidate for found in pooled],
            "number": [found.trial.number for found in pooled],
            "seconds_to_predict": [found.predictions.seconds for found in pooled],
            "as_good": is_equal,
        }
    )[[found.params == found.trial.params for found in pooled]]
    found = pooled[fastest]
    of_rows = sign * float(known[fastest, 0])  # which may be a sample
    value = found.trial.value if found.params == found.trial.params else of_rows
    fastest = {
        **{"candidate": found.candidate, "trial": found.trial.number, "params": dict(found.params)},
        **{"value": value, "seconds": found.predictions.seconds},
        "as_good": int(is_equal.sum()),
    }
    return {"trials": trials, "fastest": fastest}
