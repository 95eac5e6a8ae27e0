"""What a run records about its tables: changes are refused, rows counted, groups found."""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from kedro_sweep.errors import InputError
from kedro_sweep.tables import Data, Split
from kedro_sweep.tables._record import (
    check_parameters,
    check_table,
    find_row_groups,
    summarize_tables,
)

DATA = Data(y_label="y", features=["a", "b"], frac=0.25)


@pytest.fixture
def train() -> pd.DataFrame:
    table = pd.DataFrame({"a": [0.1, 2.0, 1 / 3], "b": [4.0, None, 6.0], "y": ["u", "v", "u"]})
    return table.rename_axis("row")


@pytest.fixture
def record(train: pd.DataFrame) -> dict[str, Any]:
    return summarize_tables(train, train, train, train.head(1), DATA, is_classifier=True)


@pytest.mark.parametrize("features", [["a", "b"], ["b"]], ids=["the same", "one dropped"])
def test_the_same_parameters_with_or_without_a_feature_pass(
    features: list[str], record: dict[str, Any]
) -> None:
    check_parameters(record, DATA.model_dump() | {"features": features, "is_classifier": True})


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"frac": 0.5}, r"data\.frac 0\.25 → 0\.5"),
        ({"y_label": "b"}, "data.y_label y → b"),
        ({"is_classifier": False}, "is_classifier True → False"),
        ({"features": ["a", "c"]}, r"data\.features: \['c'\] are new"),
        ({"slices": ["b"]}, r"data\.slices \[\] → \['b'\]"),
    ],
    ids=str,
)
def test_a_change_since_the_tables_were_made_is_named(
    change: dict[str, Any], message: str, record: dict[str, Any]
) -> None:
    with pytest.raises(InputError, match=f"{message}.* Run the pipeline that makes the tables again"):
        check_parameters(record, change)


def test_a_record_of_a_release_without_a_parameter_passes(record: dict[str, Any]) -> None:
    del record["parameters"]["slices"]
    check_parameters(record, DATA.model_dump() | {"is_classifier": True})


@pytest.mark.parametrize("kind", ["csv", "parquet", "pickle"])
def test_a_table_passes_when_a_file_has_held_it(
    kind: str, train: pd.DataFrame, record: dict[str, Any], tmp_path: Path
) -> None:
    file = tmp_path / "train"
    getattr(train, f"to_{kind}")(file)
    arguments = {"index_col": "row"} if kind == "csv" else {}
    read = getattr(pd, f"read_{kind}")(file, **arguments)
    check_table(read, record, "train", str(file))


@pytest.mark.parametrize(
    ("damaged", "message"),
    [
        (lambda table: table.head(2), "it has 2 rows, but 3 were saved"),
        (lambda table: table.assign(b=["4", "x", "6"]), r"the columns \['b'\] differ"),
        (lambda table: table.assign(a=[0.1, 2.0, 0.33]), r"the columns \['a'\] differ"),
        (lambda table: table.drop(columns="a"), r"the columns \['a'\] differ"),
        (lambda table: table.rename(index={2: 9}), "the labels of its rows differ"),
    ],
)
def test_a_table_that_was_changed_is_named_by_its_file(
    damaged: Any, message: str, train: pd.DataFrame, record: dict[str, Any]
) -> None:
    with pytest.raises(InputError, match=rf"data/train\.csv is not what was saved: {message}"):
        check_table(damaged(train), record, "train", "data/train.csv")


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
    return summarize_tables(TABLE, TABLE, TABLE[:4], TABLE[4:], data, is_classifier=True)


def test_rows_and_copies_are_counted(summary: dict[str, object]) -> None:
    # The owner is no feature, so rows 0 and 3 are equal. But they are of different owners.
    counts = ("rows", "copies", "coincidences", "dropped", "train_rows", "test_rows")
    assert [summary[name] for name in counts] == [6, 0, 0, 0, 4, 2]


def test_each_feature_has_its_kind_and_its_gaps(summary: dict[str, Any]) -> None:
    found = {name: (own["kind"], own["gaps"]) for name, own in summary["features"].items()}
    assert found == {"size": ("number", 1), "color": ("category", 1)}


