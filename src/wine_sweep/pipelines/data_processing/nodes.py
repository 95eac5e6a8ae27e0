"""Split the table without leaking test rows into training."""

import pandas as pd
from kedro_sweep.search import Sweep
from kedro_sweep.tables import Data, check_target, split_rows


def split_table(table: pd.DataFrame, data: Data, sweep: Sweep) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Split into training and test rows, stratified by the target if the model is a classifier.

    Args:
        table: Features, the column of the split, and the target.
        data: How the rows are separated, and how many are for the test.
        sweep: The model to tune; only whether it is a classifier matters here.

    Returns:
        The training and the test table.

    Raises:
        InputError: If the target does not suit the model, a class has too few rows to split, or a
            part would be empty.
    """
    is_classifier = sweep.is_classifier
    check_target(table[data.y_label], is_classifier=is_classifier, model=sweep.model.path)
    return split_rows(table, data, is_classifier=is_classifier)


def fill_gaps(
    train: pd.DataFrame, test: pd.DataFrame, means: dict[str, float]
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Fill missing numbers in both tables with the means of the training rows.

    Args:
        train: Training rows.
        test: Test rows.
        means: The value that fills missing numbers, by column.

    Returns:
        Both tables without missing values in those columns.
    """
    return train.fillna(means), test.fillna(means)
