"""Find rows that are equal in all columns, which must not be on both sides of a split."""

import logging
from collections.abc import Sequence
from typing import Any

import pandas as pd
from numpy.typing import NDArray

from kedro_sweep.errors import InputError

logger = logging.getLogger(__name__)


def find_copies(table: pd.DataFrame) -> NDArray[Any]:
    """Give equal rows the same label.

    Args:
        table: The columns to compare, of any type. Missing values equal each other.

    Returns:
        A label for each row, from 0; shape (n,).

    Raises:
        InputError: If a column holds values that cannot be compared, such as lists.
    """
    codes = pd.DataFrame({column: _number(table.iloc[:, column]) for column in range(table.shape[1])})
    return codes.groupby(list(codes), sort=False).ngroup().to_numpy()


def drop_copies(table: pd.DataFrame, columns: Sequence[str]) -> pd.DataFrame:
    """Keep only the first of the rows that are equal in the given columns, and log how many are dropped.

    Args:
        table: Rows, possibly with further columns.
        columns: The columns to compare.

    Returns:
        The remaining rows, in their order.

    Raises:
        InputError: If a column holds values that cannot be compared, such as lists.
    """
    repeated = pd.Series(find_copies(table[[*columns]])).duplicated().to_numpy()
    if repeated.any():
        logger.info(
            "Dropped %d of %d rows: they repeat another row in all features and the target.",
            repeated.sum(),
            len(table),
        )
    return table[~repeated]


def _number(column: pd.Series) -> NDArray[Any]:
    """Number the different values of a column; missing values get -1."""
    try:
        return pd.factorize(column)[0]
    except TypeError as error:
        raise InputError(
            f"The column '{column.name}' holds values that cannot be compared. {error}. Replace them "
            "with numbers or text, or remove the column from data.features in parameters.yml."
        ) from error
