"""Split the table and fill its gaps, without letting the test rows leak into training."""

import pandas as pd
from kedro_sweep.errors import InputError
from kedro_sweep.search import Model, RandomSeed
from kedro_sweep.tables import (
    Duplicates,
    FeatureNames,
    Impute,
    Split,
    TargetName,
    TestFraction,
    check_target,
    list_features,
    split_rows,
)
from pandas.api.types import is_numeric_dtype
from sklearn.impute import SimpleImputer


def split_table(
    table: pd.DataFrame,
    features: FeatureNames | None,
    y_label: TargetName,
    frac: TestFraction,
    split: Split,
    duplicates: Duplicates,
    random_seed: RandomSeed,
    model: Model,
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Split into training and test rows, stratified by the target when the model is a classifier.

    Args:
        table: Features, the column of the split, and the target; n rows.
        features: Names of the columns that the model may see; None for all.
        y_label: Name of the target.
        frac: Share of the rows that goes to the test table.
        split: What keeps the two apart: chance, groups or time.
        duplicates: What happens to copies of rows.
        random_seed: Seed of the shuffle.
        model: The model to tune; only whether it is a classifier matters here.

    Returns:
        The training and the test table.

    Raises:
        InputError: If the target does not suit the model, a class has too few rows to be split, or a
            part would be empty.
    """
    check_target(table[y_label.root], is_classifier=model.is_classifier, model=model.path)
    return split_rows(
        table,
        list_features(table, features, split, y_label),
        y_label.root,
        frac.root,
        split,
        duplicates.root,
        random_seed.root,
        is_classifier=model.is_classifier,
    )


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
