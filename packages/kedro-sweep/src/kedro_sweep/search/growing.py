"""Forests that grow as large as trials need, and the predictions of their first trees."""

from collections.abc import Hashable, Iterable
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sklearn.base import BaseEstimator, ClassifierMixin, RegressorMixin, is_classifier
from sklearn.utils import check_array

from kedro_sweep.search.folds import Fold
from kedro_sweep.trees import Growth, Plan, Rows
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
        """Convert the rows.

        Args:
            fold: The fold.
        """
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
    def _classified(self) -> Rows:
        return self._make_rows(np.searchsorted(self.classes, self.y_train), len(self.classes))

    @cached_property
    def _measured(self) -> Rows:
        return self._make_rows(self.y_train, 1)

    def _make_rows(self, target: NDArray[Any], n_classes: int) -> Rows:
        y = np.ascontiguousarray(target, dtype=np.float64).reshape(-1, 1)
        return Rows(self.X_train, y, n_classes, self.X_test)

    def prepare_rows(self, estimator: Any) -> Rows:
        """Return the rows in the form that trees take; all forests of a kind share the same ones.

        Args:
            estimator: A forest.

        Returns:
            The rows.
        """
        return self._classified if is_classifier(estimator) else self._measured

    def count_nbytes(self, estimator: Any, size: int) -> int:
        """Compute how much memory the predictions of the trees take.

        Args:
            estimator: A forest.
            size: Number of trees.

        Returns:
            Memory, in bytes.
        """
        n_outputs = len(self.classes) if is_classifier(estimator) else 1
        return size * len(self.X_test) * n_outputs * np.dtype(np.float64).itemsize


class GrowingForest:
    """The predictions of each tree of a forest on a fold's test rows, for the trees grown so far.

    Attributes:
        family: A key shared by forests that differ only in size or depth.
        depth: The maximum depth of the trees.
        growth: Its trees.
        nbytes: Memory for the predictions of all planned trees, in bytes.
    """

    def __init__(self, estimator: Any, fold: ForestFold, family: Hashable, *, lean: bool) -> None:
        """Plan the trees.

        Args:
            estimator: The unfitted forest.
            fold: The rows.
            family: A key shared by forests that differ only in size or depth.
            lean: Whether the lean builder may be used.
        """
        check_params(estimator)  # because the lean builder does not check them
        self.family = family
        self.depth = np.inf if estimator.max_depth is None else estimator.max_depth
        shared = {name: getattr(estimator, name) for name in estimator.estimator_params}
        template = type(estimator.estimator)(**shared)
        rows = fold.prepare_rows(estimator)
        self.growth = Growth(Plan(rows, template, estimator.bootstrap, lean))
        self._seeds = np.random.RandomState(estimator.random_state)
        self._classes = fold.classes if is_classifier(estimator) else None
        self.nbytes = 0
        self._nbytes_a_tree = fold.count_nbytes(estimator, 1)

    def plan(self, size: int, relatives: Iterable["GrowingForest"]) -> list[int]:
        """Plan for this many trees, and take over those that related forests already have.

        Args:
            size: Number of trees.
            relatives: Forests of the same family.

        Returns:
            The numbers of the trees that are missing.
        """
        seeds, trees = self.growth.seeds, self.growth.trees
        seeds += [int(self._seeds.randint(np.iinfo(np.int32).max)) for _ in range(len(seeds), size)]
        self.nbytes = len(seeds) * self._nbytes_a_tree
        missing = [number for number in range(size) if number not in trees]
        for other in relatives if missing else ():
            # A node at the depth limit becomes a leaf without searching for a split. That search would
            # draw random numbers, so the tree must stay below both limits to be the same tree.
            limit = min(other.depth, self.depth)
            for number in missing:
                found = other.growth.trees.get(number)
                if found and found.depth < limit:
                    trees[number] = found
        return [number for number in missing if number not in trees]

    def predict(self, size: int) -> "FirstTrees":
        """Combine the first trees in the same order as a fitted forest.

        Args:
            size: Number of trees; all of them must be grown.

        Returns:
            A model that knows the predictions for the test rows.
        """
        total = np.zeros_like(self.growth.trees[0].prediction)
        for number in range(size):
            total += self.growth.trees[number].prediction
        total /= size
        if self._classes is None:
            return FirstTreesOfRegressor(total[:, 0])
        return FirstTreesOfClassifier(total, self._classes)


class FirstTreesOfClassifier(ClassifierMixin, BaseEstimator):  # type: ignore[misc]
    """A fitted classifier that only knows its predictions for the test rows."""

    def __init__(self, probabilities: NDArray[np.float64], classes: NDArray[Any]) -> None:
        """Store the predictions.

        Args:
            probabilities: Shape (n_test, n_classes).
            classes: Shape (n_classes,).
        """
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
        """Store the predictions.

        Args:
            values: Shape (n_test,).
        """
        self.values = values

    def predict(self, X: pd.DataFrame) -> NDArray[np.float64]:
        """Return the predicted values for the test rows."""
        return self.values


FirstTrees = FirstTreesOfClassifier | FirstTreesOfRegressor
