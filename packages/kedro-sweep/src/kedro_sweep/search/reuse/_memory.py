"""Reuse for pipelines: transform each fold once for equal steps; and all strategies of a search."""

import pickle
from collections.abc import Callable, Hashable, Sequence
from functools import lru_cache
from pathlib import Path
from time import monotonic
from typing import Any, NamedTuple

import joblib
import numpy as np
import pandas as pd
from pandas.api.types import is_numeric_dtype
from sklearn.base import clone
from sklearn.pipeline import Pipeline

from kedro_sweep.search.reuse import _boosting, _strategy
from kedro_sweep.search.reuse._forests import FORESTS, ForestCache, NestedForests
from kedro_sweep.search.reuse._shared_folds import MIN_MAPPED, fetch
from kedro_sweep.search.study import Fold, copy_rows, list_modules

MAX_BYTES = 512 * 2**20
# Packages whose transformers draw all random numbers from their `random_state`.
KNOWN = ("sklearn.", "skrub.")
UNSEEDED = "The steps before the last one draw random numbers that data.random_seed does not control"


class ReusedSteps(_strategy.Strategy):
    """Keep each fold as the steps before the last one transform it, once per set of their parameters.

    Transformers from outside scikit-learn and skrub may draw random numbers that no `random_state`
    controls. They are first fitted twice on a few rows, and reused only if both fits give the same rows.
    """

    def __init__(
        self,
        folds: list[Fold],
        list_strategies: Callable[[list[Fold], Hashable], list[_strategy.Strategy]],
        folder: Path | None = None,
    ) -> None:
        self._folds = folds
        self._folder = folder
        self._list_strategies = list_strategies
        self._transformed: _strategy.BoundedCache[_TransformedFold] = _strategy.BoundedCache(MAX_BYTES)
        self._largest = 0

    def accepts(self, estimator: Any) -> bool:
        return (
            type(estimator) is Pipeline
            and estimator.memory is None
            and len(estimator.steps) > 1
            and hasattr(estimator.steps[-1][1], "predict")
            and estimator.transform_input is None
            and self._largest <= self._transformed.max_bytes
            and self._are_repeatable(estimator)
        )

    def _are_repeatable(self, estimator: Any) -> bool:
        def find_difference() -> str:
            few = _strategy.take_few_rows(self._folds[0], estimator)
            first, again = (joblib.hash([*transform_fold(estimator[:-1], few)[:5]]) for _ in range(2))
            return "" if first == again else UNSEEDED

        modules = list_modules(estimator[:-1], [])
        return all(name.startswith(KNOWN) for name in modules) or self._transformed.is_proven(
            _name_first_steps(estimator), find_difference, "Every pipeline is trained from scratch"
        )

    def shares_trees(self, estimator: Any) -> bool:
        if type(estimator.steps[-1][1]) not in FORESTS:
            return False  # without transforming a fold, which may take seconds
        return self._choose(estimator, 0).shares_trees(estimator.steps[-1][1])

    def estimate_compiled(self, estimator: Any) -> float:
        return self._choose(estimator, 0).estimate_compiled(estimator.steps[-1][1])

    def prepare(self, estimator: Any, fold: int) -> None:
        self._choose(estimator, fold)

    def fit(self, estimator: Any, fold: int) -> _strategy.FittedFold:
        return self._choose(estimator, fold).fit(estimator.steps[-1][1], 0)

    def look_at_rounds(
        self, estimator: Any, fold: int, sizes: Sequence[int], look: _strategy.Look, end: float
    ) -> None:
        self._choose(estimator, fold).look_at_rounds(estimator.steps[-1][1], 0, sizes, look, end)

    def _choose(self, estimator: Any, fold: int) -> _strategy.Strategy:
        """Transform the fold, unless it is in memory, and choose how to fit the last step on it."""
        key = (fold, _name_first_steps(estimator))

        def transform() -> _TransformedFold:
            rows, is_shared, seconds = self._transform(estimator[:-1], fold)
            parts = (rows.X_train, rows.X_test)
            strategies, nbytes = self._list_strategies([rows], key), sum(map(_count_bytes, parts))
            if not all(map(_is_numeric, parts)):
                return _TransformedFold(strategies[1:], nbytes, seconds)  # no forests
            # Forests keep the rows as arrays, too.
            n_copies = 1 if is_shared and nbytes >= MIN_MAPPED else 2
            return _TransformedFold(strategies, n_copies * nbytes, seconds)

        found = self._transformed.get(key, transform, nbytes=self._largest)
        self._largest = max(self._largest, found.nbytes)
        return next(each for each in found.strategies if each.accepts(estimator.steps[-1][1]))

    def _transform(self, first_steps: Any, fold: int) -> tuple[Fold, bool, float]:
        """Transform the fold or find it transformed; whether processes share it; the seconds it took."""

        def transform(number: int) -> tuple[Any, Any, float, float]:
            rows, later, before = self._folds[number], first_steps, 0.0
            if len(first_steps) > 1:
                # The first step may encode texts. Pipelines that differ in later steps share it, too.
                rows, _, before = self._transform(first_steps[:1], number)
                later = first_steps[1:]
            start = monotonic()
            done = transform_fold(later, rows)
            return done.X_train, done.X_test, before + monotonic() - start, done.seconds

        found, rows, n_folds = None, self._folds[fold], len(self._folds)
        if self._folder is not None:
            try:
                found = fetch(self._folder, joblib.hash(first_steps), n_folds, fold, transform)
            except (OSError, pickle.PicklingError):  # no space, no folder any more, or no common name
                self._folder = None
        if found is None:
            return transform_fold(first_steps, rows), False, 0.0
        rows = rows._replace(X_train=found[0], X_test=found[1], seconds=found[3])
        return rows, True, found[2]


