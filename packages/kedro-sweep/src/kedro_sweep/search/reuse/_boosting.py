"""Reuse for gradient boosting: a short model is the first rounds of a longer one.

Each round of boosting depends only on those before it (Friedman, 2001, "Greedy function approximation: a
gradient boosting machine").
"""

import copy
from collections.abc import Callable, Collection, Hashable, Sequence
from functools import cached_property
from math import inf
from time import time
from typing import Any, NamedTuple

import numpy as np
from sklearn.base import BaseEstimator, clone, is_classifier
from sklearn.utils.metaestimators import available_if

from kedro_sweep.search.reuse import _strategy
from kedro_sweep.search.settings import ROUNDS
from kedro_sweep.search.study import Fold

MAX_BYTES = 256 * 2**20
BYTES_A_NODE = 80
BYTES_A_TREE = 1024  # the Python objects around the nodes
# Grow the model to one round, grow it again to three, then compare its prefix of two.
SIZES_OF_PROOF = (1, 3, 2)
# One by one, numbers of rounds would take long to fit again and again where a fit starts anew. Without a
# time limit, few curves turn before the fourth.
SIZES_A_STEP = 2
FIRST_SIZES = 4

# Called with a model that has at least so many rounds; returns whether it should grow further.
GoesOn = Callable[[Any, int], bool]


def _grow_warm(model: Any, rows: Fold, sizes: Sequence[int], goes_on: GoesOn) -> None:
    """scikit-learn's models go on where they stopped."""
    model.set_params(warm_start=True)
    for size in sizes:
        rows.fit(model.set_params(**{ROUNDS[type(model).__name__]: size}))
        if not goes_on(model, size):
            return


def _grow_lightgbm(model: Any, rows: Fold, sizes: Sequence[int], goes_on: GoesOn) -> None:
    from lightgbm.callback import EarlyStopException  # noqa: PLC0415  # slow, and maybe not installed

    def check(state: Any) -> None:
        size = state.iteration + 1
        if size not in sizes:
            return
        seen = copy.copy(model)
        seen._Booster, seen.fitted_ = state.model, True
        if not goes_on(seen, size):
            raise EarlyStopException(state.iteration, [])

    rows.fit(model.set_params(n_estimators=sizes[-1]), callbacks=[check])


def _grow_xgboost(model: Any, rows: Fold, sizes: Sequence[int], goes_on: GoesOn) -> None:
    from xgboost.callback import TrainingCallback  # noqa: PLC0415

    class Check(TrainingCallback):  # type: ignore[misc]  # may be missing
        def after_iteration(self, booster: Any, epoch: int, evals_log: Any) -> bool:
            if (size := epoch + 1) not in sizes:
                return False
            seen = copy.copy(model)
            seen._Booster = booster
            if hasattr(model, "_names"):  # set after training
                seen._names = np.unique(np.asarray(rows.y_train))
            return not goes_on(seen, size)

    rows.fit(model.set_params(n_estimators=sizes[-1], callbacks=[Check()]))
    model.set_params(callbacks=None)


class FirstRounds(BaseEstimator):  # type: ignore[misc]
    """The first rounds of a model of LightGBM or XGBoost, which it takes when it predicts."""

    def __init__(self, model: Any, limit: dict[str, Any]) -> None:
        self.model = model
        self.limit = limit

    def __sklearn_tags__(self) -> Any:
        return self.model.__sklearn_tags__()

    @property
    def classes_(self) -> Any:
        return self.model.classes_

    @available_if(lambda self: hasattr(self.model, "predict_proba"))  # type: ignore[untyped-decorator]
    def predict_proba(self, X: Any) -> Any:
        return self.model.predict_proba(X, **self.limit)

    def predict(self, X: Any) -> Any:
        return self.model.predict(X, **self.limit)


def _take_stages(model: Any, size: int) -> Any:
    first = copy.copy(model)
    first.estimators_ = model.estimators_[:size]
    first.n_estimators = first.n_estimators_ = size
    return first


def _take_iterations(model: Any, size: int) -> Any:
    first = copy.copy(model)
    first._predictors, first.max_iter = model._predictors[:size], size
    return first


class _Library(NamedTuple):
    """How the models of a library grow, and how to take their first rounds."""

    grow: Callable[[Any, Fold, Sequence[int], GoesOn], None]
    take: Callable[[Any, int], Any]
    # Options with which a model has all its rounds, and each is one of a longer model.
    options: dict[str, Collection[Any]]


_STAGES = _Library(_grow_warm, _take_stages, {"n_iter_no_change": [None], "warm_start": [False]})
_HISTOGRAMS = _Library(
    _grow_warm, _take_iterations, {"early_stopping": [False, "auto"], "warm_start": [False]}
)
_LIGHTGBM = _Library(
    _grow_lightgbm,
    lambda model, size: FirstRounds(model, {"num_iteration": size}),
    {"boosting_type": ["gbdt"]},
)
_XGBOOST = _Library(
    _grow_xgboost,
    lambda model, size: FirstRounds(model, {"iteration_range": (0, size)}),
    {"early_stopping_rounds": [None], "callbacks": [None], "booster": [None, "gbtree"]},
)
_LIBRARIES = {
    ("sklearn", "GradientBoosting"): _STAGES,
    ("sklearn", "HistGradientBoosting"): _HISTOGRAMS,
    ("lightgbm", "LGBM"): _LIGHTGBM,
    ("xgboost", "XGB"): _XGBOOST,
    ("kedro_sweep", "XGB"): _XGBOOST,
}
# With more rows, scikit-learn's `early_stopping="auto"` sets some of them aside.
MOST_ROWS = 10_000


