"""The tables of the report show a run's results in readable words and numbers."""

from typing import Any

import pytest

from kedro_sweep.report.page.data import ReportData
from kedro_sweep.report.page.tables import (
    list_classes,
    list_data_facts,
    list_features,
    list_metrics,
)
from kedro_sweep.report.page.words import MISSING

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
        "test": "0.540",
        "interval": "0.460 to 0.620",
        "train": "0.870",
    }
    assert (brier["better"], brier["interval"], brier["train"]) == ("lower", MISSING, MISSING)


def test_a_class_without_test_rows_is_listed() -> None:
    scores = {"red": {"rows": 3, "precision": 0.5, "recall": 1.0, "f1": 0.67}}
    data = make_data(
        test_details={"classes": scores},
        data_summary={"classes": {"red": {"train": 9, "test": 3}, "white": {"train": 1, "test": 0}}},
    )
    red, white = list_classes(data)
    assert red == {"name": "red", "train": 9, "test": 3, "precision": 0.5, "recall": 1.0, "f1": 0.67}
    assert (white["train"], white["test"], white["f1"]) == (1, 0, None)


def test_the_facts_name_the_rows_and_what_became_of_copies() -> None:
    data = make_data(
        parameters={
            "data.split.kind": "group",
            "data.split.column": "owner",
            "data.duplicates": "keep",
        },
        data_summary={"rows": 1143, "copies": 125, "train_rows": 865, "test_rows": 153},
    )
    assert list_data_facts(data) == {
        "Rows in the table": "1,143",
        "Equal to an earlier row": "125, kept",
        "Training rows": "865",
        "Test rows": "153",
        "Split": "group, by owner",
    }
    assert list_data_facts(make_data()) == {}


@pytest.mark.parametrize(
    ("rule", "dropped", "text"),
    [
        ("auto", 125, "125, dropped"),
        ("auto", 0, "125, kept, because chance explains them"),
        ("auto", 40, "125, 40 dropped; chance explains the others"),
        ("drop", 125, "125, dropped"),
    ],
)
def test_the_facts_tell_which_equal_rows_were_dropped_and_why(
    rule: str, dropped: int, text: str
) -> None:
    summary = {"copies": 125, "dropped": dropped}
    data = make_data(parameters={"data.duplicates": rule}, data_summary=summary)
    assert list_data_facts(data) == {"Equal to an earlier row": text}


def test_features_are_known_from_the_card_if_the_data_was_not_summarized() -> None:
    card = {"features": {"pH": "float64"}}
    assert list_features(make_data(model_card=card)) == [
        {"name": "pH", "kind": "float64", "gaps": MISSING}
    ]
    summary = {"features": {"pH": {"kind": "number", "gaps": 2}}}
    assert list_features(make_data(model_card=card, data_summary=summary)) == [
        {"name": "pH", "kind": "number", "gaps": "2"}
    ]
