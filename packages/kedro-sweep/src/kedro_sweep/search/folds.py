"""The folds of the cross-validation, cut once for the whole sweep."""

from typing import NamedTuple

import pandas as pd
from sklearn.model_selection import check_cv

from kedro_sweep.errors import InputError


class Fold(NamedTuple):
    """One fold.

    Attributes:
        X_train: Features of the rows to fit, shape (n_train, n_features).
        y_train: Target of the rows to fit, shape (n_train,).
        X_test: Features of the rows to score, shape (n_test, n_features).
        y_test: Target of the rows to score, shape (n_test,).
    """

    X_train: pd.DataFrame
    y_train: pd.Series
    X_test: pd.DataFrame
    y_test: pd.Series


def prepare_folds(X: pd.DataFrame, y: pd.Series, cv: int, *, stratify: bool) -> list[Fold]:
    """Cut a table into the folds that `cross_val_score` would use.

    Args:
        X: Features, shape (n, n_features).
        y: Target, shape (n,).
        cv: Number of folds.
        stratify: Whether every fold gets its share of each class.

    Returns:
        The folds.

    Raises:
        InputError: If there are fewer rows, or fewer rows of every class, than folds.
    """
    splitter = check_cv(cv, y, classifier=stratify)
    try:
        splits = list(splitter.split(X, y))
    except ValueError as error:
        raise InputError(
            f"sweep.cv: {cv} folds cannot be made of {len(y)} training rows. {error}"
        ) from error
    return [Fold(X.iloc[train], y.iloc[train], X.iloc[test], y.iloc[test]) for train, test in splits]
