from typing import Any

import pandas as pd
import pytest

from kedro_sweep.report.page._facts import (
    ReportData,
    list_best_trials,
    list_classes,
    list_metrics,
    list_search_facts,
    list_search_space,
)
from kedro_sweep.text import MINUS, MISSING

SUMMARY: dict[str, Any] = {
    "study": "mine",
    "scoring": "accuracy",
    "direction": "maximize",
    "best_value": 0.613,
    "best_trial": 62,
    "n_trials": 100,
    "n_complete": 98,
    "n_pruned": 2,
    "n_fail": 0,
}
DETAILS = {
    "rows": 153,
    "intervals": {"acc": [0.46, 0.62]},
    "score": {"name": "accuracy", "value": 0.542, "low": 0.46, "high": 0.62},
}
CONTEST: dict[str, Any] = {
    "candidate": "machine",
    "candidates": [
        {"candidate": "forest", "model": "my.Forest", "n_trials": 10, "best_value": 0.5},
        {"candidate": "machine", "model": "my.Machine", "n_trials": 90, "best_value": 0.613},
    ],
}
MEMBERS = [
    {"candidate": "machine", "trial": 62, "weight": 0.6, "params": {"kernel": "rbf", "gamma": 0.1}},
    {"candidate": "machine", "trial": 9, "weight": 0.4, "params": {"kernel": "linear"}},
]


@pytest.mark.parametrize(
    ("summary", "card", "task"),
    [
        ({"task": "regression"}, {"task": "classification"}, "regression"),
        ({}, {"task": "classification"}, "classification"),
        ({"task": None}, {"task": None}, "prediction"),
        ({}, {}, "prediction"),
    ],
)
def test_the_task_is_a_word_even_if_it_is_unknown(
    summary: dict[str, Any], card: dict[str, Any], task: str
) -> None:
    assert ReportData(summary=summary, model_card=card).task == task


def make_data(summary: dict[str, Any] | None = None, **parts: Any) -> ReportData:
    return ReportData(summary=SUMMARY | (summary or {}), **parts)


def test_test_and_training_metrics_stand_side_by_side() -> None:
    data = make_data(
        test_metrics={"acc": 0.54, "brier": 0.2}, train_metrics={"acc": 0.87}, test_details=DETAILS
    )
    accuracy, brier = list_metrics(data)
    assert accuracy == {
        "name": "accuracy",
        "better": "higher",
        "test": "0.54",
        "interval": "0.46 to 0.62",
        "train": "0.87",
    }
    assert (brier["better"], brier["interval"], brier["train"]) == ("lower", MISSING, MISSING)


def test_a_class_without_test_rows_is_listed() -> None:
    scores = {"red": {"rows": 3, "precision": 0.5, "recall": 1.0, "f1": 0.67}}
    data = make_data(
        test_details={"classes": scores},
        data_summary={"classes": {"red": {"train": 9, "test": 3}, "white": {"train": 1, "test": 0}}},
    )
    red, white = list_classes(data)
    assert (red["train"], red["test"], red["predicted"]) == (9, 3, None)
    assert (red["precision"], red["recall"], red["f1"]) == (0.5, 1.0, 0.67)
    assert (white["train"], white["test"], white["f1"]) == (1, 0, None)


def test_the_search_space_is_read_from_flat_parameters() -> None:
    parameters = {
        "sweep.search_space.a__rate.low": 0.001,
        "sweep.search_space.a__rate.high": 1.0,
        "sweep.search_space.a__rate.log": True,
        "sweep.search_space.depth.low": 2,
        "sweep.search_space.depth.high": 8,
        "sweep.search_space.depth.step": 2,
        "sweep.search_space.weight.choices": ["balanced", None],
    }
    card = {"parameters": {"best": {"a__rate": 0.25, "weight": None}}}
    assert list_search_space(make_data(parameters=parameters, model_card=card)) == [
        {"name": "a__rate", "range": "0.001 to 1 (log)", "best": "0.25"},
        {"name": "depth", "range": "2 to 8 in steps of 2", "best": MISSING},
        {"name": "weight", "range": "balanced or null", "best": "null"},
    ]


