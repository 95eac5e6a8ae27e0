"""The lean builder grows exactly scikit-learn's trees; without it the public class grows them."""

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor

from kedro_sweep.search.reuse import _trees as trees
from kedro_sweep.search.reuse._trees import plan_growing, seed_random

Arrays = tuple[NDArray[np.float32], NDArray[np.float64]]

SHARED = {"max_depth": 5, "max_features": "sqrt"}


@pytest.fixture
def arrays() -> Arrays:
    """Features, and two classes that depend on them."""
    rng = np.random.default_rng(0)
    X = rng.normal(size=(60, 4)).astype(np.float32)
    y = (X[:, :1] + X[:, 1:2] > 0).astype(np.float64)
    return X, y


def assert_equal(left: Any, right: Any) -> None:
    assert np.array_equal(left.feature, right.feature)
    assert np.array_equal(left.threshold, right.threshold)
    assert np.array_equal(left.value, right.value)


def fail_to_fit(*_: Any, **__: Any) -> Any:
    raise AssertionError("a tree grew the other way")


@pytest.mark.parametrize(
    ("tree_class", "n_classes"), [(DecisionTreeClassifier, 2), (DecisionTreeRegressor, 1)]
)
@pytest.mark.parametrize("seed", range(3))
def test_a_tree_of_the_lean_builder_is_the_public_tree(
    tree_class: Any,
    n_classes: int,
    seed: int,
    arrays: Arrays,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    expected = tree_class(**SHARED, random_state=seed).fit(*arrays).tree_
    grow = plan_growing(tree_class(**SHARED), *arrays, n_classes, lean=True)
    monkeypatch.setattr(tree_class, "fit", fail_to_fit)
    assert_equal(grow(seed, None), expected)


@pytest.mark.parametrize(
    ("options", "lean"),
    [({"max_leaf_nodes": 5}, True), (SHARED, False)],
    ids=["options that the lean builder lacks", "no lean builder"],
)
def test_other_trees_grow_through_the_public_class(
    options: dict[str, Any], lean: bool, arrays: Arrays, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(trees, "_grow_lean", fail_to_fit)
    grow = plan_growing(DecisionTreeClassifier(**options), *arrays, 2, lean=lean)
    expected = DecisionTreeClassifier(**options, random_state=3).fit(*arrays).tree_
    assert_equal(grow(3, None), expected)


def test_a_thread_draws_what_a_new_generator_draws_whatever_was_drawn_before() -> None:
    for seed in (3, 2**31 - 2, 3):
        expected = np.random.RandomState(seed)
        drawn = seed_random(seed).choice(9, 9), seed_random(seed).randint(9, size=9)
        assert np.array_equal(drawn[0], expected.choice(9, 9))
        assert np.array_equal(drawn[1], np.random.RandomState(seed).randint(9, size=9))
