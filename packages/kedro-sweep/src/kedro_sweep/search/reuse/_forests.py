"""Reuse for forests: a small forest is the first trees of a larger one."""

from collections.abc import Hashable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import cached_property
from time import monotonic
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sklearn import ensemble
from sklearn.base import BaseEstimator, clone, is_classifier
from sklearn.utils import check_array, compute_sample_weight
from sklearn.utils.metaestimators import available_if

from kedro_sweep.search.reuse import _strategy
from kedro_sweep.search.reuse._trees import plan_growing, seed_random
from kedro_sweep.search.study import Fold
from kedro_sweep.validation import check_params

MAX_BYTES = 512 * 2**20
# Trees with fewer training rows in all grow faster in one thread than several can be put to work.
FEWEST_ROWS = 2_000
# The seconds that the public classes spend on each tree, besides its prediction.
OVERHEAD = 1e-4
DEPTH_OF_PROOF = 3
SIZES_OF_PROOF = (2, 3)
FORESTS = (
    ensemble.RandomForestClassifier,
    ensemble.RandomForestRegressor,
    ensemble.ExtraTreesClassifier,
    ensemble.ExtraTreesRegressor,
)
CONSEQUENCES = ("Every forest is trained from scratch", "Trees grow through the slower public class")
# The depth of a pruned tree (ccp_alpha) does not tell what stopped it.
OPTIONS = {"max_samples": None, "ccp_alpha": 0, "oob_score": False, "warm_start": False}


class NestedForests(_strategy.Strategy):
    """Keep the trees of one forest per fold and set of other arguments, and return its first trees.

    Given their seeds, the trees of a forest are independent, and the forest draws the seeds one after
    another (Breiman, 2001, "Random forests"). A tree that never reaches `max_depth` is the same tree at
    any other `max_depth` that it does not reach.
    """

    def __init__(self, folds: list[Fold], cache: "ForestCache", label: Hashable = "") -> None:
        self._folds = folds
        self._cache = cache
        self._label = label

    @cached_property
    def _arrays(self) -> list["_Arrays"]:
        return [_Arrays(fold) for fold in self._folds]

    def accepts(self, estimator: Any) -> bool:
        return (
            type(estimator) in FORESTS
            and _strategy.has_whole_size(estimator)
            and isinstance(estimator.bootstrap, bool)
            and estimator.criterion != "poisson"
            and all(getattr(estimator, name, value) == value for name, value in OPTIONS.items())
            and all(arrays.is_bounded for arrays in self._arrays)
            and max(arrays.count_nbytes(estimator) for arrays in self._arrays) <= self._cache.max_bytes
            and self._is_proven(estimator, lean=False)
        )

    def shares_trees(self, estimator: Any) -> bool:
        return True

    def _is_proven(self, estimator: Any, *, lean: bool) -> bool:
        """Prove a kind of forest, with trees of the public class or of the lean builder."""
        return self._cache.is_proven(
            (_strategy.describe_kind(estimator), lean, any(arrays.has_gaps for arrays in self._arrays)),
            lambda: self._find_difference(estimator, lean=lean),
            CONSEQUENCES[lean],
        )

    def _find_difference(self, estimator: Any, *, lean: bool) -> str:
        """Compare with the public class, at two depths (which share trees) and two sizes."""
        few = _strategy.take_few_rows(self._folds[0], estimator)
        forests: list[ForestTrees] = []
        for max_depth in (None, DEPTH_OF_PROOF):
            template = _strategy.make_typical(estimator).set_params(max_depth=max_depth, n_jobs=None)
            forests.append(ForestTrees(template, _Arrays(few), "", lean=lean))
            for size in SIZES_OF_PROOF:
                public = clone(template).set_params(n_estimators=size)
                few.fit(public)
                for number in forests[-1].plan(size, forests):
                    forests[-1].grow(number)
                if difference := _strategy.compare(public, forests[-1].predict(size), few.X_test):
                    return difference
        return ""

    def fit(self, estimator: Any, fold: int) -> _strategy.FittedFold:
        key = _strategy.params_key(estimator, "n_estimators", "max_depth")
        family, arrays = (self._label, fold, key), self._arrays[fold]
        forest = self._cache.get(
            (family, estimator.max_depth),
            lambda: ForestTrees(estimator, arrays, family, lean=self._is_proven(estimator, lean=True)),
            nbytes=arrays.count_nbytes(estimator),
        )
        size, rows = estimator.n_estimators, self._folds[fold]
        relatives = (other for other in self._cache if other.family == family)
        missing, start = forest.plan(size, relatives), monotonic()
        self._cache.grow(forest, missing)
        trees = [forest.trees[number] for number in range(size)]
        seconds = sum(tree.seconds for tree in trees)
        self._cache.saved += max(0.0, seconds - (monotonic() - start))
        predicting = rows.seconds + sum(tree.predicting for tree in trees) + size * OVERHEAD
        return _strategy.FittedFold(forest.predict(size), *rows.tested, predicting)


