"""The lean way to grow trees gives way where it is not the public way."""

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from sklearn.tree import DecisionTreeClassifier

from kedro_sweep.search import trees
from kedro_sweep.search.trees import plan_growing

Arrays = tuple[NDArray[np.float32], NDArray[np.float64]]


@pytest.fixture
def arrays() -> Arrays:
    """Features, and two classes that depend on them."""
    rng = np.random.default_rng(0)
    X = rng.normal(size=(60, 4)).astype(np.float32)
    y = (X[:, :1] + X[:, 1:2] > 0).astype(np.float64)
    return X, y


def grow_both(arrays: Arrays, seed: int) -> tuple[Any, Any]:
    X, y = arrays
    template = DecisionTreeClassifier(max_depth=5, max_features="sqrt")
    ours = plan_growing(template, X, y, n_classes=2)(seed, None)
    theirs = DecisionTreeClassifier(max_depth=5, max_features="sqrt", random_state=seed).fit(X, y)
    return ours, theirs.tree_


@pytest.mark.parametrize("seed", range(5))
def test_a_lean_tree_is_the_public_tree(arrays: Arrays, seed: int) -> None:
    ours, theirs = grow_both(arrays, seed)
    assert np.array_equal(ours.feature, theirs.feature)
    assert np.array_equal(ours.threshold, theirs.threshold)
    assert np.array_equal(ours.value, theirs.value)


def test_without_the_private_classes_trees_grow_the_public_way(
    arrays: Arrays, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def refuse(*_: Any) -> None:
        raise TypeError("takes no arguments any more")

    monkeypatch.setattr(trees, "_grow_lean", refuse)
    ours, theirs = grow_both(arrays, 3)
    assert "slower, public way: takes no arguments any more" in caplog.text
    assert np.array_equal(ours.threshold, theirs.threshold)


def test_a_lean_tree_that_differs_is_noticed(
    arrays: Arrays, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    X, y = arrays
    with monkeypatch.context() as patch:
        patch.setattr("kedro_sweep.search.trees.NO_LIMIT", 1)
        template = DecisionTreeClassifier(max_features="sqrt")
        grow = plan_growing(template, X, y, n_classes=2)
    assert "grows other trees" in caplog.text
    expected = DecisionTreeClassifier(max_features="sqrt", random_state=1).fit(X, y).tree_
    assert np.array_equal(grow(1, None).threshold, expected.threshold)
