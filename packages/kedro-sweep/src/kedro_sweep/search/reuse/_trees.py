"""Grow the trees of a forest, whose input is checked once: a check takes as long as a small tree.

The lean builder uses private classes of scikit-learn; `NestedForests` proves it before using it.
"""

from collections.abc import Callable
from functools import partial
from threading import local
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from sklearn.base import is_classifier

# Takes a seed and the weights of the rows; returns a sklearn.tree._tree.Tree: nodes, values, predict(X).
GrowTree = Callable[[int, NDArray[np.float64] | None], Any]

NO_LIMIT = np.iinfo(np.int32).max
# Options that the builder supports only with these values, or only of these types.
PLAIN_OPTIONS = {
    "max_leaf_nodes": None,
    "min_weight_fraction_leaf": 0.0,
    "ccp_alpha": 0.0,
    "monotonic_cst": None,
}
PLAIN_TYPES = {"min_samples_leaf": int, "min_samples_split": int, "criterion": str, "splitter": str}


_thread = local()


def seed_random(seed: int) -> np.random.RandomState:
    """Seed the generator of this thread, which takes 2 µs; to make one takes 110 µs.

    Until the next call, it draws what a new one would.
    """
    if not hasattr(_thread, "random"):
        _thread.random = np.random.RandomState()
    random: np.random.RandomState = _thread.random
    random.seed(seed)
    return random


class _Input(NamedTuple):
    template: Any
    X: NDArray[np.float32]
    y: NDArray[np.float64]
    n_classes: int
    gaps: NDArray[np.bool_] | None


def plan_growing(
    template: Any, X: NDArray[np.float32], y: NDArray[np.float64], n_classes: int, *, lean: bool
) -> GrowTree:
    gaps = np.asarray(np.isnan(X).any(axis=0))
    params = template.get_params()
    is_plain = all(params.get(name, value) == value for name, value in PLAIN_OPTIONS.items()) and all(
        isinstance(params[name], kind) for name, kind in PLAIN_TYPES.items()
    )
    grow = _grow_lean if lean and is_plain else _grow_public
    return partial(grow, _Input(template, X, y, n_classes, gaps if gaps.any() else None))


def _grow_public(rows: _Input, seed: int, weight: NDArray[np.float64] | None) -> Any:
    tree = type(rows.template)(**{**rows.template.get_params(), "random_state": seed})
    # Only a tree that checks its input looks for missing values.
    has_gaps = rows.gaps is not None
    return tree.fit(rows.X, rows.y, sample_weight=weight, check_input=has_gaps).tree_


def _grow_lean(rows: _Input, seed: int, weight: NDArray[np.float64] | None) -> Any:
    from sklearn.tree import _classes as private  # noqa: PLC0415

    template, X, y, n_classes, gaps = rows
    n_rows, n_features = X.shape
    if is_classifier(template):
        criterion = private.CRITERIA_CLF[template.criterion](1, np.array([n_classes], dtype=np.intp))
    else:
        criterion = private.CRITERIA_REG[template.criterion](1, n_rows)
    n_tried, random = _count_features(template.max_features, n_features), seed_random(seed)
    leaf, gain = template.min_samples_leaf, template.min_impurity_decrease
    split = max(template.min_samples_split, 2 * leaf)
    depth = NO_LIMIT if template.max_depth is None else template.max_depth
    splitter = private.DENSE_SPLITTERS[template.splitter](criterion, n_tried, leaf, 0.0, random, None)
    builder = private.DepthFirstTreeBuilder(splitter, split, leaf, 0.0, depth, gain)
    tree = private.Tree(n_features, np.array([n_classes], dtype=np.intp), 1)
    builder.build(tree, X, y, weight, gaps)
    return tree


def _count_features(max_features: str | float | None, n_features: int) -> int:
    """As scikit-learn does."""
    if max_features is None:
        return n_features
    if isinstance(max_features, int):
        return max_features
    if isinstance(max_features, float):
        return max(1, int(max_features * n_features))
    share = {"sqrt": np.sqrt, "log2": np.log2}[max_features]
    return max(1, int(share(n_features)))
