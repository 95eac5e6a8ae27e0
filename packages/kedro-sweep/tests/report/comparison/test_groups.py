from collections.abc import Callable
from typing import Any

import pandas as pd
import pytest

from kedro_sweep.report._runs import Run
from kedro_sweep.report.comparison._groups import (
    Group,
    Score,
    Value,
    collect_scores,
    find_test_score,
    group_runs,
    make_value,
)

Runs = Callable[..., list[Run]]
Table = Callable[..., pd.DataFrame]
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


def by_name(group: Group) -> dict[str, Score]:
    return {score.name: score for score in collect_scores(group)}


def test_the_score_to_quote_comes_first_and_those_of_training_rows_last(
    runs: Runs, tracked: Tracked
) -> None:
    summary = {"corrected_value": 0.58, "default_value": 0.57, "dummy_value": 0.4}
    found = by_name(Group(runs(tracked(sweep_summary=summary))))
    assert list(found) == ["corrected", "best CV", "test acc", "untuned", "dummy", "train acc"]


def test_a_heading_tells_what_all_runs_share(runs: Runs, tracked: Tracked) -> None:
    kind = {"data.split.kind": "random", "sweep.cv": 5, "data.random_seed": 42}
    summary = {"rows": 2040, "dummy_value": 0.4254}
    alike = tracked(run_parameters=kind, sweep_summary=summary)
    shared = ["2,040 rows", "5 random folds", "15% test", "seed 42"]
    assert Group(runs(alike, alike)).facts == [*shared, "dummy 0.4254"]
    other = tracked(run_parameters=kind, sweep_summary=summary | {"dummy_value": 0.4})
    assert Group(runs(alike, other)).facts == shared


def test_metric_of_the_search_is_the_first_of_the_test(runs: Runs, tracked: Tracked) -> None:
    metrics = {"acc": 0.5, "balanced_acc": 0.3}
    summary = {"scoring": "balanced_accuracy"}
    names = list(by_name(Group(runs(tracked(test_metrics=metrics, sweep_summary=summary)))))
    assert [name for name in names if name.startswith("test ")] == ["test balanced_acc", "test acc"]


@pytest.mark.parametrize("name", ["mae", "rmse", "log_loss", "brier"])
def test_of_an_error_lower_is_better(name: str, runs: Runs, tracked: Tracked) -> None:
    assert by_name(Group(runs(tracked(test_metrics={name: 0.9}))))[f"test {name}"].lower_is_better


def test_the_test_score_has_the_sign_of_the_search_and_is_that_before_a_decision(
    runs: Runs, tracked: Tracked
) -> None:
    score = {"name": "neg_log_loss", "value": -0.61, "low": -0.65, "high": -0.58}
    summary = {"scoring": "neg_log_loss"}
    both = tracked(sweep_summary=summary, test_metrics={"log_loss": 0.61}, test_details={"score": score})
    found = by_name(Group(runs(both)))
    names = [name for name in found if name.startswith("test ")]
    assert [found[name].values for name in names[:2]] == [[Value(-0.61, -0.65, -0.58)], [Value(0.61)]]


@pytest.mark.parametrize(("scoring", "metric"), [("f1_macro", "f1_macro"), ("accuracy", "acc")])
def test_a_score_that_a_decision_changes_has_two_columns(
    scoring: str, metric: str, runs: Runs, tracked: Tracked
) -> None:
    score = {"name": scoring, "value": 0.5, "low": 0.4, "high": 0.6}
    details, summary = {"score": score, "is_decided": True}, {"scoring": scoring}
    run = tracked(sweep_summary=summary, test_metrics={metric: 0.7}, test_details=details)
    found = by_name(Group(runs(run)))
    assert found[f"test {scoring} before a decision"].values == [Value(0.5, 0.4, 0.6)]
    assert found[f"test {metric}"].values == [Value(0.7)]


def test_other_scores_of_the_best_trials_are_shown(runs: Runs, tracked: Tracked) -> None:
    scores = {"f1_macro": 0.3, "my_company.f2": None}
    group = Group(runs(tracked(), tracked(sweep_summary={"scores": scores})))
    found = by_name(group)
    assert found["CV f1_macro"].values == [Value(0.3), None]
    assert "CV f2" not in found


def test_intervals_of_test_metrics_are_those_that_were_recorded(runs: Runs, tracked: Tracked) -> None:
    group = Group(runs(tracked(test_details={"intervals": {"acc": [0.5, 0.6]}})))
    scores = by_name(group)
    assert scores["test acc"].values == [Value(0.55, 0.5, 0.6)]
    assert scores["train acc"].values == [Value(1.0)]


def test_score_that_is_no_test_metric_gets_a_column(runs: Runs, tracked: Tracked) -> None:
    more = {"score": {"name": "my.own_score", "value": 0.3, "low": 0.2, "high": 0.4}}
    run = tracked(sweep_summary={"scoring": "my.own_score"}, test_details=more)
    assert list(by_name(Group(runs(run)))) == ["best CV", "test own_score", "test acc", "train acc"]


def test_the_recorded_score_of_the_search_on_the_test_rows_is_read(
    runs: Callable[..., list[Run]], tracked: Callable[..., Any]
) -> None:
    recorded = {"name": "accuracy", "value": 0.54, "low": 0.46, "high": 0.62}
    found = map(find_test_score, runs(tracked(), tracked(test_details={"score": recorded})))
    assert list(found) == [Value(0.54, 0.46, 0.62), None]


@pytest.mark.parametrize("value", [None, float("nan"), float("inf"), "0.5"])
def test_what_is_no_number_is_no_score(value: Any) -> None:
    assert make_value(value) is None
    assert make_value(0.5, value, 1.0) == Value(0.5)
