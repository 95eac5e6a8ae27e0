"""Each run says what it changed."""

from typing import Any

from kedro_sweep.report.comparison.changes import describe_changes
from kedro_sweep.report.comparison.runs import Run


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
