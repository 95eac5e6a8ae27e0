"""Find rows that are equal in all columns, which must not be on both sides of a split."""

import logging
from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from kedro_sweep.errors import InputError
from kedro_sweep.tables.coincidences import mark_copies

logger = logging.getLogger(__name__)

# A larger share of dropped rows is logged as a warning.
MUCH = 0.2


def find_copies(table: pd.DataFrame) -> NDArray[Any]:
    """Give equal rows the same label.

    Args:
        table: The columns to compare, of any type. Missing values equal each other.

    Returns:
        A label for each row, from 0; shape (n,).

    Raises:
        InputError: If a column holds values that cannot be compared, such as lists.
    """
    codes = _number_all(table)
    return codes.groupby(list(codes), sort=False).ngroup().to_numpy()


def find_repeated(table: pd.DataFrame, *, unless_chance: bool) -> NDArray[np.bool_]:
    """Find rows that equal an earlier row."""
    codes = _number_all(table)
    return mark_copies(codes.to_numpy(np.int32)) if unless_chance else codes.duplicated().to_numpy()


def drop_copies(
    table: pd.DataFrame, columns: Sequence[str], *, unless_chance: bool = False
) -> pd.DataFrame:
    """Keep only the first of the rows that are equal in the given columns, and log how many are dropped.

    Args:
        table: Rows, possibly with further columns.
        columns: The columns to compare.
        unless_chance: Whether equal rows stay if chance explains them.

    Returns:
        The remaining rows, in their order.

    Raises:
        InputError: If a column holds values that cannot be compared, such as lists.
    """
    dropped = find_repeated(table[[*columns]], unless_chance=unless_chance)
    if dropped.any():
        logger.log(
            logging.WARNING if dropped.mean() > MUCH else logging.INFO,
            "Dropped %d of %d rows (%.1f%%): they repeat another row in all features and the target%s.",
            dropped.sum(),
            len(table),
            100 * dropped.mean(),
            ", which chance does not explain" if unless_chance else "",
        )
    return table[~dropped]


def _number_all(table: pd.DataFrame) -> pd.DataFrame:
    return pd.DataFrame({column: _number(table.iloc[:, column]) for column in range(table.shape[1])})


def _number(column: pd.Series) -> NDArray[Any]:
    """Number the different values of a column from 1; missing values get 0."""
    try:
        return pd.factorize(column)[0] + 1
    except TypeError as error:
        raise InputError(
            f"The column '{column.name}' holds values that cannot be compared. {error}. Replace them "
            "with numbers or text, or remove the column from data.features in parameters.yml."
        ) from error
