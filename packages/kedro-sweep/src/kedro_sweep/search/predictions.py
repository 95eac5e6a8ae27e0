"""What a fitted model predicts for the test rows of a fold, kept while it is scored."""

import copy
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple

import numpy as np
import optuna
import pandas as pd
from numpy.typing import NDArray
from sklearn.utils.validation import column_or_1d

# Where Optuna notes the files that belong to a trial: `artifacts:<id>`.
ARTIFACTS = "artifacts:"

# Some of them call others of the same model.
METHODS = ("predict", "predict_proba", "decision_function")


class FoldPrediction(NamedTuple):
    """The predictions of one configuration for the test rows of one fold.

    Attributes:
        labels: Classes, or numbers, shape (n_test,).
        classes: The classes that the model knows, those of the fold's training rows; None for a
            regression.
        probabilities: Shape (n_test, len(classes)); None if the model gives none.
    """

    labels: NDArray[Any]
    classes: NDArray[Any] | None
    probabilities: NDArray[Any] | None


# Of a trial whose score is known, and its predictions, fold by fold.
OnScored = Callable[[optuna.Trial, list[FoldPrediction]], None]


def predict_fold(model: Any, X_test: Any) -> FoldPrediction:
    """Predict the test rows of a fold.

    Args:
        model: Fitted on the training rows of the fold.
        X_test: Features of its test rows, shape (n_test, n_features).

    Returns:
        The predictions.
    """
    classes = getattr(model, "classes_", None)
    gives_probabilities = classes is not None and hasattr(model, "predict_proba")
    probabilities = np.asarray(model.predict_proba(X_test)) if gives_probabilities else None
    # CatBoost gives a column of classes.
    labels = column_or_1d(model.predict(X_test))
    return FoldPrediction(labels, classes, probabilities)


@contextmanager
def record_predictions(
    model: Any, X_test: Any, *, may_change: bool = False
) -> Iterator[Callable[[], FoldPrediction]]:
    """Remember what a model predicts for the test rows while it is scored, instead of asking it again.

    Within the block, methods of the instance stand in for those of its class. A scorer gets from them
    what the model itself gives, call by call.

    Args:
        model: A fitted model.
        X_test: The test rows; a prediction for any other object is not remembered.
        may_change: Whether a scorer of the user's own might change the rows in place for a while, or
            ask the same again and expect another answer.

    Yields:
        A function that gives the predictions, and computes those that are missing.
    """
    before = X_test.copy(deep=False) if may_change and isinstance(X_test, pd.DataFrame) else None
    stand_ins = {
        name: _Recorded(model, name, X_test, before, repeats=not may_change)
        for name in METHODS
        # A model may say that it has a method only with some of its arguments.
        if hasattr(type(model), name) and hasattr(model, name) and name not in vars(model)
    }

    def predict() -> FoldPrediction:
        for stand_in in stand_ins.values():
            stand_in.repeats = True
        return predict_fold(model, X_test)

    vars(model).update(stand_ins)
    try:
        yield predict
    finally:
        # They and the model hold each other, which would keep it in memory for a while.
        for name in stand_ins:
            vars(model).pop(name, None)


class _Recorded:
    """A method of a fitted model that keeps its first result for the test rows.

    It names the method instead of holding it, so that a copy of the model calls its own.
    """

    def __init__(
        self, model: Any, name: str, X_test: Any, before: pd.DataFrame | None, *, repeats: bool
    ) -> None:
        self.__name__ = name  # which scikit-learn's scorers read
        self.repeats = repeats
        self._model = model
        self._X_test = X_test
        self._before = before
        self._results: list[Any] = []

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        is_about_test_rows = (
            len(args) == 1
            and not kwargs
            and args[0] is self._X_test
            and (self._before is None or self._X_test.equals(self._before))
        )
        if is_about_test_rows and self.repeats and self._results:
            return copy.copy(self._results[0])
        method = getattr(type(self._model), self.__name__).__get__(self._model)
        result = method(*args, **kwargs)
        if is_about_test_rows and not self._results:
            self._results.append(copy.copy(result))  # a scorer may change what it gets
        return result