class _Arrays:
    """A fold, as the arrays that trees read, converted as the public classes do."""

    def __init__(self, fold: Fold) -> None:
        with np.errstate(over="ignore"):
            self.X_train, self.X_test = (
                check_array(part, dtype=np.float32, order="C", ensure_all_finite=False)
                for part in (fold.X_train, fold.X_test)
            )
        parts = (self.X_train, self.X_test)
        self.is_bounded = not any(np.isinf(part).any() for part in parts)
        self.has_gaps = any(np.isnan(part).any() for part in parts)
        self._y_train = check_array(fold.y_train, ensure_2d=False, dtype=None)
        self._weights = fold.weights_train

    @cached_property
    def classes(self) -> NDArray[Any]:
        return np.unique(self._y_train)

    @cached_property
    def class_numbers(self) -> NDArray[np.float64]:
        numbers = np.searchsorted(self.classes, self._y_train)
        return np.asarray(numbers, dtype=np.float64).reshape(-1, 1)

    @cached_property
    def values(self) -> NDArray[np.float64]:
        return np.ascontiguousarray(self._y_train, dtype=np.float64).reshape(-1, 1)

    def weigh(self, estimator: Any) -> Any:
        """Multiply the weights of the rows and of their classes, as the public classes do."""
        rows, classes = self._weights, None
        if estimator.class_weight is not None:
            public = clone(estimator)
            public.n_outputs_ = 1
            _, classes = public._validate_y_class_weight(self._y_train.reshape(-1, 1), rows)
        return rows if classes is None else classes if rows is None else rows * classes

    def count_outputs(self, estimator: Any) -> int:
        """Of a tree, for a row: one number per class, or 1 for a regression."""
        return len(self.classes) if is_classifier(estimator) else 1

    def count_nbytes(self, estimator: Any, size: int | None = None) -> int:
        """Of the predictions of all trees, or of so many."""
        n_values = (size or estimator.n_estimators) * len(self.X_test) * self.count_outputs(estimator)
        return int(n_values * np.dtype(np.float64).itemsize)


class Tree(NamedTuple):
    depth: int
    prediction: NDArray[np.float64]  # (n_test, n_classes), or (n_test, 1) for a regression
    seconds: float
    predicting: float  # the part of the seconds that the prediction took


