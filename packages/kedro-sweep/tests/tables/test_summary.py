"""The summary of the data counts rows, copies, gaps and classes."""

import pandas as pd
import pytest

from kedro_sweep.tables import Data, Split, summarize_tables

TABLE = pd.DataFrame(
    {
        "size": [1.0, 2.0, None, 1.0, 5.0, 6.0],
        "color": ["red", "red", "blue", "red", None, "blue"],
        "owner": [1, 1, 2, 2, 3, 3],
        "kind": ["b", "a", "a", "b", "a", "b"],
    }
)


@pytest.fixture
def summary() -> dict[str, object]:
    """Of the table split by owner: the last one is the test."""
    data = Data(y_label="kind", split=Split(kind="group", column="owner"))
    return summarize_tables(TABLE, TABLE[:4], TABLE[4:], data, is_classifier=True)


def test_rows_and_copies_are_counted(summary: dict[str, object]) -> None:
    # The owner is no feature, so rows 0 and 3 are equal. But they are of different owners.
    counts = ("rows", "copies", "coincidences", "dropped", "train_rows", "test_rows")
    assert [summary[name] for name in counts] == [6, 1, 1, 0, 4, 2]


def test_each_feature_has_its_kind_and_its_gaps(summary: dict[str, object]) -> None:
    assert summary["features"] == {
        "size": {"kind": "number", "gaps": 1},
        "color": {"kind": "category", "gaps": 1},
    }


def test_kinds_have_the_names_that_a_profile_gives_them() -> None:
    days = [f"2026-01-0{day}" for day in range(1, 7)]
    table = TABLE.assign(day=days, paid=["yes", "no"] * 3)
    data = Data(y_label="kind", features=["day", "paid"])
    summary = summarize_tables(table, table[:3], table[3:], data, is_classifier=True)
    assert {name: feature["kind"] for name, feature in summary["features"].items()} == {
        "day": "date",
        "paid": "yes/no",
    }


def test_each_class_has_its_rows(summary: dict[str, object]) -> None:
    assert summary["target"] == "kind"
    assert summary["classes"] == {"a": {"train": 2, "test": 1}, "b": {"train": 2, "test": 1}}


def test_a_regression_has_no_classes() -> None:
    data, known = Data(y_label="size", features=["owner"]), TABLE.dropna()
    summary = summarize_tables(known, known[:3], known[3:], data, is_classifier=False)
    assert summary["classes"] == {}
    assert summary["features"].keys() == {"owner"}
