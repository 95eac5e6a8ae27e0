"""Grow the single trees of a forest, without the checks that each tree would repeat.

scikit-learn spends as long on checking the input of a small tree as on the tree. A forest has one
input, so the checks can be made once. That takes classes which scikit-learn does not promise to
keep, so each plan of growing proves itself on a small tree against the public class, and steps
aside if the two differ in anything.
"""

import logging
from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.base import is_classifier

logger = logging.getLogger(__name__)

# A tree as sklearn.tree._tree.Tree: nodes, values, predict(X).
Tree = Any
GrowTree = Callable[[int, NDArray[np.float64] | None], Tree]

ROWS_OF_PROOF = 300
NO_LIMIT = np.iinfo(np.int32).max


def plan_growing(
    template: Any, X: NDArray[np.float32], y: NDArray[np.float64], n_classes: int
) -> GrowTree:
    """Decide how the trees of one forest on one fold are grown.

    Args:
        template: An unfitted decision tree with the arguments that the trees share.
        X: Training features, shape (n, n_features), C-contiguous and finite.
        y: Training target, shape (n, 1): class numbers from 0, or values.
        n_classes: Number of classes; 1 for a regression.

    Returns:
        A function of a tree's random state and row weights (None for all 1) that grows the tree.
        Several threads may call it at once.
    """
    grow = partial(_grow_public, template, X, y)
    if not _is_plain(template):
        return grow
    X_few, y_few, n_few = _take_few_rows(X, y, n_classes)
    # The public class goes first: it checks the arguments, which the lean builder does not.
    expected = _grow_public(template, X_few, y_few, 0, None)
    try:
        found = _grow_lean(template, X_few, y_few, n_few, 0, None)
        difference = "" if _are_equal(expected, found) else "the lean builder grows other trees"
    except (ImportError, AttributeError, TypeError, ValueError, KeyError) as error:
        difference = str(error)
    if difference:
        logger.warning("Trees grow through the slower public class: %s.", difference)
        return grow
    return partial(_grow_lean, template, X, y, n_classes)


def _take_few_rows(
    X: NDArray[np.float32], y: NDArray[np.float64], n_classes: int
) -> tuple[NDArray[np.float32], NDArray[np.float64], int]:
    """Take rows from all over the table, with classes numbered anew: a proof need not cost a tree."""
    step = len(X) // ROWS_OF_PROOF + 1
    X_few, y_few = np.ascontiguousarray(X[::step]), np.ascontiguousarray(y[::step])
    if n_classes == 1:
        return X_few, y_few, 1
    classes, numbers = np.unique(y_few, return_inverse=True)
    return X_few, np.ascontiguousarray(numbers, dtype=np.float64).reshape(-1, 1), len(classes)


def _grow_public(
    template: Any,
    X: NDArray[np.float32],
    y: NDArray[np.float64],
    seed: int,
    weight: NDArray[np.float64] | None,
) -> Tree:
    tree = type(template)(**{**template.get_params(), "random_state": seed})
    return tree.fit(X, y, sample_weight=weight, check_input=False).tree_


# Options whose other values take more than the builder does.
PLAIN_OPTIONS = {
    "max_leaf_nodes": None,
    "min_weight_fraction_leaf": 0.0,
    "ccp_alpha": 0.0,
    "monotonic_cst": None,
    "class_weight": None,
}


def _is_plain(template: Any) -> bool:
    params = template.get_params()
    return (
        all(params.get(name, value) == value for name, value in PLAIN_OPTIONS.items())
        and isinstance(template.min_samples_leaf, int)
        and isinstance(template.min_samples_split, int)
        and isinstance(template.criterion, str)
        and isinstance(template.splitter, str)
    )


def _grow_lean(
    template: Any,
    X: NDArray[np.float32],
    y: NDArray[np.float64],
    n_classes: int,
    seed: int,
    weight: NDArray[np.float64] | None,
) -> Tree:
    from sklearn.tree import _classes as private  # noqa: PLC0415

    n_rows, n_features = X.shape
    if is_classifier(template):
        criterion = private.CRITERIA_CLF[template.criterion](1, np.array([n_classes], dtype=np.intp))
    else:
        criterion = private.CRITERIA_REG[template.criterion](1, n_rows)
    splitter = private.DENSE_SPLITTERS[template.splitter](
        criterion,
        _count_features(template.max_features, n_features),
        template.min_samples_leaf,
        0.0,
        np.random.RandomState(seed),
        None,
    )
    builder = private.DepthFirstTreeBuilder(
        splitter,
        max(template.min_samples_split, 2 * template.min_samples_leaf),
        template.min_samples_leaf,
        0.0,
        NO_LIMIT if template.max_depth is None else template.max_depth,
        template.min_impurity_decrease,
    )
    tree = private.Tree(n_features, np.array([n_classes], dtype=np.intp), 1)
    builder.build(tree, X, y, weight, None)
    return tree


def _count_features(max_features: str | float | None, n_features: int) -> int:
    """Count the features that a split looks at, by scikit-learn's rules for `max_features`."""
    if max_features is None:
        return n_features
    if isinstance(max_features, int):
        return max_features
    if isinstance(max_features, float):
        return max(1, int(max_features * n_features))
    share = {"sqrt": np.sqrt, "log2": np.log2}[max_features]
    return max(1, int(share(n_features)))


def _are_equal(left: Tree, right: Tree) -> bool:
    """Compare two trees node by node."""
    left_nodes, right_nodes = left.__getstate__(), right.__getstate__()
    return left_nodes.keys() == right_nodes.keys() and all(
        np.array_equal(left_nodes[name], right_nodes[name]) for name in left_nodes
    )
