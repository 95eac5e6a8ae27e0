"""Reuse for forests: the first k trees of a larger forest are the smaller forest."""

import copy
from collections.abc import Hashable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sklearn.base import BaseEstimator, ClassifierMixin, RegressorMixin, clone, is_classifier
from sklearn.ensemble import (
    ExtraTreesClassifier,
    ExtraTreesRegressor,
    RandomForestClassifier,
    RandomForestRegressor,
)

from kedro_sweep.search.cache import BoundedCache
from kedro_sweep.search.folds import Fold
from kedro_sweep.search.proof import Proofs, compare, describe_kind, make_typical, take_few_rows
from kedro_sweep.search.strategy import FittedFold, has_whole_size, params_key
from kedro_sweep.search.trees import plan_growing
from kedro_sweep.validation import check_params

MAX_BYTES = 512 * 2**20
DEPTH_OF_PROOF = 3
SIZES_OF_PROOF = (2, 3)
FORESTS = (
    RandomForestClassifier,
    RandomForestRegressor,
    ExtraTreesClassifier,
    ExtraTreesRegressor,
)


class NestedForests:
    """Keep one growing forest per fold and other arguments, and give its first trees.

    The trees of a forest are independent given their seeds, and the seeds are drawn one after the
    other from the forest's (Breiman, 2001, "Random forests"), so that a forest of fewer trees is a
    prefix of the larger one. A tree that ends before `max_depth` stops it is also the tree of every
    other depth that does not stop it, so that deep forests share trees.

    Accepted are the four forests themselves, not their subclasses, without class weights, out-of-bag
    score, warm start, a limit on the bootstrap sample or pruned trees (whose depth no longer tells
    what stopped them), on features without infinities, whose predictions fit into the budget. Each kind
    is proven against the public class on a few rows first.
    """

    def __init__(self, folds: list[Fold]) -> None:
        """Start with no trees, and with one thread to grow them.

        Args:
            folds: The folds of the sweep.
        """
        self._folds = folds
        self._label: Hashable = ""
        self.memory = _Memory()

    def share(self, folds: list[Fold], label: Hashable) -> "NestedForests":
        """Give a strategy for other folds that shares the memory and the proofs.

        Args:
            folds: The other folds.
            label: Tells them from all others.

        Returns:
            The strategy.
        """
        shared = copy.copy(self)
        shared._folds, shared._label = folds, label
        shared.__dict__.pop("_arrays", None)  # of these folds
        return shared

    @cached_property
    def _arrays(self) -> list["_ForestFold"]:
        return [_ForestFold(fold) for fold in self._folds]

    def accepts(self, estimator: Any) -> bool:
        """Accept the forests whose prefixes are proven to be the smaller forests.

        Args:
            estimator: An unfitted estimator.

        Returns:
            Whether the score of a prefix is the score of a fit from scratch.
        """
        return (
            type(estimator) in FORESTS
            and has_whole_size(estimator)
            and isinstance(estimator.bootstrap, bool)
            and estimator.max_samples is None
            and estimator.ccp_alpha == 0
            and estimator.criterion != "poisson"
            and not estimator.oob_score
            and not estimator.warm_start
            and getattr(estimator, "class_weight", None) is None
            and all(fold.is_bounded for fold in self._arrays)
            and self._estimate_nbytes(estimator) <= self.memory.forests.max_bytes
            and self._are_proven(estimator)
        )

    @property
    def _has_gaps(self) -> bool:
        return any(fold.has_gaps for fold in self._arrays)

    def _estimate_nbytes(self, estimator: Any) -> int:
        """Estimate the memory for the predictions of the largest fold."""
        return max(fold.count_nbytes(estimator) for fold in self._arrays)

    def _are_proven(self, estimator: Any) -> bool:
        """Prove the forests of this kind, with trees of the public class."""
        return self.memory.proofs.hold(
            (describe_kind(estimator), "public", self._has_gaps),
            lambda: self._find_difference(estimator, lean=False),
            "Every forest is trained from scratch",
        )

    def _uses_lean_builder(self, estimator: Any) -> bool:
        """Prove the lean builder for a kind of forests that is proven."""
        return self.memory.proofs.hold(
            (describe_kind(estimator), "lean", self._has_gaps),
            lambda: self._find_difference(estimator, lean=True),
            "Trees grow through the slower public class",
        )

    def _find_difference(self, estimator: Any, *, lean: bool) -> str:
        """Compare two depths, which share trees, and two sizes with the public class."""
        few = take_few_rows(self._folds[0], estimator)
        forests: list[_GrowingForest] = []
        for max_depth in (None, DEPTH_OF_PROOF):
            template = make_typical(estimator).set_params(max_depth=max_depth, n_jobs=None)
            forests.append(_GrowingForest(template, _ForestFold(few), (0, ""), lean=lean))
            for size in SIZES_OF_PROOF:
                public = clone(template).set_params(n_estimators=size)
                public.fit(few.X_train, few.y_train)
                forests[-1].grow(size, forests, n_threads=1)
                if difference := compare(public, forests[-1].predict(size), few.X_test):
                    return difference
        return ""

    def fit(self, estimator: Any, fold: int) -> FittedFold:
        """Take the first trees of the fold's forest, grown as far as needed.

        Args:
            estimator: An unfitted estimator.
            fold: Number of the fold, from 0.

        Returns:
            A model that knows the predictions for the test rows of the fold, and these rows.
        """
        family = (self._label, fold, params_key(estimator, "n_estimators", "max_depth"))
        arrays = self._arrays[fold]
        forest = self.memory.forests.get(
            (family, estimator.max_depth),
            lambda: _GrowingForest(estimator, arrays, family, lean=self._uses_lean_builder(estimator)),
            nbytes=arrays.count_nbytes(estimator),
        )
        relatives = [other for other in self.memory.forests if other.family == family]
        forest.grow(estimator.n_estimators, relatives, self.memory.n_threads)
        model = forest.predict(estimator.n_estimators)
        return FittedFold(model, self._folds[fold].X_test, arrays.y_test)


