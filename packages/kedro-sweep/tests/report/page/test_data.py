"""The data section joins what a column holds with what the model makes of it."""

import re
from typing import Any

import pytest

from kedro_sweep.report import ReportData, render_model_card, render_report
from kedro_sweep.report.page._data import (
    MAX_NAME,
    describe_features,
    describe_target,
    find_importance_axis,
    list_data_facts,
)
from kedro_sweep.text import MINUS, MISSING

SHARES = {"train": [0.5, 0.25, 0.25], "test": [0.0, 1.0, 0.0], "missing": [0.0, 0.0], "gaps": 0}


def make_data(**parts: Any) -> ReportData:
    return ReportData(summary={"scoring": "accuracy", "direction": "maximize"}, **parts)


def test_the_facts_name_the_rows_and_what_became_of_copies() -> None:
    data = make_data(
        parameters={
            "data.split.kind": "group",
            "data.split.column": "owner",
            "data.duplicates": "keep",
            "data.weights": "heft",
        },
        data_summary={"rows": 1143, "copies": 125, "train_rows": 865, "test_rows": 153},
    )
    assert list_data_facts(data) == {
        "Rows in the table": "1,143",
        "Equal to an earlier row": "125, kept",
        "Training rows": "865",
        "Test rows": "153",
        "Split": "group, by owner",
        "Weights": "heft",
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


def test_the_facts_name_the_times_and_the_columns_that_are_left_out() -> None:
    summary = {
        "copies": 0,
        "time": {"train": ["2024-01-01", "2024-08-17"], "test": ["2024-08-18", "2024-11-30"]},
        "left_out": {"Id": "identifier", "note": "no value", "key": "identifier"},
    }
    assert list_data_facts(make_data(data_summary=summary)) == {
        "Times": "trained to 2024-08-17, tested 2024-08-18 to 2024-11-30",
        "Left out": "Id and key (identifier); note (no value)",
    }


def test_features_are_known_from_the_card_if_the_data_was_not_summarized() -> None:
    card = {"features": {"pH": "float64"}}
    [feature] = describe_features(make_data(model_card=card))
    assert (feature["name"], feature["kind"], feature["gaps"]) == ("pH", "float64", MISSING)
    summary = {"features": {"pH": {"kind": "number", "gaps": 2}}}
    [feature] = describe_features(make_data(model_card=card, data_summary=summary))
    assert (feature["kind"], feature["gaps"], feature["bars"]) == ("number", "2", {})


@pytest.mark.parametrize(
    ("column", "values"),
    [
        ({"kind": "number", "range": [0.99007, 1.00369]}, "0.9901 to 1.0037"),
        ({"kind": "number", "range": [-7.0, 430444.6]}, f"{MINUS}7 to 430,445"),
        ({"kind": "number", "range": [0.0, 12345678901.0]}, "0 to 1.23e+10"),
        ({"kind": "number", "values": ["3", "4", "8"]}, "3 to 8"),
        ({"kind": "date", "range": ["2024-01-01", "2024-11-30"]}, "2024-01-01 to 2024-11-30"),
        ({"kind": "text", "distinct": 493, "words": 5.2}, "493 different, about 5 words"),
        ({"kind": "text", "distinct": 493, "words": 0.2}, "493 different, about 1 word"),
        ({"kind": "yes/no", "values": ["a", "no", "yes"], "train": [0, 0.51, 0.49]}, "yes: 49%"),
        ({"kind": "category", "values": ["a", "b", "c"], "distinct": 30}, "a: 50%, b: 25%, 28 more"),
        ({"kind": "category", "values": [], "distinct": 30, "train": [], "test": []}, "30 different"),
        ({"kind": "empty"}, MISSING),
    ],
)
def test_values_are_described_in_a_few_words(column: dict[str, Any], values: str) -> None:
    target = describe_target(make_data(data_summary={"target_values": SHARES | column}))
    assert target["values"] == values


@pytest.mark.parametrize(("kind", "label"), [("date", "number of rows over time"), ("other", "")])
def test_only_bars_of_dates_are_over_time(kind: str, label: str) -> None:
    target = describe_target(make_data(data_summary={"target_values": {"kind": kind, "gaps": 0}}))
    assert target["label"] == label


def test_missing_values_are_shares_of_both_parts() -> None:
    columns = {"a": [0.182, 0.2], "b": [0.001, 0.0], "c": [0.0, None], "d": [0.5, None]}
    described = {name: {"kind": "number", "missing": shares} for name, shares in columns.items()}
    features = describe_features(make_data(data_summary={"features": described}))
    assert [row["missing"] for row in features] == ["18% | 20%", "<1% | 0%", "0%", "50%"]


def test_bars_of_both_parts_have_the_same_scale_and_a_label() -> None:
    column = {"kind": "category", "distinct": 3, "values": ["a", "b", "c"]}
    target = describe_target(make_data(data_summary={"target_values": SHARES | column}))
    assert target["bars"] == {
        "train": "M0 26V13H32V19.5H64V19.5H96V26",
        "test": "M0 26V26H32V0H64V26H96V26",
    }
    assert target["label"] == "a: 50% | 0%; b: 25% | 100%; c: 25% | 0%"


def test_the_most_important_feature_is_first_and_the_axis_holds_all_that_is_drawn() -> None:
    importances = {
        "b": {"value": 0.02, "spread": 0.01, "noise": 0.05, "effect": MISSING},
        "c": {"value": 0.3, "spread": 0.1, "noise": 0.05, "effect": "↗"},
    }
    described = {name: {"kind": "number"} for name in "abcd"}
    data = make_data(importances=importances, data_summary={"features": described})
    assert [row["name"] for row in describe_features(data)] == ["c", "b", "a", "d"]
    axis = find_importance_axis(data)
    assert axis is not None
    assert (axis.low, axis.high) == (-0.05, 0.4)
    html = render_report(data)
    assert html.count('class="noise"') == 2
    assert html.count("↗") == 1
    assert find_importance_axis(make_data()) is None


def test_long_names_stay_different_and_are_complete_in_the_tooltip() -> None:
    names = [f"share of <all> the {kind} measured in each of the nights" for kind in "ab"]
    data = make_data(data_summary={"features": {name: {"kind": "number"} for name in names}})
    shown = [row["short"] for row in describe_features(data)]
    assert len({*shown}) == 2
    assert max(map(len, shown)) <= MAX_NAME
    assert render_report(data).count('title="share of &lt;all&gt; the ') == 2
    assert all(name in render_model_card(data).replace("\\", "") for name in names)


def test_of_800_features_50_are_drawn_and_all_are_named_in_a_small_page() -> None:
    column = {"kind": "number", "missing": [0.1, 0.2], "range": [0.0, 1.0], "medians": [0.5, 0.5]}
    bars = {part: [0.1234] * 10 for part in ("train", "test")}
    described = {f"feature_{n}": column | bars for n in range(800)}
    html = render_report(make_data(data_summary={"features": described}))
    assert len(re.findall('<path class="train" d="M0 26', html)) == 50
    assert all(re.search(rf"\b{name}\b", html.replace("<wbr>", "")) for name in described)
    assert len(html) < 100_000
