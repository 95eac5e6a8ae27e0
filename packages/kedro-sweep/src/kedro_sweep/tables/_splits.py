"""Split into training and test rows, so that rows which belong together stay on one side."""

import logging
import math
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from pandas.api.types import is_numeric_dtype
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components
from sklearn.model_selection import train_test_split
from sklearn.utils.multiclass import type_of_target

from kedro_sweep.errors import InputError
from kedro_sweep.tables._duplicates import drop_copies, find_copies
from kedro_sweep.tables._features import list_features
from kedro_sweep.tables._parameters import Data, Split
from kedro_sweep.text import names

logger = logging.getLogger(__name__)


def find_groups(table: pd.DataFrame, columns: list[str], data: Data) -> pd.Series | None:
    """Find the group of each row, which must stay on one side of every split; None if there are none.

    With `duplicates: together`, rows equal in these columns (features and target) form a group, and
    groups that share such rows are merged.
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


def check_target(target: pd.Series, *, is_classifier: bool, model: str) -> None:
    """Check that a classifier gets classes and a regressor gets numbers.

    Args:
        target: Target of each row.
        is_classifier: Whether the model predicts classes.
        model: Import path of the model, for the message.

    Raises:
        InputError: If the target of a classifier holds continuous numbers, or that of a regressor text.
    """
    if not is_classifier and not is_numeric_dtype(target):
        holds, predicts, other = f"text such as '{target.iloc[0]}'", "numbers", "classifier"
    elif is_classifier and type_of_target(target) == "continuous":
        holds = f"{target.nunique()} different numbers with decimals"
        predicts, other = "classes", "regressor"
    else:
        return
    raise InputError(
        f"The target '{target.name}' holds {holds}, but {model} predicts {predicts}: choose a {other} "
        "under sweep.model in conf/base/parameters_data_science.yml, or another data.y_label."
    )


def check_classes(target: pd.Series) -> None:
    """Check that every class has the two rows that a stratified split needs."""
    counts = target.value_counts()
    if rare := sorted(map(str, counts.index[counts < 2])):
        raise InputError(
            f"Classes of '{target.name}' with only one row cannot be split into train and test: "
            f"{names(rare)}. Merge them with another class, or remove those rows. If the target is a "
            "number to predict, choose a regressor under sweep.model."
        )


def split_rows(
    table: pd.DataFrame, data: Data, *, is_classifier: bool
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Split into training and test rows, so that no group, later time or duplicate leaks into training.

    A random split is stratified by class for a classifier. Groups are visited in random order, and each
    goes to the test if that brings the test rows of every class closer to their share; a class never
    goes there entirely. A split by time takes the last rows for the test, including all rows of the
    first test time, and sorts the training rows by time.

    Args:
        table: Features, target and the split column, shape (n, columns).
        data: Names the columns, and says how the rows are separated, how many are for the test (groups
            and equal times stay whole), and what happens to rows equal in features and target. Rows of
            different times are never dropped.
        is_classifier: Whether the target holds classes.

    Returns:
        The training and the test table, with all columns.

    Raises:
        InputError: If the split column cannot be used, a class has too few rows, a part would be empty,
            or split and duplicates contradict each other.
    """
    split = data.split
    columns = [*list_features(table, data), data.y_label]
    if split.kind == "time":
        times = read_times(table, split).reset_index(drop=True)
        table = table.iloc[times.sort_values(kind="stable").index]
    if data.duplicates in {"auto", "drop"}:
        is_auto = data.duplicates == "auto"
        # A copy of a row has the same time and weight, and another patient may have equal values.
        by = [str(split.column)] if split.kind == "time" or (split.column and is_auto) else []
        by += [data.weights] if data.weights else []
        table = drop_copies(table, [*dict.fromkeys([*columns, *by])], unless_chance=is_auto)
    groups = find_groups(table, columns, data)
    classes = table[data.y_label] if is_classifier else None
    if split.kind == "time":
        train, test = _split_by_time(table, data)
    elif groups is not None:
        train, test = _split_by_group(table, data, groups, classes)
    else:
        train, test = split_at_random(table, data, classes)
    unseen = set(test[data.y_label]) - set(train[data.y_label]) if is_classifier else set()
    if unseen:
        message = (
            "Only test rows have these classes of '%s', so the model can never predict them: %s. Change "
            "data.frac, or merge them with other classes."
        )
        logger.warning(message, data.y_label, names(sorted(map(str, unseen))))
    return train, test


