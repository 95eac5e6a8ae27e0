"""Reuse for gradient boosting: a short model is the first stages of a longer one."""

import copy
from collections.abc import Hashable
from functools import cached_property
from typing import Any

from sklearn.base import clone, is_classifier
from sklearn.ensemble import GradientBoostingClassifier, GradientBoostingRegressor

from kedro_sweep.search.reuse import _strategy
from kedro_sweep.search.study import Fold

MAX_BYTES = 256 * 2**20
BYTES_A_NODE = 80
BYTES_A_TREE = 1024  # the Python objects around the nodes
# Grow the model to one stage, grow it again to three, then compare its prefix of two.
SIZES_OF_PROOF = (1, 3, 2)


class NestedBoosting(_strategy.Strategy):
    """Keep one growing model per fold and set of other arguments, and return its first stages.

    Each stage of boosting depends only on those before it (Friedman, 2001, "Greedy function
    approximation: a gradient boosting machine").
    """

    def __init__(
        self, folds: list[Fold], cache: "_strategy.BoundedCache[PrefixModel]", label: Hashable = ""
    ) -> None:
        self._folds = folds
        self._cache = cache
        self._label = label

    def accepts(self, estimator: Any) -> bool:
        """Accept scikit-learn's own gradient boosting with a fixed number of stages."""
        return (
            type(estimator) in (GradientBoostingClassifier, GradientBoostingRegressor)
            and _strategy.has_whole_size(estimator)
            and estimator.n_iter_no_change is None
            and not estimator.warm_start
            and self._estimate_nbytes(estimator) <= self._cache.max_bytes
            and self._cache.proofs.hold(
                _strategy.describe_kind(estimator),
                lambda: self._find_difference(estimator),
                "Every boosting model is trained from scratch",
            )
        )

    def _estimate_nbytes(self, estimator: Any) -> int:
        n_classes = self._n_classes if is_classifier(estimator) else 1
        limits = [2 * self._n_rows]
        if isinstance(estimator.max_depth, int):
            limits.append(2 ** min(estimator.max_depth + 1, 64))
        if isinstance(estimator.max_leaf_nodes, int):
            limits.append(2 * estimator.max_leaf_nodes)
        n_trees: int = estimator.n_estimators * (n_classes if n_classes > 2 else 1)
        return n_trees * (min(limits) * BYTES_A_NODE + BYTES_A_TREE)

    @cached_property
    def _n_rows(self) -> int:
        return max(len(fold.y_train) for fold in self._folds)

    @cached_property
    def _n_classes(self) -> int:
        # A rare class may be missing from the training rows of a fold.
        return max(fold.y_train.nunique() for fold in self._folds)

    def _find_difference(self, estimator: Any) -> str:
        few = _strategy.take_few_rows(self._folds[0], estimator)
        typical = _strategy.make_typical(estimator)
        model = PrefixModel(typical)
        for size in SIZES_OF_PROOF:
            public = clone(typical).set_params(n_estimators=size).fit(few.X_train, few.y_train)
            prefix = model.first_stages(size, few.X_train, few.y_train)
            if difference := _strategy.compare(public, prefix, few.X_test):
                return difference
        return ""

    def fit(self, estimator: Any, fold: int) -> _strategy.FittedFold:
        rows = self._folds[fold]
        key = (self._label, fold, _strategy.params_key(estimator, "n_estimators"))
        nbytes = self._estimate_nbytes(estimator)
        model = self._cache.get(key, lambda: PrefixModel(estimator), nbytes)
        prefix = model.first_stages(estimator.n_estimators, rows.X_train, rows.y_train)
        return _strategy.FittedFold(prefix, rows.X_test, rows.y_test)


class PrefixModel:
    def __init__(self, estimator: Any) -> None:
        self._model = clone(estimator).set_params(warm_start=True)
        self._size = 0

    @property
    def nbytes(self) -> int:
        if not self._size:
            return 0
        nodes: int = sum(tree.tree_.node_count for tree in self._model.estimators_.ravel())
        return BYTES_A_NODE * nodes + BYTES_A_TREE * int(self._model.estimators_.size)

    def first_stages(self, size: int, X: Any, y: Any) -> Any:
        if size > self._size:
            grown, self._model, self._size = self._model, clone(self._model), 0
            # Only a complete fit is kept: after an error, a later one would go on from half a model.
            self._model, self._size = grown.set_params(n_estimators=size).fit(X, y), size
        prefix = copy.copy(self._model)
        prefix.estimators_ = self._model.estimators_[:size]
        prefix.n_estimators = prefix.n_estimators_ = size
        return prefix
