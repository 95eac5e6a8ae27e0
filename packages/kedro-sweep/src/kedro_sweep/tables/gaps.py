"""Fill missing values in numeric features with means, computed on the training rows only."""

import pandas as pd
from pandas.api.types import is_numeric_dtype
from sklearn.impute import SimpleImputer

from kedro_sweep.errors import InputError
from kedro_sweep.tables.columns import list_features
from kedro_sweep.tables.parameters import FeatureNames, Impute, Split, TargetName


def find_means(
    train: pd.DataFrame, features: FeatureNames | None, split: Split, y_label: TargetName, impute: Impute
) -> dict[str, float]:
    """Find the values that fill missing values in numeric features: the means of the training rows.

    Args:
        train: Training rows.
        features: Names of the columns that the model may see; None for all.
        split: Names the column of groups or times.
        y_label: Name of the target.
        impute: Whether data processing fills missing values at all.

    Returns:
        The mean of each numeric feature; empty if the model fills missing values, or nothing does.

    Raises:
        InputError: If a feature has no value at all in the training rows.
    """
    if impute.root != "mean":
        return {}
    names = list_features(train, features, split, y_label)
    numbers = [name for name in names if is_numeric_dtype(train[name])]
    if empty := [name for name in numbers if train[name].isna().all()]:
        raise InputError(
            f"The features {empty} have no value in the training rows, so they have no mean: "
            "remove them from features, or add them to drop, in conf/base/parameters.yml."
        )
    if not numbers:
        return {}
    imputer = SimpleImputer(strategy="mean").fit(train[numbers])
    return dict(zip(numbers, imputer.statistics_.tolist(), strict=True))


def fill_gaps(
    train: pd.DataFrame, test: pd.DataFrame, means: dict[str, float]
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Fill missing values in both tables.

    Args:
        train: Training rows.
        test: Test rows.
        means: The value that fills missing values, by column.

    Returns:
        Both tables without missing values in those columns.
    """
    return train.fillna(means), test.fillna(means)