class _ForestFold:
    """A fold as the arrays that trees read."""

    def __init__(self, fold: Fold) -> None:
        with np.errstate(over="ignore"):
            self.X_train = np.ascontiguousarray(fold.X_train, dtype=np.float32)
            self.X_test = np.ascontiguousarray(fold.X_test, dtype=np.float32)
        parts = (self.X_train, self.X_test)
        self.is_bounded = not any(np.isinf(part).any() for part in parts)
        self.has_gaps = any(np.isnan(part).any() for part in parts)
        self.y_train = fold.y_train.to_numpy()
        # A scorer takes half as long to check an array; other types of pandas it may know better.
        is_plain = isinstance(fold.y_test.dtype, np.dtype)
        self.y_test = fold.y_test.to_numpy() if is_plain else fold.y_test

    @cached_property
    def n_classes(self) -> int:
        return len(np.unique(self.y_train))

    def count_nbytes(self, estimator: Any) -> int:
        """Count the memory for the predictions of all trees of a forest, in bytes."""
        n_outputs = self.n_classes if is_classifier(estimator) else 1
        n_trees: int = estimator.n_estimators
        return n_trees * len(self.X_test) * n_outputs * np.dtype(np.float64).itemsize


# The depth of a tree, and its predictions on the test rows.
GrownTree = tuple[int, NDArray[np.float64]]


