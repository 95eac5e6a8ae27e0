"""A record of the training and test tables: the parameters they were made with, and their contents."""

import hashlib
from typing import Any

import pandas as pd
from pandas.api.types import is_numeric_dtype

from kedro_sweep.errors import InputError
from kedro_sweep.tables.parameters import Data

REMEDY = "Run the pipeline that makes the tables again, or all pipelines."


def describe_tables(
    train: pd.DataFrame, test: pd.DataFrame, data: Data, *, is_classifier: bool
) -> dict[str, Any]:
    """Describe the two tables, for runs that load them later.

    Args:
        train: Training rows, features and target.
        test: Test rows, features and target.
        data: The parameters that the tables were made with.
        is_classifier: Whether the target holds classes, which the split depends on.

    Returns:
        Plain values: the parameters, and a hash of each column of each table.
    """
    return {
        "parameters": data.model_dump() | {"is_classifier": is_classifier},
        "tables": {"train": _describe_table(train), "test": _describe_table(test)},
    }


def check_parameters(record: dict[str, Any], now: dict[str, Any]) -> None:
    """Check that the tables were made with these parameters; features may have been dropped since.

    Args:
        record: What `describe_tables` returned when the tables were made.
        now: The recorded parameters that matter to this run, with their present plain values.

    Raises:
        InputError: If the tables were made with other values.
    """
    changed = []
    columns = record["tables"]["train"]["columns"]
    for name, value in now.items():
        before = record["parameters"].get(name)
        key = f"data.{name}" if name in Data.model_fields else name
        if name == "features" and value is not None:
            if new := [feature for feature in value if feature not in columns]:
                changed.append(f"{key}: {new} are new")
        elif value != before:
            changed.append(f"{key} {before} → {value}")
    if changed:
        raise InputError(
            "The training and test tables were made with other parameters than those of this run: "
            f"{'; '.join(changed)}. {REMEDY}"
        )


def check_table(table: pd.DataFrame, record: dict[str, Any], part: str, file: str) -> None:
    """Check that a table that was loaded equals the table that was saved.

    Args:
        table: Features and target.
        record: What `describe_tables` returned when the table was saved.
        part: `train` or `test`.
        file: The file, for the message.

    Raises:
        InputError: If rows are missing, or a column differs.
    """
    before, now = record["tables"][part], _describe_table(table)
    if before == now:
        return
    if before["rows"] != now["rows"]:
        reason = f"it has {now['rows']} rows, but {before['rows']} were saved"
    elif before["labels"] != now["labels"]:
        reason = "the labels of its rows differ"
    else:
        names = {*before["columns"], *now["columns"]}
        differ = sorted(
            name for name in names if before["columns"].get(name) != now["columns"].get(name)
        )
        reason = f"the columns {differ} differ"
    raise InputError(
        f"{file} is not what was saved: {reason}. {REMEDY} If that does not help, the format of the "
        "file cannot hold a value (an empty text, or NA as a class, in a CSV file): choose another in "
        "conf/base/catalog.yml."
    )


def _describe_table(table: pd.DataFrame) -> dict[str, Any]:
    return {
        "rows": len(table),
        "labels": _hash(table.index.to_series()),
        "columns": {str(name): _hash(table[name]) for name in table.columns},
    }


def _hash(values: pd.Series) -> str:
    """Hash values regardless of their type, which may change when they are saved to a file."""
    if is_numeric_dtype(values.dtype):
        content = values.to_numpy(dtype=float, na_value=float("nan")).tobytes()
    else:
        content = "\0".join(values.astype("object").map(str)).encode()
    return hashlib.sha256(content).hexdigest()[:12]
