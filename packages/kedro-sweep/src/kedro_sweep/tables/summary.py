"""A summary of the data: rows, duplicates, missing values, kinds of features, classes."""

from typing import Any

import pandas as pd

from kedro_sweep.tables.columns import list_features
from kedro_sweep.tables.duplicates import find_repeated
from kedro_sweep.tables.parameters import Data
from kedro_sweep.tables.profile import describe_column


def summarize_tables(
    table: pd.DataFrame,
    train: pd.DataFrame,
    test: pd.DataFrame,
    data: Data,
    *,
    is_classifier: bool,
) -> dict[str, Any]:
    """Summarize the rows that a model is trained and tested on.

    Args:
        table: All rows with a target, before the split.
        train: Training rows, before missing values are filled.
        test: Test rows, before missing values are filled.
        data: Names the columns.
        is_classifier: Whether the target holds classes.

    Returns:
        Plain values: numbers of rows, of `copies` (rows equal to an earlier one in all features and the
        target, before any are dropped), of those that chance explains, and of dropped rows; the kind and
        the missing values of each feature; and the number of training and test rows per class; no
        classes for a regression.
    """
    names, target, split = list_features(table, data), data.y_label, data.split
    columns = [describe_column(table[name]) for name in names]
    # As in the split: rows of different times are no copies, and neither are those of different groups.
    column = [str(split.column)] if split.column and split.column not in names else []
    compared = [*names, target, *(column if split.kind == "time" else [])]
    copies = find_repeated(table[compared], unless_chance=False).sum()
    unexplained = find_repeated(table[[*names, target, *column]], unless_chance=True).sum()
    classes = {
        str(label): {
            "train": int((train[target] == label).sum()),
            "test": int((test[target] == label).sum()),
        }
        for label in (sorted(table[target].unique()) if is_classifier else [])
    }
    return {
        "rows": len(table),
        "copies": int(copies),
        "coincidences": int(copies - unexplained),
        "dropped": len(table) - len(train) - len(test),
        "train_rows": len(train),
        "test_rows": len(test),
        "target": target,
        "features": {column.name: {"kind": column.kind, "gaps": column.gaps} for column in columns},
        "classes": classes,
    }