class _GrowingForest:
    """The predictions of each tree of a forest on a fold's test rows, as far as grown.

    Attributes:
        family: What the forest shares with those that differ in depth only.
        depth: The limit of the trees' depth.
        predictions: For each tree, shape (n_test, n_classes), or (n_test, 1) for a regression.
        depths: For each tree, how deep it is.
        nbytes: Memory that the predictions take, in bytes.
    """

    def __init__(self, estimator: Any, fold: _ForestFold, family: Hashable, *, lean: bool) -> None:
        check_params(estimator)  # the lean builder does not
        self.family = family
        self.depth = np.inf if estimator.max_depth is None else estimator.max_depth
        self.predictions: list[NDArray[np.float64]] = []
        self.depths: list[int] = []
        self.nbytes = 0
        self._fold = fold
        self._bootstrap = estimator.bootstrap
        self._seeds = np.random.RandomState(estimator.random_state)
        self._classes: NDArray[Any] | None
        if is_classifier(estimator):
            self._classes, numbers = np.unique(fold.y_train, return_inverse=True)
            n_classes = len(self._classes)
        else:
            self._classes, numbers, n_classes = None, fold.y_train, 1
        y = np.ascontiguousarray(numbers, dtype=np.float64).reshape(-1, 1)
        shared = {name: getattr(estimator, name) for name in estimator.estimator_params}
        template = type(estimator.estimator)(**shared)
        self._grow_tree = plan_growing(template, fold.X_train, y, n_classes, lean=lean)

    def grow(self, size: int, relatives: list["_GrowingForest"], n_threads: int) -> None:
        """Add trees up to the size, taking over what a relative of another depth has."""
        first = len(self.predictions)
        if size <= first:
            return
        seeds = [int(self._seeds.randint(np.iinfo(np.int32).max)) for _ in range(first, size)]
        grown = {number: self._find(number, relatives) for number in range(first, size)}
        missing = [number for number, tree in grown.items() if tree is None]
        # A share of the trees per thread, not a task per tree: they are small.
        parts = [missing[part::n_threads] for part in range(n_threads)]

        def grow_part(part: list[int]) -> list[GrownTree]:
            return [self._grow_one(seeds[number - first]) for number in part]

        if n_threads > 1 and len(missing) > 1:
            with ThreadPoolExecutor(n_threads) as threads:
                results = list(threads.map(grow_part, parts))
        else:
            results = [grow_part(part) for part in parts]
        for part, trees in zip(parts, results, strict=True):
            grown.update(zip(part, trees, strict=True))
        for number, tree in grown.items():
            if tree is None:
                raise AssertionError(f"tree {number} was neither found nor grown")
            depth, prediction = tree
            self.depths.append(depth)
            self.predictions.append(prediction)
            self.nbytes += prediction.nbytes

    def _find(self, number: int, relatives: list["_GrowingForest"]) -> GrownTree | None:
        for other in relatives:
            # At the limit itself a node is a leaf without a look for a split, and that look draws
            # random numbers: the depth has to stay below both limits.
            if number < len(other.depths) and other.depths[number] < min(other.depth, self.depth):
                return other.depths[number], other.predictions[number]
        return None

    def _grow_one(self, seed: int) -> GrownTree:
        weight = None
        if self._bootstrap:
            n_rows = len(self._fold.X_train)
            rows = np.random.RandomState(seed).randint(0, n_rows, n_rows, dtype=np.int32)
            weight = np.bincount(rows, minlength=n_rows).astype(np.float64)
        tree = self._grow_tree(seed, weight)
        return tree.max_depth, tree.predict(self._fold.X_test)

    def predict(self, size: int) -> "_FirstTrees":
        """Combine the first trees as a fitted forest would, in the same order."""
        total = np.zeros_like(self.predictions[0])
        for prediction in self.predictions[:size]:
            total += prediction
        total /= size
        if self._classes is None:
            return _FirstTreesOfRegressor(total[:, 0])
        return _FirstTreesOfClassifier(total, self._classes)


class _FirstTreesOfClassifier(ClassifierMixin, BaseEstimator):  # type: ignore[misc]
    """A fitted classifier that knows its predictions on the test rows."""

    def __init__(self, probabilities: NDArray[np.float64], classes: NDArray[Any]) -> None:
        self.probabilities = probabilities
        self.classes_ = classes

    def predict_proba(self, X: pd.DataFrame) -> NDArray[np.float64]:
        return self.probabilities

    def predict(self, X: pd.DataFrame) -> NDArray[Any]:
        labels: NDArray[Any] = self.classes_.take(np.argmax(self.probabilities, axis=1), axis=0)
        return labels


class _FirstTreesOfRegressor(RegressorMixin, BaseEstimator):  # type: ignore[misc]
    """A fitted regressor that knows its predictions on the test rows."""

    def __init__(self, values: NDArray[np.float64]) -> None:
        self.values = values

    def predict(self, X: pd.DataFrame) -> NDArray[np.float64]:
        return self.values


_FirstTrees = _FirstTreesOfClassifier | _FirstTreesOfRegressor


@dataclass
class _Memory:
    """What the strategies for several sets of folds have in common.

    Attributes:
        forests: The trees grown so far.
        proofs: Which kinds of forests are proven.
        n_threads: Number of threads that grow trees.
    """

    forests: BoundedCache[_GrowingForest] = field(default_factory=lambda: BoundedCache(MAX_BYTES))
    proofs: Proofs = field(default_factory=Proofs)
    n_threads: int = 1
