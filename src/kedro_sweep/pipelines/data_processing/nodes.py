"""Split the raw table and fill what is missing, without letting the test rows leak into training."""

import logging

import numpy as np
import pandas as pd
from pandas.api.types import is_numeric_dtype
from sklearn.impute import SimpleImputer
from sklearn.model_selection import train_test_split

from kedro_sweep.pipelines.data_processing.parameters import FeatureNames, TargetName, TestFraction
from kedro_sweep.sweep import InputError, Model, RandomSeed

logger = logging.getLogger(__name__)

# The index of the tables in conf/base/catalog.yml.
ROW = "row"


def select_columns(raw: pd.DataFrame, features: FeatureNames, y_label: TargetName) -> pd.DataFrame:
    """Keep the features and the target, and the rows whose target is known.

    Args:
        raw: The table as it was read, one row an observation.
        features: Names of the columns that the model may see.
        y_label: Name of the column to predict.

    Returns:
        A table of shape (rows with a known target, features + 1), with the raw row labels.

    Raises:
        InputError: If the table is empty, lacks a column, has a feature that is not numeric or is
            infinite somewhere, names the target among the features, has no known target, or uses
            the name of the index.
    """
    names, target = features.root, y_label.root
    if target in names:
        raise InputError(
            f"The target '{target}' (y_label) is also listed under features: remove it from features."
        )
    if ROW in {*names, target}:
        raise InputError(
            f"A feature or target cannot be called '{ROW}', as the tables of the catalog call their "
            "row labels so: rename the column."
        )
    if raw.empty:
        raise InputError("The raw table has no rows: check the file behind 'raw' in catalog.yml.")
    missing = [name for name in [*names, target] if name not in raw.columns]
    if missing:
        raise InputError(
            f"The raw table lacks the columns {missing}. It has {list(raw.columns)}: "
            "correct features and y_label in parameters.yml, or the file."
        )
    text = {name: str(raw[name].dtype) for name in names if not is_numeric_dtype(raw[name])}
    if text:
        raise InputError(
            f"The features {text} are not numeric: encode them as numbers in the raw table, "
            "or remove them from features in parameters.yml."
        )
    numbers = raw[names].astype(float)
    infinite = [name for name in names if np.isinf(numbers[name]).any()]
    if infinite:
        raise InputError(
            f"The features {infinite} hold infinite values: replace them in the raw table, "
            "by an empty cell if the value is unknown."
        )
    table = numbers.assign(**{target: raw[target]}).dropna(subset=[target])
    if table.empty:
        raise InputError(f"The target '{target}' is missing in every row of the raw table.")
    if len(table) < len(raw):
        logger.warning(
            "Dropped %d of %d rows: their target '%s' is missing.",
            len(raw) - len(table),
            len(raw),
            target,
        )
    return table


def split_table(
    table: pd.DataFrame,
    y_label: TargetName,
    frac: TestFraction,
    random_seed: RandomSeed,
    model: Model,
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Split into training and test rows, stratified by the target when the model is a classifier.

    Args:
        table: Features and target, shape (n, features + 1).
        y_label: Name of the target.
        frac: Share of the rows that goes to the test table.
        random_seed: Seed of the shuffle.
        model: The model to tune; only whether it is a classifier matters here.

    Returns:
        The training and the test table.

    Raises:
        InputError: If a class has too few rows to be split, or a part would be empty.
    """
    target = table[y_label.root]
    if model.is_classifier:
        counts = target.value_counts()
        rare = {label: int(n) for label, n in counts.items() if n < 2}
        if rare:
            raise InputError(
                f"Classes of '{y_label.root}' with a single row cannot be split into train and test: "
                f"{rare} (class: rows). Merge them with another class, or remove those rows."
            )
    try:
        train, test = train_test_split(
            table,
            test_size=frac.root,
            random_state=random_seed.root,
            stratify=target if model.is_classifier else None,
        )
    except ValueError as error:
        raise InputError(
            f"Cannot split {len(table)} rows with frac: {frac.root}. {error} "
            "Change frac in parameters.yml, or add rows."
        ) from error
    return train, test


def impute_features(
    train: pd.DataFrame, test: pd.DataFrame, features: FeatureNames
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Fill missing features with the mean of the training rows, in both tables.

    Args:
        train: Training rows, features and target.
        test: Test rows, features and target.
        features: Names of the columns to fill.

    Returns:
        The training and the test table without missing features.

    Raises:
        InputError: If a feature has no value at all in the training rows.
    """
    names = features.root
    empty = [name for name in names if train[name].isna().all()]
    if empty:
        raise InputError(
            f"The features {empty} have no value in the training rows, so no mean to fill with: "
            "remove them from features in parameters.yml."
        )
    imputer = SimpleImputer(strategy="mean").set_output(transform="pandas").fit(train[names])
    return (
        train.assign(**imputer.transform(train[names])),
        test.assign(**imputer.transform(test[names])),
    )
