"""A run says what it changed against another one."""

from typing import Any

from kedro_sweep.report._runs import Run
from kedro_sweep.report.comparison._changes import describe_changes

FOREST = {"sweep.model.class": "sklearn.ensemble.RandomForestClassifier"}
DEPTH = {"sweep.search_space.depth.low": 1, "sweep.search_space.depth.high": 9}


def describe(before: dict[str, Any], now: dict[str, Any], **more: Any) -> list[str]:
    """Describe what the second parameters change of the first."""
    reference = Run("old", {"run_parameters": before})
    return describe_changes(Run("new", {"run_parameters": now} | more), reference)


def test_the_model_the_trials_and_the_search_space_are_told_in_words() -> None:
    trees = {"sweep.model.class": "sklearn.ensemble.ExtraTreesClassifier", "sweep.n_trials": 30}
    assert describe(
        FOREST | DEPTH | {"sweep.n_trials": 100}, trees | {"sweep.search_space.C.low": 1}
    ) == [
        "random forest → extra trees",
        "n_trials: 100 → 30",
        "own search space (C)",
    ]


def test_models_of_the_same_name_are_told_apart_by_their_paths() -> None:
    assert describe({"sweep.model.class": "a.Tree"}, {"sweep.model.class": "b.Tree"}) == [
        "model.class: a.Tree → b.Tree"
    ]


def test_of_the_same_search_space_the_changed_bounds_are_told() -> None:
    assert describe(DEPTH, DEPTH | {"sweep.search_space.depth.high": 20}) == [
        "search_space.depth.high: 9 → 20"
    ]


def test_a_contest_is_told_by_its_models_without_what_it_brings_along() -> None:
    contest: dict[str, Any] = FOREST | {
        "sweep.models.tree.class": "Tree",
        "sweep.models.boost.class": "Boost",
    }
    single = FOREST | DEPTH | {"sweep.models": {}, "sweep.ensemble.size": 0}
    contest |= {"sweep.ensemble.size": 25, "sweep.timeout": 15}
    recorded = {"session": {"env": "contest"}, "sweep_summary": {"candidates": [{}]}}
    assert describe(single, contest, **recorded) == [
        "random forest → env contest: 1 model",
        "timeout: – → 15",  # noqa: RUF001
    ]
    assert describe(contest, single)[0] == "contest: 2 models → random forest"


def test_candidates_that_come_or_go_are_named_and_the_others_told_by_their_parameters() -> None:
    forest = {"sweep.models.forest.class": "Forest", "sweep.models.forest.search_space.depth.low": 1}
    machine = {"sweep.models.machine.class": "Machine"}
    deeper = forest | {"sweep.models.forest.search_space.depth.low": 2}
    assert describe(forest | machine, deeper) == [
        "contest: − machine",  # noqa: RUF001
        "models.forest.search_space.depth.low: 1 → 2",
    ]


def test_unchanged_unrecorded_and_reordered_runs_are_told_apart() -> None:
    assert describe({"a": ["x", "y"]}, {"a": ["x", "y"]}) == ["nothing"]
    assert describe({"a": ["x", "y"]}, {}) == ["parameters not recorded"]
    assert describe({"a": ["x", "y"]}, {"a": ["y", "x"]}) == ["a: another order"]


def test_new_missing_and_unset_parameters_and_parts_of_lists_are_told_apart() -> None:
    before = {"old": "x", "unset": 3, "features": ["a", "b"]}
    assert describe(before, {"new": True, "unset": None, "features": ["a", "c"]}) == [
        "old: x → –",  # noqa: RUF001
        "unset: 3 → null",
        "features: − b, + c",  # noqa: RUF001
        "new: – → true",  # noqa: RUF001
    ]
