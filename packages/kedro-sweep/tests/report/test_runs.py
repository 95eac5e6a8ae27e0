"""A row in the table of tracked runs describes a run, which says what it changed."""

from collections.abc import Callable
from typing import Any

import pandas as pd
import pytest

from kedro_sweep.report._runs import (
    MAX_RUNS,
    Run,
    describe_changes,
    describe_count,
    read_runs,
)


def test_runs_come_newest_first_with_what_they_recorded(
    runs: Callable[..., list[Run]], tracked: Callable[..., Any]
) -> None:
    new, old = runs(tracked(0.6), {"test_metrics": {"acc": 0.5}})
    assert new.time == "2026-01-02 12:30"
    assert new.tracked == {"test_metrics": {"acc": 0.5}}
    assert old.commit == ["abc1234", "trunk", "edited since"]
    assert (old.command, new.commit) == ("", [])
    assert old.find("sweep_summary", "best_value") == 0.6
    assert (new.is_searched, old.is_searched) == (False, True)
    assert (new.model, old.model) == (None, "sklearn.svm.SVC")


def test_parameters_of_version_0_1_have_the_names_of_today(
    runs: Callable[..., list[Run]], tracked: Callable[..., Any]
) -> None:
    old = {"y_label": "taste", "split.kind": "time", "model.class": "Tree", "models": {}, "my": 1}
    [run] = runs({"run_parameters": old, "session": {}})
    assert run.parameters == {
        "data.y_label": "taste",
        "data.split.kind": "time",
        "sweep.model.class": "Tree",
        "sweep.models": {},
        "my": 1,
    }
    assert run.model == "Tree"


@pytest.mark.parametrize(
    ("session", "metrics", "end"),
    [
        ({"finished": True}, {"acc": 0.5}, "finished"),
        ({"finished": True}, {}, "finished"),
        ({"finished": False}, {"acc": 0.5}, "stopped"),
        ({"finished": False, "exception": {"type": "ValueError"}}, {}, "failed: ValueError"),
        (
            {"finished": False, "exception": {"type": "kedro_sweep.errors.InputError"}},
            {},
            "failed: InputError",
        ),
        ({"finished": False, "exception": {"type": "builtins.KeyboardInterrupt"}}, {}, "stopped"),
        # Earlier releases recorded no end.
        ({}, {"acc": 0.5}, "finished"),
        ({}, {}, "stopped"),
    ],
)
def test_end_of_a_run_is_told(session: dict[str, Any], metrics: dict[str, Any], end: str) -> None:
    assert Run("run", {"session": session, "test_metrics": metrics}).end == end


def test_a_name_may_be_no_time() -> None:
    assert Run("my run").time == ""


def test_only_the_newest_runs_are_read_and_the_count_says_so() -> None:
    table = pd.DataFrame(index=[f"run {number:03}" for number in range(MAX_RUNS + 50)])
    runs = read_runs(table)
    assert [len(runs), runs[0].id, runs[-1].id] == [MAX_RUNS, "run 249", "run 050"]
    assert describe_count(table) == "the newest 200 of 250 runs"
    assert [describe_count(table.head(n)) for n in (0, 1, 200)] == ["0 runs", "1 run", "200 runs"]


def describe(*parameters: dict[str, Any]) -> list[list[str]]:
    """Describe the changes of runs with these parameters, newest first."""
    return describe_changes([Run("run", {"session": {}, "run_parameters": each}) for each in parameters])


def test_changes_are_told_one_run_after_the_other() -> None:
    assert describe(
        {"data.frac": 0.2, "data.features": ["a", "c"]},
        {"data.frac": 0.2, "data.features": ["a", "b"]},
        {"data.frac": 0.15, "data.features": ["a", "b"]},
    ) == [["data.features: − b, + c"], ["data.frac: 0.15 → 0.2"], ["first of this group"]]  # noqa: RUF001


def test_unchanged_unrecorded_and_reordered_runs_are_told_apart() -> None:
    assert describe({"a": ["y", "x"]}, {}, {"a": ["x", "y"]}, {"a": ["x", "y"]}) == [
        ["a: another order"],
        ["parameters not recorded"],
        ["nothing"],
        ["first of this group"],
    ]


def test_new_missing_and_unset_parameters_are_told_apart() -> None:
    assert describe({"new": True, "unset": None}, {"old": "x", "unset": 3}) == [
        ["old: x → –", "unset: 3 → null", "new: – → true"],  # noqa: RUF001
        ["first of this group"],
    ]


def test_candidates_that_come_or_go_are_named_and_the_others_told_by_their_parameters() -> None:
    forest = {"sweep.models.forest.class": "Forest", "sweep.models.forest.search_space.depth.low": 1}
    machine = {"sweep.models.machine.class": "Machine"}
    deeper = {"sweep.models.forest.search_space.depth.low": 2}
    assert describe(forest | deeper, forest | machine, {"sweep.models": {}, "data.frac": 0.2}) == [
        ["sweep.models: − machine", "sweep.models.forest.search_space.depth.low: 1 → 2"],  # noqa: RUF001
        ["sweep.models: + forest, + machine", "data.frac: 0.2 → –"],  # noqa: RUF001
        ["first of this group"],
    ]
