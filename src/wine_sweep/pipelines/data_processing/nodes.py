"""Split the table without leaking test rows into training."""

import pandas as pd
from kedro_sweep.search import Sweep
from kedro_sweep.tables import Data, check_target, split_rows


def split_table(table: pd.DataFrame, data: Data, sweep: Sweep) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Split into training and test rows, stratified by the target if the model is a classifier.

    The library raises an error if the target does not suit the model, or a part would be empty.
    """
    is_classifier = sweep.is_classifier
    check_target(table[data.y_label], is_classifier=is_classifier, model=sweep.model.path)
    return split_rows(table, data, is_classifier=is_classifier)


def fill_gaps(
    train: pd.DataFrame, test: pd.DataFrame, means: dict[str, float]
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Fill missing numbers in both tables with the means of the training rows."""
    return train.fillna(means), test.fillna(means)
