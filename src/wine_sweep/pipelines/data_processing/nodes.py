"""Split the table and fill its gaps, without letting the test rows leak into training."""

import pandas as pd
from kedro_sweep.errors import InputError
from kedro_sweep.search import Model, RandomSeed
from kedro_sweep.tables import (
    FeatureNames,
    TargetName,
    TestFraction,
    check_classes,
    check_target,
)
from sklearn.impute import SimpleImputer
from sklearn.model_selection import train_test_split


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
        InputError: If the target does not suit the model, a class has too few rows to be split, or a
            part would be empty.
    """
    target, stratified = table[y_label.root], model.is_classifier
    check_target(target, is_classifier=stratified, model=model.path)
    if stratified:
        check_classes(target)
    try:
        train, test = train_test_split(
            table,
            test_size=frac.root,
            random_state=random_seed.root,
            stratify=target if stratified else None,
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
    if empty := [name for name in names if train[name].isna().all()]:
        raise InputError(
            f"The features {empty} have no value in the training rows, so no mean to fill with: "
            "remove them from features in parameters.yml."
        )
    imputer = SimpleImputer(strategy="mean").set_output(transform="pandas").fit(train[names])
    return (
        train.assign(**imputer.transform(train[names])),
        test.assign(**imputer.transform(test[names])),
    )
