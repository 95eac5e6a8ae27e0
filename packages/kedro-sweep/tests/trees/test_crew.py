"""Trees are the same in every process, and no helper outlives the process that it helps."""

import gc
import os
from collections.abc import Iterator
from socket import SHUT_RDWR, socket
from typing import Any

import numpy as np
import pytest
from sklearn.tree import DecisionTreeClassifier

from kedro_sweep.trees import Crew, Growth, Plan, Rows
from kedro_sweep.trees.remote import RemoteHelper, start_process


@pytest.fixture
def plan() -> Plan:
    """What the trees of a small forest share."""
    rng = np.random.default_rng(0)
    X = rng.normal(size=(80, 4)).astype(np.float32)
    y = (X[:, :1] + X[:, 1:2] > 0).astype(np.float64)
    template = DecisionTreeClassifier(max_depth=5, max_features="sqrt")
    return Plan(Rows(X[:60], y[:60], 2, X[60:]), template, bootstrap=True, lean=True)


@pytest.fixture
def crew() -> Iterator[Crew]:
    """This process, which may hire helpers."""
    crew = Crew()
    yield crew
    crew.close()


def start_growing(plan: Plan) -> Growth:
    """Start a forest of ten trees."""
    return Growth(plan, seeds=list(range(10)))


def assert_grown(growth: Growth) -> None:
    """Check that every tree is the one of its seed."""
    for number, seed in enumerate(growth.seeds):
        expected, found = growth.plan.grow(seed), growth.trees[number]
        assert found.depth == expected.depth
        assert np.array_equal(found.prediction, expected.prediction)


def fail_to_grow(*_: Any) -> Any:
    raise AssertionError("this process grew a tree")


@pytest.mark.parametrize("n_helpers", [0, 1, 3])
@pytest.mark.usefixtures("helping_threads")
def test_a_crew_of_any_size_grows_the_same_trees(n_helpers: int, crew: Crew, plan: Plan) -> None:
    crew.hire(n_helpers)
    growth = start_growing(plan)
    crew.finish(growth, range(4))
    assert sorted(growth.trees) == [0, 1, 2, 3]
    crew.finish(growth, range(10))
    assert_grown(growth)


@pytest.mark.usefixtures("helping_threads")
def test_what_is_ordered_ahead_need_not_be_grown_here(
    crew: Crew, plan: Plan, monkeypatch: pytest.MonkeyPatch
) -> None:
    crew.hire(1)
    crew.receive()
    growth = start_growing(plan)
    crew.order(growth, range(10), ahead=True)
    monkeypatch.setattr(Growth, "grow", fail_to_grow)
    [helper] = crew._helpers
    while helper.get_orders(growth):
        helper.connection.poll(10)
        crew.receive()
    crew.finish(growth, range(10))
    assert_grown(growth)


@pytest.mark.usefixtures("helping_threads")
def test_trees_of_a_helper_that_ends_are_grown_here(
    crew: Crew, plan: Plan, caplog: pytest.LogCaptureFixture
) -> None:
    crew.hire(1)
    crew.receive()
    growth = start_growing(plan)
    with socket(fileno=os.dup(crew._helpers[0].connection.fileno())) as end:
        end.shutdown(SHUT_RDWR)
    crew.order(growth, range(10))
    crew.finish(growth, range(10))
    assert_grown(growth)
    assert caplog.messages == [
        "A helper process that grows trees ended. The search continues without it."
    ]
    assert not crew.is_helped


@pytest.mark.usefixtures("helping_threads")
def test_a_tree_that_a_helper_cannot_grow_fails_here_with_the_reason(crew: Crew, plan: Plan) -> None:
    crew.hire(1)
    broken = Plan(plan.rows, DecisionTreeClassifier(max_features="nonsense"), bootstrap=True, lean=False)
    with pytest.raises(ValueError, match="nonsense"):
        crew.finish(start_growing(broken), range(10))


@pytest.mark.usefixtures("helping_threads")
def test_a_helper_keeps_only_forests_that_are_here(crew: Crew, plan: Plan) -> None:
    crew.hire(1)
    crew.receive()
    crew.finish(start_growing(plan), range(3))
    gc.collect()
    other = start_growing(plan)
    crew.finish(other, range(3))
    [helper] = crew._helpers
    assert list(helper._orders) == [other.name]


def test_a_helping_process_grows_trees_and_ends_with_the_connection(plan: Plan) -> None:
    # Only a process shows that it starts with what it imports, and that it ends.
    connection, end = start_process()
    helper = RemoteHelper(connection, end)
    assert connection.poll(60)
    growth = start_growing(plan)
    assert helper.receive({growth.name: growth})
    helper.order(growth, list(range(10)), ahead=False)
    while helper.get_orders(growth):
        assert connection.poll(60)
        helper.receive({growth.name: growth})
    assert_grown(growth)
    connection.close()
    process = end.args[0]  # type: ignore[attr-defined]
    assert process.wait(60) == 0
