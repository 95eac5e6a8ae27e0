"""Strategies to fit an estimator on a fold: from scratch, or reusing what earlier trials fitted.

All strategies give the same score to the last bit. With `sweep.reuse: false`, every model is trained
from scratch.
"""

from typing import Any, NamedTuple, Protocol

from sklearn.base import clone

from kedro_sweep.search.study import Fold


class FittedFold(NamedTuple):
    """A model and the test rows of its fold, in the form that scorers take."""

    model: Any  # may only know the predictions for X_test
    X_test: Any
    y_test: Any


class Strategy(Protocol):
    """Fits an estimator on one of the folds."""

    def accepts(self, estimator: Any) -> bool:
        """Check whether the score would be exactly that of a model trained from scratch."""
        ...

    def fit(self, estimator: Any, fold: int) -> FittedFold:
        """Fit the estimator on the training rows of a fold."""
        ...

    def shares_trees(self, estimator: Any) -> bool:
        """Check whether trials grow the trees of one forest after another, on all cores."""
        return False


class FitFromScratch(Strategy):
    """Fit a new model, as `cross_val_score` does; accepts every estimator."""

    def __init__(self, folds: list[Fold]) -> None:
        """Keep nothing but the folds."""
        self._folds = folds

    def accepts(self, estimator: Any) -> bool:
        """Accept everything."""
        return True

    def fit(self, estimator: Any, fold: int) -> FittedFold:
        """Fit a copy of the estimator."""
        rows = self._folds[fold]
        return FittedFold(clone(estimator).fit(rows.X_train, rows.y_train), rows.X_test, rows.y_test)


def params_key(estimator: Any, *ignored: str) -> str:
    """Make a key of everything two estimators must share for one to contain the other."""
    params = [(name, value) for name, value in _spell_out(estimator)[1] if name not in ignored]
    return repr((type(estimator).__name__, params))


def _spell_out(value: Any) -> Any:
    """Write estimators out in full: their own repr omits defaults, is cut off, and is slow."""
    if isinstance(value, list | tuple):
        return [*map(_spell_out, value)]
    if hasattr(value, "get_params") and not isinstance(value, type):
        params = sorted(value.get_params(deep=False).items())
        return type(value), [(name, _spell_out(found)) for name, found in params]
    return value


def has_whole_size(estimator: Any) -> bool:
    """Check whether `n_estimators` is a positive integer."""
    return type(estimator.n_estimators) is int and estimator.n_estimators > 0
