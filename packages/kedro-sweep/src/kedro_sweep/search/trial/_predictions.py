"""A fitted model's predictions for the test rows of a fold, kept while it is scored."""

import copy
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from math import nan
from time import perf_counter
from typing import Any, NamedTuple

import numpy as np
import optuna
import pandas as pd
from numpy.typing import NDArray
from sklearn.pipeline import Pipeline
from sklearn.utils.validation import column_or_1d

# Some of these methods call others of the same model.
METHODS = ("predict", "predict_proba", "decision_function")


class FoldPrediction(NamedTuple):
    """The predictions of one configuration for the test rows of one fold.

    Attributes:
        labels: Classes, or numbers, shape (n_test,).
        classes: The classes that the model was trained on, which may be fewer than in the table; None
            for a regression.
        probabilities: Shape (n_test, len(classes)); None if the model does not predict them.
        others: Those of the other numbers of boosting rounds that the trial looked at.
        seconds: How long the model takes to predict these rows; NaN if unknown.
    """

    labels: NDArray[Any]
    classes: NDArray[Any] | None
    probabilities: NDArray[Any] | None
    others: tuple["FoldPrediction", ...] = ()
    seconds: float = nan


# Called with a scored trial and its predictions, fold by fold.
OnScored = Callable[[optuna.Trial, list[FoldPrediction]], None]


def predict_fold(model: Any, X_test: Any) -> FoldPrediction:
    classes = getattr(model, "classes_", None)
    gives_probabilities = classes is not None and hasattr(model, "predict_proba")
    probabilities = np.asarray(model.predict_proba(X_test)) if gives_probabilities else None
    # CatBoost returns classes as a column.
    labels = column_or_1d(model.predict(X_test))
    return FoldPrediction(labels, classes, probabilities)


@contextmanager
def record_predictions(
    model: Any, X_test: Any, *, may_change: bool = False
) -> Iterator[Callable[[], FoldPrediction]]:
    """Replace a model's methods while it is scored, so that the test rows are predicted only once."""
    may_write = may_change or isinstance(model, Pipeline)
    before = X_test.copy(deep=False) if may_write and isinstance(X_test, pd.DataFrame) else None
    stand_ins = {
        name: _Recorded(model, name, X_test, before, not may_change)
        for name in METHODS
        # Whether a model has a method can depend on its arguments.
        if hasattr(type(model), name) and hasattr(model, name) and name not in vars(model)
    }

    def predict() -> FoldPrediction:
        for stand_in in stand_ins.values():
            stand_in.repeats = True
        prediction = predict_fold(model, X_test)
        # A method may call another one, whose first result may be at hand by then.
        seconds = max((stand_in.seconds for stand_in in stand_ins.values()), default=nan)
        return prediction._replace(seconds=seconds)

    vars(model).update(stand_ins)
    try:
        yield predict
    finally:
        # The recorders and the model refer to each other, which would keep the model in memory.
        for name in stand_ins:
            vars(model).pop(name, None)


@dataclass(eq=False)
class _Recorded:
    """A method of a fitted model that keeps its first result for the test rows.

    It looks the method up by name, so that a copy of the model calls the copy's own method.
    """

    model: Any
    name: str
    X_test: Any
    before: pd.DataFrame | None
    repeats: bool
    results: list[Any] = field(default_factory=list)
    seconds: float = 0.0

    def __post_init__(self) -> None:
        self.__name__ = self.name  # scikit-learn's scorers read it

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        is_about_test_rows = len(args) == 1 and not kwargs and args[0] is self.X_test
        if is_about_test_rows and self.repeats and self.results:
            return copy.copy(self.results[0])
        if is_about_test_rows and self.before is not None and not self.X_test.equals(self.before):
            # The scorer has changed the rows, or the model, which wrote into them.
            is_about_test_rows = self.repeats
            args = (self.before.copy(deep=False),) if self.repeats else args
        start = perf_counter()
        result = getattr(type(self.model), self.name).__get__(self.model)(*args, **kwargs)
        if is_about_test_rows and not self.results:
            self.seconds = perf_counter() - start
            self.results.append(copy.copy(result))  # a scorer may change the result it gets
        return result
