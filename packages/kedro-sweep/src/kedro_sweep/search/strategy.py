"""Strategies to score an estimator on a fold: fit it from scratch, or reuse what earlier trials fitted.

Every strategy gives the same score to the last bit. With `sweep.reuse: false`, every model is trained
from scratch.
"""

from typing import Any, Protocol

from sklearn.base import clone

from kedro_sweep.search.folds import Fold
from kedro_sweep.search.scoring import Scorer


class Strategy(Protocol):
    """Scores an estimator on one of the folds."""

    def accepts(self, estimator: Any) -> bool:
        """Tell whether the score is exactly that of a fit from scratch.

        Args:
            estimator: An unfitted estimator.
        """
        ...

    def score(self, estimator: Any, fold: int) -> float:
        """Score the estimator on the test rows of a fold after a fit on its training rows.

        Args:
            estimator: An unfitted estimator that is accepted.
            fold: Number of the fold, from 0.
        """
        ...


class FitFromScratch:
    """Fit and score, as `cross_val_score` does; accepts every estimator."""

    def __init__(self, folds: list[Fold], scorer: Scorer) -> None:
        """Keep the folds.

        Args:
            folds: The folds of the sweep.
            scorer: Called with a fitted estimator, features and target.
        """
        self._folds = folds
        self._scorer = scorer

    def accepts(self, estimator: Any) -> bool:
        """Accept everything.

        Args:
            estimator: An unfitted estimator.

        Returns:
            True.
        """
        return True

    def score(self, estimator: Any, fold: int) -> float:
        """Fit and score.

        Args:
            estimator: An unfitted estimator.
            fold: Number of the fold, from 0.

        Returns:
            The score.
        """
        X_train, y_train, X_test, y_test = self._folds[fold]
        return self._scorer(clone(estimator).fit(X_train, y_train), X_test, y_test)


def params_key(estimator: Any, *ignored: str) -> str:
    """Make a key of what estimators must share for one to contain the other.

    Args:
        estimator: An estimator.
        *ignored: The arguments in which they may differ.

    Returns:
        Its class and its other arguments, as text.
    """
    params = {name: value for name, value in estimator.get_params().items() if name not in ignored}
    return repr((type(estimator).__name__, sorted(params.items())))


def has_whole_size(estimator: Any) -> bool:
    """Tell whether `n_estimators` is a whole number that can be fitted.

    Args:
        estimator: An ensemble with `n_estimators`.

    Returns:
        Whether it is; otherwise scikit-learn has an error to raise.
    """
    size = estimator.n_estimators
    return isinstance(size, int) and not isinstance(size, bool) and size > 0
