"""Prove that a reused model predicts exactly what the public estimator predicts, before relying on it.

Reuse reimplements parts of scikit-learn: the seeds of trees, the bootstrap samples, the averages, the
prefixes of boosting. A release could change any of them. So each kind of estimator is proven once per
search, bit for bit, on a few rows.
"""

import logging
from collections.abc import Callable, Hashable
from typing import Any

import numpy as np
import pandas as pd
from sklearn.base import clone, is_classifier

from kedro_sweep.search.study import Fold

logger = logging.getLogger(__name__)

ROWS = 300
ROWS_PER_CLASS = 2


class Proofs:
    """Remembers which kinds of estimators were proven."""

    def __init__(self) -> None:
        """Start with none."""
        self._outcomes: dict[Hashable, bool] = {}

    def hold(self, kind: Hashable, find_difference: Callable[[], str], consequence: str) -> bool:
        """Check whether a kind of estimator is proven, and prove it if it has not been tried yet."""
        if kind not in self._outcomes:
            try:
                difference = find_difference()
            except Exception as error:  # a private part of scikit-learn may raise anything
                difference = f"{type(error).__name__}: {error}".rstrip(".")
            if difference:
                logger.warning("%s. %s.", difference, consequence)
            self._outcomes[kind] = not difference
        return self._outcomes[kind]


def describe_kind(estimator: Any) -> Hashable:
    """Describe what a proof covers: the class, its options, and the types of its numeric arguments."""
    return type(estimator), tuple(
        (name, value if isinstance(value, str | bool) else type(value))
        for name, value in sorted(estimator.get_params(deep=False).items())
    )


def make_typical(estimator: Any) -> Any:
    """Make an estimator of the same kind, with its integers set back to the defaults.

    With a limit such as 500 rows per leaf, the few rows of a proof would all end up in one leaf.
    """
    defaults = type(estimator)().get_params(deep=False)
    numbers = {
        name: defaults[name]
        for name, value in estimator.get_params(deep=False).items()
        if type(value) is int and type(defaults[name]) is int
    }
    return clone(estimator).set_params(**numbers | {"random_state": estimator.random_state})


def take_few_rows(fold: Fold, estimator: Any) -> Fold:
    """Take a few rows from all over the table, with every class and every feature's missing values."""
    X = pd.concat([pd.DataFrame(fold.X_train), pd.DataFrame(fold.X_test)])
    y = pd.concat([fold.y_train, fold.y_test])
    rows = set(range(0, len(y), len(y) // ROWS + 1))
    if is_classifier(estimator):
        codes, _ = pd.factorize(y)
        for code in np.unique(codes):
            rows.update(np.flatnonzero(codes == code)[:ROWS_PER_CLASS].tolist())
    gaps = X.isna().to_numpy()
    rows.update(np.flatnonzero(gaps[:, column])[0] for column in np.flatnonzero(gaps.any(axis=0)))
    chosen = sorted(rows)
    return Fold(X.iloc[chosen], y.iloc[chosen], X.iloc[chosen], y.iloc[chosen], np.array(chosen))


def compare(public: Any, reused: Any, X: pd.DataFrame) -> str:
    """Compare the predictions of two fitted estimators."""
    for method in ("predict", "predict_proba"):
        if hasattr(public, method):
            expected, found = getattr(public, method)(X), getattr(reused, method)(X)
            if expected.dtype != found.dtype or not np.array_equal(expected, found):
                return f"{type(public).__name__}.{method} no longer equals the result of reused parts"
    return ""
