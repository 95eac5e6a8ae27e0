"""Fill gaps in numeric features with means, found in the training rows alone."""

import pandas as pd
from pandas.api.types import is_numeric_dtype
from sklearn.impute import SimpleImputer

from kedro_sweep.errors import InputError
from kedro_sweep.tables.columns import list_features
from kedro_sweep.tables.parameters import FeatureNames, Impute, Split, TargetName


def find_means(
    train: pd.DataFrame, features: FeatureNames | None, split: Split, y_label: TargetName, impute: Impute
) -> dict[str, float]:
    """Find what fills the gaps in numeric features: the mean of the training rows.

    Args:
        train: Training rows.
        features: Names of the columns that the model may see; None for all.
        split: Names the column of groups or times.
        y_label: Name of the target.
        impute: Whether data processing fills gaps at all.

    Returns:
        The mean of each numeric feature; nothing if the model fills gaps, or nobody.

    Raises:
        InputError: If a feature has no value at all in the training rows.
    """
    if impute.root != "mean":
        return {}
    names = list_features(train, features, split, y_label)
    numbers = [name for name in names if is_numeric_dtype(train[name])]
    if empty := [name for name in numbers if train[name].isna().all()]:
        raise InputError(
            f"The features {empty} have no value in the training rows, so no mean to fill with: "
            "remove them from features, or add them to drop, in conf/base/parameters.yml."
        )
    if not numbers:
        return {}
    imputer = SimpleImputer(strategy="mean").fit(train[numbers])
    return dict(zip(numbers, imputer.statistics_.tolist(), strict=True))


def fill_gaps(
    train: pd.DataFrame, test: pd.DataFrame, means: dict[str, float]
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Fill gaps in both tables.

    Args:
        train: Training rows.
        test: Test rows.
        means: What fills the gaps, by column.

    Returns:
        Both tables without gaps in those columns.
    """
    return train.fillna(means), test.fillna(means)