def read_times(table: pd.DataFrame, split: Split) -> pd.Series:
    """Read the split column as values that can be sorted: numbers, times, or dates written as text."""
    column = read_split_column(table, split)
    if column.dtype.kind in "iufM":
        return column
    # Other notations are ambiguous: 01/02/2024 may be in January or in February.
    times = pd.to_datetime(column.astype(str), format="ISO8601", utc=True, errors="coerce")
    if times.isna().any():
        raise InputError(
            f"The column '{column.name}' (data.split.column) holds {column[times.isna()].iloc[0]!r}, "
            "which is not a time: write numbers, or dates such as 2024-12-31 or "
            "2024-12-31T23:59:00+01:00."
        )
    return times


def split_at_random(
    table: pd.DataFrame, data: Data, classes: pd.Series | None
) -> tuple[pd.DataFrame, pd.DataFrame]:
    if classes is not None:
        check_classes(classes)
    try:
        train, test = train_test_split(
            table, test_size=data.frac, random_state=data.random_seed, stratify=classes
        )
    except ValueError as error:
        remedy = "Change data.frac in parameters.yml, or add rows"
        raise _refuse(f"{len(table)} rows", data, str(error).rstrip("."), remedy) from error
    return train, test


def _refuse(what: str, data: Data, reason: str, remedy: str) -> InputError:
    return InputError(f"Cannot split {what} with data.frac: {data.frac}. {reason}. {remedy}.")


def _split_by_time(table: pd.DataFrame, data: Data) -> tuple[pd.DataFrame, pd.DataFrame]:
    times = read_times(table, data.split)
    first = times.iloc[len(times) - math.ceil(data.frac * len(times))]
    is_test = (times >= first).to_numpy()
    if is_test.all():
        what = f"{len(table)} rows by '{data.split.column}' (data.split.column)"
        reason = f"No row is earlier than {first}, the first time of the test"
        remedy = "Lower data.frac in parameters.yml, or use more exact times"
        raise _refuse(what, data, reason, remedy)
    return table[~is_test], table[is_test]


def _split_by_group(
    table: pd.DataFrame, data: Data, groups: pd.Series, classes: pd.Series | None
) -> tuple[pd.DataFrame, pd.DataFrame]:
    numbers, labels = pd.factorize(groups)
    codes = np.zeros(len(table), dtype=int) if classes is None else pd.factorize(classes)[0]
    counts = np.zeros((len(labels), codes.max(initial=0) + 1))
    np.add.at(counts, (numbers, codes), 1)
    is_test = _choose_groups(counts, data.frac, data.random_seed)[numbers]
    if not is_test.any():
        smallest = int(counts.sum(axis=1).min())
        what = f"the {len(labels)} groups of '{groups.name}', {len(table)} rows in all,"
        reason = "Every group that is small enough has all rows of a class"
        if smallest >= 2 * data.frac * len(table):
            reason = f"The smallest has {smallest} rows"
        remedy = (
            "Raise data.frac, choose smaller groups, or set data.duplicates to auto in parameters.yml"
        )
        raise _refuse(what, data, reason, remedy)
    return table[~is_test], table[is_test]


def _choose_groups(counts: NDArray[np.float64], frac: float, random_seed: int) -> NDArray[np.bool_]:
    """Choose the groups of the test by their rows per class, shape (n_groups, n_classes)."""
    chosen = np.zeros(len(counts), dtype=bool)
    total = counts.sum(axis=0)
    left, wanted = total.copy(), frac * total
    order = np.random.default_rng(random_seed).permutation(len(counts))
    # Whole groups may miss the shares of the classes, so the second round only looks at the total.
    for stratified in (True, False):
        for group in order[~chosen[order]]:
            rows = counts[group]
            if (
                rows.sum() < 2 * wanted.sum()
                and (rows < left).all()
                and not (stratified and rows @ ((rows - 2 * wanted) / total) >= 0)
            ):
                chosen[group] = True
                left -= rows
                wanted -= rows
    return chosen
