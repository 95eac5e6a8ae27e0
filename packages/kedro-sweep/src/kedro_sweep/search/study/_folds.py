"""The folds of the cross-validation, split once for the whole sweep."""

from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sklearn.model_selection import GroupKFold, StratifiedGroupKFold, TimeSeriesSplit, check_cv
from sklearn.utils import _safe_indexing

from kedro_sweep.errors import InputError
from kedro_sweep.search.settings import Splitter, fit_weighted


class Fold(NamedTuple):
    """The rows of one fold to fit and to score."""

    X_train: pd.DataFrame
    y_train: pd.Series
    X_test: pd.DataFrame
    y_test: pd.Series
    test: NDArray[Any]  # positions of the rows to score in the whole table, from 0
    weights_train: Any = None
    weights_test: Any = None
    seconds: float = 0.0  # that it took to transform the rows to score

    @property
    def tested(self) -> tuple[Any, Any, Any]:
        return copy_rows(self.X_test), self.y_test, self.weights_test

    def fit(self, estimator: Any, **options: Any) -> Any:
        rows = copy_rows(self.X_train)
        return fit_weighted(estimator, rows, self.y_train, self.weights_train, **options)


def copy_rows(X: Any) -> Any:
    """Copy a table, which costs nothing until a function of the user's writes into its rows."""
    return X.copy(deep=False) if isinstance(X, pd.DataFrame) else X


def prepare_folds(
    X: Any,
    y: pd.Series,
    cv: int | Splitter,
    *,
    stratify: bool,
    groups: pd.Series | None = None,
    ordered: bool = False,
    random_seed: int = 0,
    weights: NDArray[Any] | None = None,
) -> list[Fold]:
    """Split a table as `cross_val_score` would with the same splitter and groups."""
    if groups is not None and ordered:
        raise InputError("sweep.cv: folds can keep groups together or follow time, not both.")
    if isinstance(cv, Splitter):
        splitter = cv.build(random_seed)
    elif groups is not None:
        splitter = StratifiedGroupKFold(cv) if stratify else GroupKFold(cv)
    else:
        splitter = TimeSeriesSplit(cv) if ordered else check_cv(cv, y, classifier=stratify)
    try:
        splits = list(splitter.split(X, y, groups=groups))
    except (TypeError, ValueError) as error:
        folds = f"{cv} folds" if isinstance(cv, int) else f"the folds of {cv.path}"
        raise InputError(
            f"sweep.cv: {folds} cannot be made of {len(y)} training rows. {error}"
        ) from error
    positions = np.arange(len(y))
    for number, (train, test) in enumerate(splits, start=1):
        if problem := _find_problem(positions[train], positions[test], y, stratify, groups, ordered):
            raise InputError(f"sweep.cv: fold {number} of {len(splits)} {problem}.")
    return [
        Fold(
            *(_safe_indexing(X, train), y.iloc[train], _safe_indexing(X, test), y.iloc[test]),
            positions[test],
            *((None, None) if weights is None else (weights[train], weights[test])),
        )
        for train, test in splits
    ]


def _find_problem(
    train: NDArray[Any],
    test: NDArray[Any],
    y: pd.Series,
    stratify: bool,
    groups: pd.Series | None,
    ordered: bool,
) -> str:
    if not (len(train) and len(test)):
        return f"has no {'test' if len(train) else 'training'} rows: choose fewer folds"
    labels = np.arange(len(y)) if groups is None else groups.to_numpy()
    if len(shared := np.intersect1d(labels[train], labels[test])):
        if groups is None:
            return f"has row {y.index[shared[0]]} on both sides: choose a splitter that separates them"
        return (
            f"has rows of the group {shared[0]} ('{groups.name}') on both sides: choose a splitter of "
            "groups, such as sklearn.model_selection.GroupShuffleSplit, or a number of folds"
        )
    if ordered and train.max() > test.min():
        return (
            f"has the training row {y.index[train.max()]}, which is later than its test row "
            f"{y.index[test.min()]}: choose sklearn.model_selection.TimeSeriesSplit, or a number of "
            "folds"
        )
    if stratify and y.iloc[train].nunique() < 2:
        return (
            f"has only the class {y.iloc[train[0]]} of '{y.name}' to learn from: choose fewer folds or "
            "another splitter, or check the rows' order and groups"
        )
    return ""