class ForestTrees:
    """The trees of one forest on one fold, as many as trials have needed so far."""

    def __init__(self, estimator: Any, arrays: _Arrays, family: Hashable, *, lean: bool) -> None:
        check_params(estimator)  # because the lean builder does not check them
        self.family = family  # the same for forests that differ only in size or depth
        self.depth = np.inf if estimator.max_depth is None else estimator.max_depth
        self.trees: dict[int, Tree] = {}
        self._classes = arrays.classes if is_classifier(estimator) else None
        target = arrays.values if self._classes is None else arrays.class_numbers
        options = {name: getattr(estimator, name) for name in estimator.estimator_params}
        template, n_outputs = type(estimator.estimator)(**options), arrays.count_outputs(estimator)
        self._build = plan_growing(template, arrays.X_train, target, n_outputs, lean=lean)
        self._arrays, self._target, self._weights = arrays, target, arrays.weigh(estimator)
        # The public classes draw rows by their weights, and a tree counts the draws.
        self._shares = None if self._weights is None else self._weights / np.sum(self._weights)
        self._bootstrap = estimator.bootstrap
        self._balances = estimator.class_weight == "balanced_subsample"
        self._state = np.random.RandomState(estimator.random_state).get_state()
        self._seeds: list[int] = []
        self._nbytes_a_tree = arrays.count_nbytes(estimator, 1)

    @property
    def n_rows(self) -> int:
        return len(self._arrays.X_train)

    @property
    def nbytes(self) -> int:
        """Of the predictions of all planned trees."""
        return len(self._seeds) * self._nbytes_a_tree

    def plan(self, size: int, relatives: Iterable["ForestTrees"]) -> list[int]:
        """Plan for this many trees, take over those that related forests have, and list the others."""
        trees = self.trees
        if size > len(self._seeds):  # from the start: an interruption may not lose any of them
            random = seed_random(0)
            random.set_state(self._state)
            self._seeds = random.randint(np.iinfo(np.int32).max, size=size).tolist()
        missing = [number for number in range(size) if number not in trees]
        for other in relatives if missing else ():
            # A node at the depth limit becomes a leaf without searching for a split. That search would
            # draw random numbers, so the tree must stay below both limits to be the same tree.
            limit = min(other.depth, self.depth)
            for number in missing:
                found = other.trees.get(number)
                if found and found.depth < limit:
                    trees[number] = found
        return [number for number in missing if number not in trees]

    def grow(self, number: int) -> None:
        """Grow a planned tree, in any thread."""
        seed, weight, start = self._seeds[number], self._weights, monotonic()
        if self._bootstrap:
            n_rows, random = self.n_rows, seed_random(seed)
            if self._shares is None:
                sample: Any = random.randint(0, n_rows, n_rows, dtype=np.int32)
            else:
                sample = random.choice(n_rows, n_rows, p=self._shares)
            weight = np.bincount(sample, minlength=n_rows).astype(np.float64)
            if self._balances:
                weight *= compute_sample_weight("balanced", self._target, indices=sample)
        tree = self._build(seed, weight)
        grown = monotonic()
        prediction = tree.predict(self._arrays.X_test)
        end = monotonic()
        self.trees[number] = Tree(tree.max_depth, prediction, end - start, end - grown)

    def predict(self, size: int) -> "PrefixForest":
        """Combine the first trees in the same order as a fitted forest."""
        total = np.zeros_like(self.trees[0].prediction)
        for number in range(size):
            total += self.trees[number].prediction
        return PrefixForest(total / size, self._classes)


class PrefixForest(BaseEstimator):  # type: ignore[misc]
    """The first trees of a fitted forest, which only know their predictions for the test rows."""

    def __init__(self, prediction: NDArray[np.float64], classes: NDArray[Any] | None) -> None:
        self.prediction = prediction
        self.classes_ = classes

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.estimator_type = "regressor" if self.classes_ is None else "classifier"
        return tags

    @available_if(lambda forest: forest.classes_ is not None)  # type: ignore[untyped-decorator]
    def predict_proba(self, X: pd.DataFrame) -> NDArray[np.float64]:
        return self.prediction

    def predict(self, X: pd.DataFrame) -> NDArray[Any]:
        if self.classes_ is None:
            return self.prediction[:, 0]
        labels: NDArray[Any] = self.classes_.take(np.argmax(self.prediction, axis=1), axis=0)
        return labels


class ForestCache(_strategy.BoundedCache[ForestTrees]):
    """The forests kept in memory, for one or more sets of folds, and the threads that grow them."""

    def __init__(self) -> None:
        super().__init__(MAX_BYTES)
        self._map: Any = map
        self._n_threads = 1

    @contextmanager
    def use_threads(self, n_threads: int) -> Iterator[None]:
        """Grow trees on several threads, because scikit-learn grows them without holding the GIL."""
        with ThreadPoolExecutor(n_threads, "trees") as pool:
            self._map, self._n_threads = pool.map, n_threads
            try:
                yield
            finally:
                self._map, self._n_threads = map, 1

    def grow(self, forest: ForestTrees, numbers: Sequence[int]) -> None:
        """Grow planned trees; after an interruption, the threads start no more of them."""
        queue = iter(numbers)
        n_threads = 1 if forest.n_rows * len(numbers) < FEWEST_ROWS else self._n_threads
        run = map if n_threads == 1 else self._map
        try:
            list(run(lambda _: [*map(forest.grow, queue)], range(n_threads)))
        finally:
            list(queue)
