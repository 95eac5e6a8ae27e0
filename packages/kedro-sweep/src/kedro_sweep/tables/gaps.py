"""The means that fill missing values in numeric features, computed on the training rows only."""

import pandas as pd
from pandas.api.types import is_numeric_dtype
from sklearn.impute import SimpleImputer

from kedro_sweep.errors import InputError
from kedro_sweep.tables.columns import list_features
from kedro_sweep.tables.parameters import Data


def find_means(train: pd.DataFrame, data: Data) -> dict[str, float]:
    """Find the values that fill missing values in numeric features: the means of the training rows.

    Args:
        train: Training rows.
        data: Names the columns, and says whether data processing fills missing values at all.

    Returns:
        The mean of each numeric feature; empty if the model fills missing values, or nothing does.

    Raises:
        InputError: If a feature has no value at all in the training rows.
    """
    if data.impute != "mean":
        return {}
    names = list_features(train, data)
    numbers = [name for name in names if is_numeric_dtype(train[name])]
    if empty := [name for name in numbers if train[name].isna().all()]:
        raise InputError(
            f"The features {empty} have no value in the training rows, so they have no mean: "
            "remove them from data.features, or add them to data.drop, in conf/base/parameters.yml."
        )
    if not numbers:
        return {}
    imputer = SimpleImputer(strategy="mean").fit(train[numbers])
    return dict(zip(numbers, imputer.statistics_.tolist(), strict=True))