@lru_cache(maxsize=1)  # it is the same for all folds of a trial
def _name_first_steps(estimator: Any) -> str:
    return _strategy.params_key(estimator[:-1])


class _TransformedFold(NamedTuple):
    strategies: list[_strategy.Strategy]
    nbytes: int
    seconds: float  # that it took, perhaps in another process


def transform_fold(first_steps: Any, fold: Fold) -> Fold:
    """Fit the first steps of a pipeline on a fold's training rows, and transform all its rows."""
    fitted = clone(first_steps)
    X_train = fitted.fit_transform(copy_rows(fold.X_train), fold.y_train)
    X_test, start = copy_rows(fold.X_test), monotonic()
    for _, step in fitted.steps:  # one by one, because a pipeline checks whether its last step is fitted
        if step not in ("passthrough", None):
            X_test = step.transform(X_test)
    seconds = fold.seconds + monotonic() - start
    # The types stay unchanged: after a conversion, numbers may be summed in another order.
    return fold._replace(X_train=X_train, X_test=X_test, seconds=seconds)


def _is_numeric(X: Any) -> bool:
    if isinstance(X, pd.DataFrame):  # pd.NA, the missing value of nullable types, is not a number
        return all(isinstance(dtype, np.dtype) and is_numeric_dtype(dtype) for dtype in X.dtypes)
    return isinstance(X, np.ndarray) and np.issubdtype(X.dtype, np.number)


def _count_bytes(X: Any) -> int:
    if isinstance(X, pd.DataFrame):
        return int(X.memory_usage(index=False, deep=True).sum())
    if isinstance(X, np.ndarray):
        return X.nbytes
    return len(pickle.dumps(X))


class Memory:
    """What earlier trials fitted; the first strategy that accepts an estimator fits it."""

    def __init__(self, folds: list[Fold], folder: Path | None = None) -> None:
        self.folder = folder
        self.forests = ForestCache()
        self.boosting = _strategy.BoundedCache[_boosting.PrefixModel](_boosting.MAX_BYTES)
        *nested, scratch = self.list_strategies(folds)
        self._steps = ReusedSteps(folds, self.list_strategies, folder)
        self.strategies = [*nested, self._steps, scratch]

    @property
    def saved(self) -> float:
        """The seconds that reuse has saved so far."""
        return self.forests.saved + self._steps._transformed.saved

    def list_strategies(self, folds: list[Fold], label: Hashable = "") -> list[_strategy.Strategy]:
        """List the strategies for single estimators; the label identifies the folds in the caches."""
        return [
            NestedForests(folds, self.forests, label),
            _boosting.NestedBoosting(folds, self.boosting, label),
            _strategy.FitFromScratch(folds),
        ]
