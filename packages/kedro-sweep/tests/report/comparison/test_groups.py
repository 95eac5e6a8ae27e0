"""Only comparable runs are in a group."""

from collections.abc import Callable
from typing import Any

import pytest

from kedro_sweep.report._runs import Run
from kedro_sweep.report.comparison._groups import Group, group_runs

Runs = Callable[..., list[Run]]
Tracked = Callable[..., Any]


def days(group: Group) -> list[int]:
    return [int(run.id[8:10]) for run in group.runs]


def test_comparable_runs_are_a_group_and_that_of_the_newest_run_is_first(
    runs: Runs, tracked: Tracked
) -> None:
    few = tracked(0.9, "b", run_parameters={"data.frac": 0.95}, sweep_summary={"rows": 52})
    groups = group_runs(runs(tracked(), few, tracked(), {"session": {"finished": False}}))
    assert [days(group) for group in groups] == [[3, 1], [2]]


@pytest.mark.parametrize(
    ("dataset", "key", "value"),
    [
        ("sweep_summary", "scoring", "f1_macro"),
        ("sweep_summary", "direction", "minimize"),
        ("run_parameters", "data.y_label", "price"),
        ("run_parameters", "data.frac", 0.95),
        ("run_parameters", "data.split.kind", "time"),
        ("run_parameters", "data.duplicates", "keep"),
        ("run_parameters", "data.random_seed", 7),
        ("run_parameters", "sweep.cv", 3),
        ("run_parameters", "sweep.cv.params.n_splits", 3),
    ],
)
def test_runs_of_earlier_releases_are_told_apart_by(
    dataset: str, key: str, value: Any, runs: Runs, tracked: Tracked
) -> None:
    other = tracked(comparable=None, **{dataset: {key: value}})
    assert len(group_runs(runs(tracked(comparable=None), other))) == 2


def test_runs_of_earlier_releases_are_comparable_whatever_else_changed(
    runs: Runs, tracked: Tracked
) -> None:
    other = tracked(comparable=None, run_parameters={"sweep.n_trials": 200, "sweep.cvs": 1})
    assert len(group_runs(runs(tracked(comparable=None), other))) == 1


def test_a_run_of_an_earlier_release_is_never_in_a_group_of_this_one(
    runs: Runs, tracked: Tracked
) -> None:
    new, old = group_runs(runs(tracked(comparable=None), tracked()))
    assert old.differ_from(new) == ["recorded by another release"]


def test_a_group_says_what_it_shares_and_how_it_differs(runs: Runs, tracked: Tracked) -> None:
    small = {"run_parameters": {"data.frac": 0.95}, "sweep_summary": {"rows": 52, "scoring": "f1_macro"}}
    few, many = group_runs(runs(tracked(), tracked(), tracked(comparable="b", **small)))
    assert many.shared == {
        "scoring": "accuracy",
        "direction": "maximize",
        "rows": "865",
        "target": "quality",
        "data.frac": "0.15",
    }
    assert many.differ_from(few) == [
        "scoring f1_macro → accuracy",
        "rows 52 → 865",
        "data.frac 0.95 → 0.15",
    ]


def test_groups_that_differ_in_the_data_only_say_so(runs: Runs, tracked: Tracked) -> None:
    below, above = group_runs(runs(tracked(), tracked(comparable="b")))
    assert below.differ_from(above) == ["other values in the data, or other folds"]


def test_what_runs_of_a_group_do_not_share_is_not_in_its_heading(runs: Runs, tracked: Tracked) -> None:
    [group] = group_runs(runs(tracked(), tracked(run_parameters={"data.frac": 0.2})))
    assert "data.frac" not in group.shared
