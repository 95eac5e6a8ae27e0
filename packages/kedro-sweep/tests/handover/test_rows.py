"""Rows are checked against the schema one by one, and converted as in training."""

import importlib.util
import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import yaml
from sklearn.compose import ColumnTransformer
from sklearn.preprocessing import StandardScaler

from kedro_sweep.errors import InputError
from kedro_sweep.handover._export import TEMPLATE
from kedro_sweep.handover._row_schema import describe_row, to_json
from kedro_sweep.tables import Data, prepare_rows
from kedro_sweep.tables.schema import check_rows, infer_schema

ROW = {"age": 41, "plan": "pro", "since": "2026-01-31T09:30:00", "active": True}


@pytest.fixture(scope="module")
def schema(customers: pd.DataFrame) -> str:
    return infer_schema(customers, [*customers], ["age"])


@pytest.fixture(scope="module")
def described(customers: pd.DataFrame, schema: str) -> dict[str, Any]:
    train = customers.astype({"active": float}).assign(left="no")
    return describe_row(schema, prepare_rows(train, {}, Data(y_label="left")))


@pytest.fixture(scope="module")
def rows(described: dict[str, Any], tmp_path_factory: pytest.TempPathFactory) -> Any:
    """The module of an exported folder that checks rows."""
    file: Path = tmp_path_factory.mktemp("export") / "rows.py"
    file.write_text((TEMPLATE / "rows.py").read_text("utf-8"), "utf-8")
    file.with_name("schema.json").write_text(json.dumps(described), "utf-8")
    spec = importlib.util.spec_from_file_location("rows", file)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_schema_says_what_to_send(described: dict[str, Any]) -> None:
    types = {name: column["type"] for name, column in described["properties"].items()}
    assert types == {
        "age": ["number", "null"],
        "plan": ["string", "null"],
        "since": ["string"],
        "active": ["boolean"],
    }
    assert described["properties"]["plan"]["training"] == {"values": ["basic", "pro"], "missing": False}
    assert described["required"] == [*types]


def test_checks_that_the_application_does_not_know_are_refused(
    customers: pd.DataFrame, schema: str
) -> None:
    train = customers[["age"]].assign(left="no")
    own = schema.replace("    nullable: true\n", "    nullable: true\n    greater_than: 0\n", 1)
    with pytest.raises(InputError, match="greater_than of the column 'age'"):
        describe_row(own, prepare_rows(train, {}, Data(y_label="left")))


@pytest.mark.parametrize(
    ("name", "check", "value"),
    [
        ("age", "isin", [1.0, 2.0]),
        ("age", "notin", [float("inf"), float("-inf"), -999.0]),
        ("plan", "str_length", {"min_value": 2}),
    ],
)
def test_stricter_values_of_known_checks_are_refused(
    name: str, check: str, value: Any, customers: pd.DataFrame, schema: str
) -> None:
    own = yaml.safe_load(schema)
    own["columns"][name][check] = value
    train = customers[["age", "plan"]].assign(left="no")
    with pytest.raises(InputError, match=f"cannot hold the check {check} of the column '{name}'"):
        describe_row(yaml.safe_dump(own), prepare_rows(train, {}, Data(y_label="left")))


def test_a_new_category_is_refused_where_the_users_schema_does(
    customers: pd.DataFrame, schema: str
) -> None:
    own = yaml.safe_load(schema)
    own["columns"]["plan"]["isin"]["raise_warning"] = False
    train = customers[["plan"]].assign(left="no")
    described = describe_row(yaml.safe_dump(own), prepare_rows(train, {}, Data(y_label="left")))
    assert described["properties"]["plan"]["enum"] == ["basic", "pro"]
    assert "values" not in described["properties"]["plan"]["training"]


def test_columns_that_a_schema_of_the_users_own_lacks_are_named(
    customers: pd.DataFrame, schema: str
) -> None:
    train = customers[["age"]].assign(new=1.0, left="no")
    with pytest.raises(InputError, match=r"not describe \['new'\]: add these"):
        describe_row(schema, prepare_rows(train, {}, Data(y_label="left")))


@pytest.mark.parametrize(
    "step", [StandardScaler(), ColumnTransformer([("scale", "passthrough", ["age"])])]
)
def test_a_model_with_a_first_step_of_its_own_is_refused(step: Any, schema: str) -> None:
    with pytest.raises(InputError, match=f"but {type(step).__name__}"):
        describe_row(schema, step)


def test_rows_become_the_table_that_the_library_would_make(
    rows: Any, customers: pd.DataFrame, schema: str, described: dict[str, Any]
) -> None:
    checked, errors, _ = check_rows(customers, schema)
    assert not errors
    sent = [dict(reversed(row.items())) | {"other": 1} for row in to_json(checked, described)]
    table, problems, warnings = rows.read_rows(sent)
    assert (problems, warnings) == ([], [])
    expected = checked.astype({"active": float, "since": "datetime64[us]"})[[*described["properties"]]]
    pd.testing.assert_frame_equal(table, expected, check_index_type=False)


@pytest.mark.parametrize(
    ("name", "value", "shown"),
    [
        ("age", "41", "41"),
        ("age", True, True),
        ("age", float("inf"), "inf"),
        ("age", 10**400, 10**400),
        ("age", [1], "[1]"),
        ("plan", 1, 1),
        ("plan", "\ud800", "\ud800"),
        ("since", "31.1.2026", "31.1.2026"),
        ("since", "2026-01-31T09:30:00Z", "2026-01-31T09:30:00Z"),
        ("since", None, None),
        ("active", "yes", "yes"),
        ("active", None, None),
    ],
)
def test_a_value_that_does_not_fit_is_named_with_its_row_and_a_remedy(
    name: str, value: Any, shown: Any, rows: Any, described: dict[str, Any]
) -> None:
    table, [problem], _ = rows.read_rows([ROW, ROW | {name: value}])
    assert table.empty
    assert {key: problem[key] for key in ("row", "column", "value")} == {
        **{"row": 1, "column": name},
        "value": shown,
    }
    assert described["properties"][name]["description"] in problem["remedy"]


def test_a_column_must_be_there_even_if_its_value_may_be_unknown(rows: Any) -> None:
    _, [problem], _ = rows.read_rows([{name: ROW[name] for name in ("plan", "since", "active")}])
    assert (problem["column"], problem["problem"]) == ("age", "is not in the row")


def test_what_training_did_not_have_is_a_warning(rows: Any) -> None:
    table, problems, warnings = rows.read_rows([ROW | {"plan": "gold"}, ROW | {"plan": None}])
    assert problems == []
    assert [(found["row"], found["value"]) for found in warnings] == [(0, "gold"), (1, None)]
    assert table["plan"].isna().tolist() == [False, True]


def test_missing_values_keep_the_type_of_their_column(rows: Any) -> None:
    table, _, _ = rows.read_rows([ROW | {"age": None}, ROW | {"age": float("nan")}])
    assert table["age"].dtype == np.float64
    assert table["age"].isna().all()
