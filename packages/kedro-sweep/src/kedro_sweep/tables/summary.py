"""A summary of the data: rows, duplicates, missing values, kinds of features, classes."""

from typing import Any

import pandas as pd

from kedro_sweep.tables.columns import list_features
from kedro_sweep.tables.duplicates import find_copies
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
        Plain values: numbers of rows and of duplicates (rows equal to an earlier one in all features and
        the target, before any are dropped), the kind and the missing values of each feature, and the
        number of training and test rows per class; no classes for a regression.
    """
    names, target = list_features(table, data), data.y_label
    columns = [describe_column(table[name]) for name in names]
    copies = pd.Series(find_copies(table[[*names, target]])).duplicated()
    classes = {
        str(label): {
            "train": int((train[target] == label).sum()),
            "test": int((test[target] == label).sum()),
        }
        for label in (sorted(table[target].unique()) if is_classifier else [])
    }
    return {
        "rows": len(table),
        "copies": int(copies.sum()),
        "train_rows": len(train),
        "test_rows": len(test),
        "target": target,
        "features": {column.name: {"kind": column.kind, "gaps": column.gaps} for column in columns},
        "classes": classes,
    }
