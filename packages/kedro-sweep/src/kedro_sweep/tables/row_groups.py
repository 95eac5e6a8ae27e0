"""Find what rows have in common although the split does not keep them together."""

import pandas as pd

from kedro_sweep.tables.columns import label_rows
from kedro_sweep.tables.parameters import Data
from kedro_sweep.tables.profile import find_group


def find_row_groups(
    raw: pd.DataFrame, train: pd.DataFrame, test: pd.DataFrame, data: Data
) -> pd.DataFrame:
    """Find a column that names groups, such as patients, in a table that was split at random.

    Args:
        raw: The table as it was read.
        train: Training rows.
        test: Test rows.
        data: The column to predict, and how the rows were separated.

    Returns:
        The groups of the training and test rows, numbered from 0, in a column with the name of the
        group. No column if there is no such group, or the split is not random.
    """
    rows = label_rows(raw).loc[[*train.index, *test.index]]
    name = find_group(rows.drop(columns=data.y_label)) if data.split.kind == "random" else None
    if name is None:
        return pd.DataFrame(index=rows.index)
    return pd.DataFrame({name: pd.factorize(rows[name])[0]}, index=rows.index)
