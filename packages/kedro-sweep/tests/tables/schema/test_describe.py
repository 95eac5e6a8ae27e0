"""The schema knows the training rows, and nothing else."""

import numpy as np
import pandas as pd
import pytest
import yaml

from kedro_sweep.tables import Data, Split, select_columns
from kedro_sweep.tables.schema import check_rows, describe_raw_rows, infer_schema

RAW = pd.DataFrame(
    {
        "alcohol": [9.0, 9.5, 10.0, np.nan, 8.0],
        "color": ["red", None, "white", "red", None],
        "owner": ["a", "a", "b", "c", "c"],
        "quality": [5, 6, 7, 5, 6],
    },
    index=[3, 1, 4, 8, 9],
)
TRAIN, TEST = RAW.head(3), RAW.tail(2)


def describe(impute: str) -> str:
    """Describe the training rows of two features of `RAW`."""
    given = {"y_label": "quality", "features": ["alcohol", "color"], "impute": impute}
    split = Split(kind="group", column="owner")
    return describe_raw_rows(RAW, TRAIN, Data.model_validate({**given, "split": split}))


@pytest.mark.parametrize(("impute", "is_filled"), [("mean", True), ("in_model", True), ("none", False)])
def test_the_schema_allows_gaps_that_are_filled_or_were_in_the_training_rows(
    impute: str, is_filled: bool
) -> None:
    _, errors, _ = check_rows(TEST[["color", "alcohol"]], describe(impute))
    expected = [] if is_filled else [("alcohol", (8,))]
    assert [(error.column, error.rows) for error in errors] == expected


def test_the_schema_knows_the_values_of_the_training_rows_only() -> None:
    _, errors, warnings = check_rows(TEST.assign(color=["white", "pink"]), describe("mean"))
    assert errors == []
    assert [(warning.column, warning.rows) for warning in warnings] == [
        ("alcohol", (8,)),  # filled by the model
        ("color", (9,)),
    ]


def test_the_schema_knows_nothing_of_test_rows_whatever_the_row_labels_are() -> None:
    raw = pd.DataFrame({"kind": ["old"] * 4 + ["new"] * 4, "y": range(8)}, index=[0, 1, 2, 3] * 2)
    data = Data(y_label="y")
    schema = describe_raw_rows(raw, select_columns(raw, data)[:4], data)
    assert "old" in schema
    assert "new" not in schema


def test_a_mark_of_a_missing_date_does_not_make_dates_texts() -> None:
    days = ["?", *pd.date_range("2024-01-01", periods=60).strftime("%Y-%m-%d")]
    schema = infer_schema(pd.DataFrame({"visit": days}), ["visit"])
    column = yaml.safe_load(schema)["columns"]["visit"]
    assert column["description"] == "a date such as 2024-01-01"
    new = pd.DataFrame({"visit": ["2025-03-04", "?", "31.01.2025"]})
    _, errors, _ = check_rows(new, schema)
    assert [(error.column, error.rows) for error in errors] == [("visit", (2,))]


def test_the_schema_has_no_ranges() -> None:
    schema = yaml.safe_load(infer_schema(pd.DataFrame({"x": [1, 2], "y": [0.5, None]}), ["x", "y"]))
    infinite = [float("inf"), float("-inf")]
    for column in schema["columns"].values():
        del column["metadata"]
    assert schema["columns"] == {
        "x": {"dtype": "float64", "coerce": True, "notin": infinite},
        "y": {"dtype": "float64", "coerce": True, "nullable": True, "notin": infinite},
    }


def test_only_the_features_are_in_the_schema() -> None:
    schema = yaml.safe_load(infer_schema(pd.DataFrame({"x": [1], "id": [7]}), ["x"]))
    assert list(schema["columns"]) == ["x"]
