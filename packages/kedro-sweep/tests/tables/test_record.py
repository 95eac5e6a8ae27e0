"""Tables that were made with other parameters, or changed since, are refused."""

from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from kedro_sweep.errors import InputError
from kedro_sweep.tables import Data, check_parameters, check_table, describe_tables

DATA = Data(y_label="y", features=["a", "b"], frac=0.25)


@pytest.fixture
def train() -> pd.DataFrame:
    table = pd.DataFrame({"a": [0.1, 2.0, 1 / 3], "b": [4.0, None, 6.0], "y": ["u", "v", "u"]})
    return table.rename_axis("row")


@pytest.fixture
def record(train: pd.DataFrame) -> dict[str, Any]:
    return describe_tables(train, train.head(1), DATA, is_classifier=True)


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
    ],
    ids=str,
)
def test_a_change_since_the_tables_were_made_is_named(
    change: dict[str, Any], message: str, record: dict[str, Any]
) -> None:
    with pytest.raises(InputError, match=f"{message}.* Run the pipeline that makes the tables again"):
        check_parameters(record, change)


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