def test_gaps_are_counted_before_data_processing_fills_them() -> None:
    data, filled = Data(y_label="kind", features=["size"]), TABLE.fillna({"size": 3.0})
    summary = summarize_tables(TABLE, TABLE, filled[:4], filled[4:], data, is_classifier=True)
    assert summary["features"]["size"]["missing"] == [0.25, 0.0]


def test_a_column_that_is_left_out_has_its_reason() -> None:
    raw = TABLE.assign(row_id=range(6), note=None, old=[7, 7, 8, 8, 8, 9])
    used = TABLE.drop(columns=["owner"])

    def explain(table: pd.DataFrame, **data: Any) -> dict[str, str]:
        record = summarize_tables(
            raw, table, table[:4], table[4:], Data(y_label="kind", **data), is_classifier=True
        )
        reasons: dict[str, str] = record["left_out"]
        return reasons

    why = {"row_id": "identifier", "note": "no value"}
    assert explain(used, drop=["owner", "row_id", "old"]) == why | dict.fromkeys(
        ["owner", "old"], "data.drop"
    )
    listed = explain(used, features=["size", "color"])
    assert listed == why | dict.fromkeys(["owner", "old"], "not in data.features")


@pytest.mark.parametrize(
    ("days", "shown"),
    [
        (
            pd.date_range("2026-01-01", periods=6),
            ["2026-01-01", "2026-01-04", "2026-01-05", "2026-01-06"],
        ),
        (pd.Index(range(6)), ["0", "3", "4", "5"]),
    ],
    ids=["dates", "numbers"],
)
def test_a_split_by_time_has_its_first_and_last_times(days: Any, shown: list[str]) -> None:
    table = TABLE.assign(day=days)
    data = Data(y_label="kind", split=Split(kind="time", column="day"))
    times = summarize_tables(table, table, table[:4], table[4:], data, is_classifier=True)["time"]
    assert [*times["train"], *times["test"]] == shown


def test_each_class_has_its_rows(summary: dict[str, object]) -> None:
    assert summary["target"] == "kind"
    assert summary["classes"] == {"a": {"train": 2, "test": 1}, "b": {"train": 2, "test": 1}}


def test_a_regression_has_no_classes() -> None:
    data, known = Data(y_label="size", features=["owner"]), TABLE.dropna()
    summary = summarize_tables(known, known, known[:3], known[3:], data, is_classifier=False)
    assert summary["classes"] == {}
    assert summary["features"].keys() == {"owner"}


RANDOM = Data(y_label="kind")


@pytest.fixture
def raw() -> pd.DataFrame:
    random = np.random.default_rng(0)
    return pd.DataFrame(
        {
            "row_id": range(100),
            "patient": random.permutation([f"P{n}" for n in range(20)] * 5),
            "weight": random.normal(70, 10, 100),
            "tags": [["a"], ["b"]] * 50,
            "kind": random.choice(["ill", "well"], 100),
        },
        index=range(7, 107),
    )


def test_rows_of_one_group_have_one_number(raw: pd.DataFrame) -> None:
    train, test = raw[["weight", "kind"]][20:], raw[["weight", "kind"]][:10]
    groups = find_row_groups(raw, train, test, RANDOM)
    assert list(groups.columns) == ["patient"]
    assert groups.index.tolist() == [*train.index, *test.index]
    named = raw.loc[groups.index, "patient"]
    assert pd.factorize(named)[0].tolist() == groups["patient"].tolist()


@pytest.mark.parametrize(
    "split", [Split(kind="group", column="weight"), Split(kind="time", column="weight")]
)
def test_only_a_random_split_ignores_groups(split: Split, raw: pd.DataFrame) -> None:
    data = Data(y_label="kind", split=split)
    assert find_row_groups(raw, raw[:80], raw[80:], data).shape == (100, 0)


def test_a_table_without_groups_has_none(raw: pd.DataFrame) -> None:
    table = raw.drop(columns="patient")
    assert find_row_groups(table, table[:80], table[80:], RANDOM).shape == (100, 0)
