"""Forests that grow as large as trials need, and the predictions of their first trees."""

from collections.abc import Hashable, Iterable
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sklearn.base import BaseEstimator, ClassifierMixin, RegressorMixin, is_classifier
from sklearn.utils import check_array

from kedro_sweep.search.folds import Fold
from kedro_sweep.search.trees import plan_growing
from kedro_sweep.validation import check_params


class ForestFold:
    """A fold, as the arrays that trees read.

    Attributes:
        X_train: Features of the rows to fit, shape (n_train, n_features).
        X_test: Features of the rows to score, shape (n_test, n_features).
        is_bounded: Whether every feature is finite or missing.
        has_gaps: Whether any feature has missing values.
        y_train: Target of the rows to fit, shape (n_train,).
    """

    def __init__(self, fold: Fold) -> None:
        """Convert the rows."""
        with np.errstate(over="ignore"):
            self.X_train = np.ascontiguousarray(fold.X_train, dtype=np.float32)
            self.X_test = np.ascontiguousarray(fold.X_test, dtype=np.float32)
        parts = (self.X_train, self.X_test)
        self.is_bounded = not any(np.isinf(part).any() for part in parts)
        self.has_gaps = any(np.isnan(part).any() for part in parts)
        # As the public classes convert it: a nullable type may become another one.
        self.y_train = check_array(fold.y_train, ensure_2d=False, dtype=None)

    @cached_property
    def classes(self) -> NDArray[Any]:
        """The classes of the rows to fit."""
        return np.unique(self.y_train)

    @cached_property
    def _class_numbers(self) -> NDArray[np.float64]:
        return _make_column(np.searchsorted(self.classes, self.y_train))

    @cached_property
    def _values(self) -> NDArray[np.float64]:
        return _make_column(self.y_train)

    def encode_target(self, estimator: Any) -> NDArray[np.float64]:
        """Return the target as trees take it, shape (n_train, 1): class numbers from 0, or values."""
        return self._class_numbers if is_classifier(estimator) else self._values

    def count_outputs(self, estimator: Any) -> int:
        """Count the numbers that a tree predicts for a row: one per class, or 1 for a regression."""
        return len(self.classes) if is_classifier(estimator) else 1

    def count_nbytes(self, estimator: Any, size: int) -> int:
        """Compute how much memory the predictions of the trees take."""
        n_values = size * len(self.X_test) * self.count_outputs(estimator)
        return n_values * np.dtype(np.float64).itemsize


def _make_column(target: NDArray[Any]) -> NDArray[np.float64]:
    return np.ascontiguousarray(target, dtype=np.float64).reshape(-1, 1)


class GrownTree(NamedTuple):
    """The parts of a tree that are kept.

    Attributes:
        depth: The depth of the tree.
        prediction: For the test rows, shape (n_test, n_classes), or (n_test, 1) for a regression.
    """

    depth: int
    prediction: NDArray[np.float64]


class GrowingForest:
    """The predictions of each tree of a forest on a fold's test rows, for the trees grown so far.

    Attributes:
        family: A key shared by forests that differ only in size or depth.
        depth: The maximum depth of the trees.
        trees: The trees grown so far, by their numbers from 0.
        nbytes: Memory for the predictions of all planned trees, in bytes.
    """

    def __init__(self, estimator: Any, fold: ForestFold, family: Hashable, *, lean: bool) -> None:
        """Plan the trees."""
        check_params(estimator)  # because the lean builder does not check them
        self.family = family
        self.depth = np.inf if estimator.max_depth is None else estimator.max_depth
        shared = {name: getattr(estimator, name) for name in estimator.estimator_params}
        template = type(estimator.estimator)(**shared)
        target, n_outputs = fold.encode_target(estimator), fold.count_outputs(estimator)
        self.trees: dict[int, GrownTree] = {}
        self._build = plan_growing(template, fold.X_train, target, n_outputs, lean=lean)
        self._fold = fold
        self._bootstrap = estimator.bootstrap
        self._random = np.random.RandomState(estimator.random_state)
        self._seeds: list[int] = []
        self._classes = fold.classes if is_classifier(estimator) else None
        self.nbytes = 0
        self._nbytes_a_tree = fold.count_nbytes(estimator, 1)

    def plan(self, size: int, relatives: Iterable["GrowingForest"]) -> list[int]:
        """Plan for this many trees, and take over those that related forests already have."""
        seeds, trees = self._seeds, self.trees
        seeds += [int(self._random.randint(np.iinfo(np.int32).max)) for _ in range(len(seeds), size)]
        self.nbytes = len(seeds) * self._nbytes_a_tree
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
        """Grow a planned tree, in any thread: its random state is its own."""
        seed, weight = self._seeds[number], None
        if self._bootstrap:
            n_rows = len(self._fold.X_train)
            sample = np.random.RandomState(seed).randint(0, n_rows, n_rows, dtype=np.int32)
            weight = np.bincount(sample, minlength=n_rows).astype(np.float64)
        tree = self._build(seed, weight)
        self.trees[number] = GrownTree(tree.max_depth, tree.predict(self._fold.X_test))

    def predict(self, size: int) -> "FirstTrees":
        """Combine the first trees in the same order as a fitted forest."""
        total = np.zeros_like(self.trees[0].prediction)
        for number in range(size):
            total += self.trees[number].prediction
        total /= size
        if self._classes is None:
            return FirstTreesOfRegressor(total[:, 0])
        return FirstTreesOfClassifier(total, self._classes)


class FirstTreesOfClassifier(ClassifierMixin, BaseEstimator):  # type: ignore[misc]
    """A fitted classifier that only knows its predictions for the test rows."""

    def __init__(self, probabilities: NDArray[np.float64], classes: NDArray[Any]) -> None:
        """Store the predictions."""
        self.probabilities = probabilities
        self.classes_ = classes

    def predict_proba(self, X: pd.DataFrame) -> NDArray[np.float64]:
        """Return the probabilities for the test rows."""
        return self.probabilities

    def predict(self, X: pd.DataFrame) -> NDArray[Any]:
        """Return the most probable classes of the test rows."""
        labels: NDArray[Any] = self.classes_.take(np.argmax(self.probabilities, axis=1), axis=0)
        return labels


class FirstTreesOfRegressor(RegressorMixin, BaseEstimator):  # type: ignore[misc]
    """A fitted regressor that only knows its predictions for the test rows."""

    def __init__(self, values: NDArray[np.float64]) -> None:
        """Store the predictions."""
        self.values = values

    def predict(self, X: pd.DataFrame) -> NDArray[np.float64]:
        """Return the predicted values for the test rows."""
        return self.values


FirstTrees = FirstTreesOfClassifier | FirstTreesOfRegressor
