"""The lean builder grows exactly scikit-learn's trees; otherwise the public class grows them."""

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor

from kedro_sweep.search import trees
from kedro_sweep.search.trees import plan_growing

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
    raise AssertionError("a tree grew through its public class")


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
    caplog: pytest.LogCaptureFixture,
) -> None:
    expected = tree_class(**SHARED, random_state=seed).fit(*arrays).tree_
    grow = plan_growing(tree_class(**SHARED), *arrays, n_classes)
    monkeypatch.setattr(tree_class, "fit", fail_to_fit)
    assert_equal(grow(seed, None), expected)
    assert caplog.messages == []


def test_options_that_the_lean_builder_lacks_grow_through_the_public_class(
    arrays: Arrays, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(trees, "_grow_lean", fail_to_fit)
    grow = plan_growing(DecisionTreeClassifier(max_leaf_nodes=5), *arrays, 2)
    expected = DecisionTreeClassifier(max_leaf_nodes=5, random_state=3).fit(*arrays).tree_
    assert_equal(grow(3, None), expected)
    assert caplog.messages == []


def test_without_the_private_classes_trees_grow_through_the_public_class(
    arrays: Arrays, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def refuse(*_: Any) -> None:
        raise TypeError("takes no arguments any more")

    monkeypatch.setattr(trees, "_grow_lean", refuse)
    grow = plan_growing(DecisionTreeClassifier(**SHARED), *arrays, 2)
    expected = DecisionTreeClassifier(**SHARED, random_state=3).fit(*arrays).tree_
    assert_equal(grow(3, None), expected)
    assert "the slower public class: takes no arguments any more" in caplog.text


def test_a_lean_tree_that_differs_is_noticed(
    arrays: Arrays, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(trees, "NO_LIMIT", 1)
        grow = plan_growing(DecisionTreeClassifier(max_features="sqrt"), *arrays, 2)
    assert "the lean builder grows other trees" in caplog.text
    expected = DecisionTreeClassifier(max_features="sqrt", random_state=1).fit(*arrays).tree_
    assert_equal(grow(1, None), expected)
