"""Which parameters made the training and test tables, and whether they are still the same."""

from typing import Any

import pandas as pd
from pandas.api.types import is_numeric_dtype

from kedro_sweep.errors import InputError

SHOWN = 3
REMEDY = "Run the pipeline dp again, or all pipelines."


def describe_split(
    train: pd.DataFrame,
    test: pd.DataFrame,
    *,
    y_label: str,
    frac: float,
    random_seed: int,
    stratified: bool,
) -> dict[str, Any]:
    """Describe the two tables, for runs that load them later.

    Args:
        train: Training rows, features and target.
        test: Test rows, features and target.
        y_label: Name of the target.
        frac: Share of the rows in the test table.
        random_seed: Seed of the split.
        stratified: Whether the split was stratified by the target.

    Returns:
        Plain values by name.
    """
    return {
        "frac": frac,
        "random_seed": random_seed,
        "stratified": stratified,
        "y_label": y_label,
        "y_is_number": is_numeric_dtype(train[y_label]),
        "features": [name for name in train.columns if name != y_label],
        "rows": {"train": len(train), "test": len(test)},
    }


def check_split(split: dict[str, Any], now: dict[str, Any]) -> None:
    """Check that the tables are those that the parameters describe; features may have been dropped.

    Args:
        split: What `describe_split` returned when the tables were made.
        now: Those of its values that matter now, by the same names.

    Raises:
        InputError: If they were made with others.
    """
    changed = [
        f"{name} {split[name]} → {value}"
        for name, value in now.items()
        if name != "features" and split[name] != value
    ]
    if missing := [name for name in now.get("features", []) if name not in split["features"]]:
        changed.append(f"features: {missing} are new")
    if changed:
        raise InputError(
            "The training and test tables were made with other parameters than this run has: "
            f"{'; '.join(changed)}. {REMEDY}"
        )


def check_table(table: pd.DataFrame, split: dict[str, Any], part: str, file: str) -> None:
    """Check that a table that was read back is the table that was written.

    Args:
        table: Features and target.
        split: What `describe_split` returned when it was written.
        part: `train` or `test`.
        file: The file, for the message.

    Raises:
        InputError: If rows are missing, or a column has gaps or holds text instead of numbers.
    """
    names = [*split["features"], *([split["y_label"]] if split["y_is_number"] else [])]
    numbers = [name for name in names if name in table.columns]
    reasons = [
        *(f"column '{name}' holds text" for name in numbers if not is_numeric_dtype(table[name])),
        *(f"column '{name}' has gaps" for name in table.columns if table[name].isna().any()),
    ]
    if len(table) != split["rows"][part]:
        reasons.insert(
            0,
            f"it has {len(table)} rows, and {split['rows'][part]} were written",
        )
    if reasons:
        shown = "; ".join(reasons[:SHOWN])
        raise InputError(f"{file} is not what was written: {shown}. {REMEDY}")