def _find_library(estimator: Any) -> Any:
    kind = type(estimator)
    name = kind.__name__.removesuffix("Classifier").removesuffix("Regressor")
    return _LIBRARIES.get((kind.__module__.partition(".")[0], name))


class NestedBoosting(_strategy.Strategy):
    """Keep one growing model per fold and set of other arguments, and return its first rounds."""

    def __init__(
        self, folds: list[Fold], cache: "_strategy.BoundedCache[PrefixModel]", label: Hashable = ""
    ) -> None:
        self._folds = folds
        self._cache = cache
        self._label = label

    def accepts(self, estimator: Any) -> bool:
        """Accept gradient boosting with a fixed number of rounds."""
        library = _find_library(estimator)
        if library is None:
            return False
        params = estimator.get_params(deep=False)
        size = params.get(ROUNDS[type(estimator).__name__])
        stops_early = params.get("early_stopping") == "auto" and self._n_rows > MOST_ROWS
        return (
            type(size) is int
            and size > 0
            and not stops_early
            and all(params.get(name) in allowed for name, allowed in library.options.items())
            and self._estimate_nbytes(estimator) <= self._cache.max_bytes
            and self._cache.is_proven(
                _strategy.describe_kind(estimator),
                lambda: self._find_difference(estimator, library),
                "Every boosting model is trained from scratch",
            )
        )

    def _estimate_nbytes(self, estimator: Any) -> int:
        params = estimator.get_params(deep=False)
        n_classes = self._n_classes if is_classifier(estimator) else 1
        limits = [2 * self._n_rows]
        depth, leaves = params.get("max_depth"), params.get("num_leaves", params.get("max_leaf_nodes"))
        if isinstance(depth, int) and depth > 0:
            limits.append(2 ** min(depth + 1, 64))
        if isinstance(leaves, int):
            limits.append(2 * leaves)
        n_rounds: int = params[ROUNDS[type(estimator).__name__]]
        n_trees = n_rounds * (n_classes if n_classes > 2 else 1)
        return n_trees * (min(limits) * BYTES_A_NODE + BYTES_A_TREE)

    @cached_property
    def _n_rows(self) -> int:
        return max(len(fold.y_train) for fold in self._folds)

    @cached_property
    def _n_classes(self) -> int:
        # A rare class may be missing from the training rows of a fold.
        return max(fold.y_train.nunique() for fold in self._folds)

    def _find_difference(self, estimator: Any, library: _Library) -> str:
        few = _strategy.take_few_rows(self._folds[0], estimator)
        typical, argument = _strategy.make_typical(estimator), ROUNDS[type(estimator).__name__]
        model = PrefixModel(typical)
        for size in SIZES_OF_PROOF:
            public = few.fit(clone(typical).set_params(**{argument: size}))
            if difference := _strategy.compare(public, model.take(size, few, library), few.X_test):
                return difference
        return ""

    def fit(self, estimator: Any, fold: int) -> _strategy.FittedFold:
        rows, argument = self._folds[fold], ROUNDS[type(estimator).__name__]
        key = (self._label, fold, _strategy.params_key(estimator, argument))
        nbytes = self._estimate_nbytes(estimator)
        model = self._cache.get(key, lambda: PrefixModel(estimator), nbytes)
        first = model.take(getattr(estimator, argument), rows, _find_library(estimator))
        model.nbytes = max(model.nbytes, nbytes)
        return _strategy.FittedFold(first, *rows.tested, rows.seconds)

    def look_at_rounds(
        self,
        estimator: Any,
        fold: int,
        sizes: Sequence[int],
        look: _strategy.Look,
        end: float,
    ) -> None:
        start = time()
        library, rows, left = _find_library(estimator), self._folds[fold], [*sizes]
        first = 0 if end < inf else FIRST_SIZES - 1
        stops = sorted({*sizes[first::SIZES_A_STEP], sizes[-1]})

        def goes_on(model: Any, size: int) -> bool:
            while left and left[0] <= size:
                first = library.take(model, left[0])
                fitted = _strategy.FittedFold(first, *rows.tested, rows.seconds)
                if not look(left.pop(0), fitted):
                    return False
            return _strategy.has_time(start, end)

        library.grow(clone(estimator), rows, stops, goes_on)


class PrefixModel:
    """A model that grows when more rounds are needed."""

    def __init__(self, estimator: Any) -> None:
        self._model = clone(estimator)
        self._size = 0
        self.nbytes = 0

    def take(self, size: int, rows: Fold, library: _Library) -> Any:
        if size > self._size:
            grown, self._model, self._size = self._model, clone(self._model), 0
            # Only a complete fit is kept: after an error, a later one would go on from half a model.
            library.grow(grown, rows, [size], lambda *_: True)
            self._model, self._size = grown, size
        return library.take(self._model, size)
