"""Find the rows that must stay on one side of every split: whole groups, and equal rows."""

from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from pandas.api.types import is_numeric_dtype
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from kedro_sweep.errors import InputError
from kedro_sweep.tables._duplicates import find_copies
from kedro_sweep.tables._parameters import Data, Split


def find_groups(table: pd.DataFrame, columns: list[str], data: Data) -> pd.Series | None:
    """Find the rows that must stay on one side of every split.

    Args:
        table: Features, target and the split column, shape (n, columns).
        columns: Names of the features and the target.
        data: Says how the rows are separated. With `duplicates: together`, rows equal in these columns
            form a group, and groups that share such rows are merged.

    Returns:
        The group of each row, with the index of the table; None if rows need not stay together.

    Raises:
        InputError: If the split column is missing or has missing values, or duplicates with different
            times should stay together.
    """
    split = data.split
    if split.kind == "time" and data.duplicates == "together":
        raise InputError(
            "data.duplicates: together cannot be combined with data.split.kind: time, because equal "
            "rows may have different times: choose auto, drop or keep in parameters.yml."
        )
    groups = read_split_column(table, split) if split.kind == "group" else None
    if groups is not None and not is_numeric_dtype(groups):
        groups = groups.astype(str)
    if data.duplicates != "together":
        return groups
    labels = find_copies(table[columns])
    if groups is None and len(np.unique(labels)) == len(labels):
        return None
    if groups is not None:
        labels = _connect(labels, pd.factorize(groups)[0])
    return pd.Series(labels, index=table.index, name="duplicates" if groups is None else groups.name)


def _connect(first: NDArray[Any], second: NDArray[Any]) -> NDArray[Any]:
    """Give rows the same label if two labelings connect them, directly or through other rows."""
    n_first = first.max(initial=-1) + 1
    n_labels = n_first + second.max(initial=-1) + 1
    graph = coo_array((np.ones(len(first)), (first, n_first + second)), shape=(n_labels, n_labels))
    labels: NDArray[Any] = connected_components(graph, directed=False)[1][first]
    return labels


def read_split_column(table: pd.DataFrame, split: Split) -> pd.Series:
    """Read the split column as plain values, without categories or nullable types."""
    name = str(split.column)
    if name not in table.columns:
        raise InputError(
            f"The table lacks the column '{name}' (data.split.column). It has {list(table.columns)}: "
            "correct it in parameters.yml, or the file."
        )
    column = table[name]
    if gaps := int(column.isna().sum()):
        raise InputError(
            f"The column '{name}' (data.split.column) is empty in {gaps} of {len(table)} rows, first in "
            f"row {column.index[column.isna()][0]}: fill it in, or remove those rows."
        )
    return column.astype(object).infer_objects()