@pytest.mark.parametrize(("direction", "expected"), [("maximize", ["1", "2"]), ("minimize", ["0", "2"])])
def test_the_best_trials_are_listed_each_configuration_once(direction: str, expected: list[str]) -> None:
    trials = pd.DataFrame(
        {
            "number": range(6),
            "value": [0.1, 0.9, 0.5, 0.5, 2.0, None],
            "state": ["COMPLETE"] * 4 + ["PRUNED", "FAIL"],
            "params_depth": [1, 2, 3, 3, 4, 5],
            "params_rate": [0.5, None, 0.25, 0.25, 0.1, 0.1],
        }
    )
    listed = list_best_trials(make_data({"direction": direction}, trials=trials))
    assert listed["names"] == ["depth", "rate"]
    assert [row[0] for row in listed["rows"]][:2] == expected
    assert len(listed["rows"]) == 3
    assert ["1", "0.9000", "2", MISSING] in listed["rows"]


def test_other_scores_stand_beside_the_value() -> None:
    trials = pd.DataFrame(
        {
            "number": [0, 1],
            "value": [0.5, 0.6],
            "score_neg_log_loss": [None, -1.25],
            "score_my_company.f2": [0.4, 0.3],
            "state": ["COMPLETE", "COMPLETE"],
            "params_depth": [1, 2],
        }
    )
    summary = {"scores": {"neg_log_loss": -1.25, "my_company.f2": None}}
    listed = list_best_trials(make_data(trials=trials))
    assert listed["names"] == ["negative log loss", "f2", "depth"]
    assert listed["rows"] == [
        ["1", "0.6000", f"{MINUS}1.250", "0.3000", "2"],
        ["0", "0.5000", MISSING, "0.4000", "1"],
    ]
    facts = list_search_facts(make_data(summary))
    shown = f"neg_log_loss {MINUS}1.250, my_company.f2 {MISSING}"
    assert facts["Other scores of the best trial"] == shown
    assert "Other scores of the best trial" not in list_search_facts(make_data())


def test_the_facts_name_what_was_searched() -> None:
    data = make_data(
        parameters={"sweep.cv": 5, "data.split.kind": "group"},
        model_card={"parameters": {"fixed": {"max_iter": 200}}},
    )
    search = list_search_facts(data)
    assert search["Folds"] == "5 (group split)"
    assert search["Fixed arguments"] == "max_iter: 200"
    assert search["Trials"] == "98 complete, 2 pruned"


def test_the_search_space_and_the_best_values_of_a_contest_are_those_of_the_best_candidate() -> None:
    parameters = {
        "sweep.search_space.depth.low": 1,
        "sweep.models.forest.search_space.depth.low": 1,
        "sweep.models.machine.search_space.kernel.choices": ["rbf", "linear"],
        "sweep.models.machine.search_space.gamma.low": 0.01,
        "sweep.models.machine.search_space.gamma.high": 1.0,
        "sweep.models.machine.search_space.gamma.when.kernel": "rbf",
    }
    data = make_data(
        CONTEST,
        parameters=parameters,
        best_params={"kernel": "rbf", "gamma": 0.1},
        model_card={"parameters": {"best": {}, "members": MEMBERS}},
    )
    assert list_search_space(data) == [
        {"name": "kernel", "range": "rbf or linear", "best": "rbf"},
        {"name": "gamma", "range": "0.01 to 1 if kernel is rbf", "best": "0.1"},
    ]


def test_the_best_trials_of_several_candidates_are_in_one_table() -> None:
    trials = pd.DataFrame(
        {
            "candidate": ["forest", "machine", "machine"],
            "number": [0, 0, 1],
            "value": [0.5, 0.4, 0.6],
            "state": ["COMPLETE"] * 3,
            "params_depth": pd.Series([3, None, None], dtype=object),
            "params_gamma": [None, 0.1, 0.2],
        }
    )
    assert list_best_trials(make_data(CONTEST, trials=trials)) == {
        "names": ["parameters"],
        "rows": [
            ["machine #1", "0.6000", "gamma: 0.2"],
            ["forest #0", "0.5000", "depth: 3"],
            ["machine #0", "0.4000", "gamma: 0.1"],
        ],
    }
