"""Choose the threshold of the same model in several ways, and judge each by the test rows."""

from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import Any, Self

import numpy as np
from kedro_sweep.evaluation.decisions import Decision, make_rule
from kedro_sweep.evaluation.predictions import Predictions, Truth
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.metrics import make_scorer
from sklearn.model_selection import TunedThresholdClassifierCV

from benchmarks.decisions.fitting import N_FOLDS, Array, Fitted

Costs = Mapping[str, Any]
# Takes what was fitted, the measure and the costs.
Way = Callable[[Fitted, str, Costs], float]

OURS, TUNED, USUAL, AUTOGLUON = "Kedro Sweep", "TunedThresholdClassifierCV", "0.5", "AutoGluon"
MEASURES = ("f1", "balanced_accuracy", "cost")


def find_cost(y: Array, predicted: Array, fp: int, fn: int) -> float:
    """Find the mean cost of a row."""
    missed, false = (y == 1) & (predicted == 0), (y == 0) & (predicted == 1)
    return float(np.mean(fn * missed + fp * false))


def find_f1(y: Array, predicted: Array) -> float:
    """Find F1, 0 without any positive; scikit-learn's checks would take most of the time."""
    found = int(np.sum(y == 1) + np.sum(predicted == 1))
    return 2 * int(np.sum((y == 1) & (predicted == 1))) / found if found else 0.0


def find_balanced_accuracy(y: Array, predicted: Array) -> float:
    """Find the mean of the shares of both classes that are predicted right."""
    return float((np.mean(predicted[y == 1] == 1) + np.mean(predicted[y == 0] == 0)) / 2)


def find_functions(costs: Costs) -> dict[str, Callable[[Array, Array], float]]:
    """Find the functions of the measures, which take true and predicted classes."""
    return {
        "f1": find_f1,
        "balanced_accuracy": find_balanced_accuracy,
        "cost": partial(find_cost, **costs),
    }


def choose_ours(fitted: Fitted, measure: str, costs: Costs) -> float:
    """Choose it as a run does, from the stored out-of-fold predictions."""
    n = len(fitted.y)
    truth = Truth(fitted.y, np.array([0, 1]), np.zeros(n, int), np.arange(n))
    probabilities = np.column_stack([1 - fitted.out_of_fold, fitted.out_of_fold])
    given = {"costs": costs} if measure == "cost" else {"optimize": measure}
    rule = make_rule(Decision.model_validate({"threshold": "auto", **given}), truth, "roc_auc")
    assert rule is not None
    labels = (fitted.out_of_fold >= 0.5).astype(int)
    _, [threshold] = rule.decide(truth, Predictions(labels, probabilities), np.ones((1, n)))
    return float(threshold)


class Known(ClassifierMixin, BaseEstimator):  # type: ignore[misc]
    """A classifier whose probabilities are known: its rows hold their numbers.

    `TunedThresholdClassifierCV` fits a model in each of the same folds. So it finds the out-of-fold
    probabilities that are there already, and need not fit them again for each measure.
    """

    def __init__(self, probabilities: Array) -> None:
        """Keep the probability of the positive class by the number of the row."""
        self.probabilities = probabilities

    def fit(self, X: Array, y: Array) -> Self:
        """Fit nothing."""
        self.classes_ = np.unique(y)
        return self

    def predict_proba(self, X: Array) -> Array:
        """Look up the probabilities."""
        found = self.probabilities[X[:, 0]]
        return np.column_stack([1 - found, found])


def choose_tuned(fitted: Fitted, measure: str, costs: Costs) -> float:
    """Choose it by scikit-learn, with its defaults."""
    function = find_functions(costs)[measure]
    tuned = TunedThresholdClassifierCV(
        Known(fitted.out_of_fold),
        scoring=make_scorer(function, greater_is_better=measure != "cost"),
        cv=N_FOLDS,
        response_method="predict_proba",
    )
    rows = np.arange(len(fitted.y))[:, np.newaxis]
    return float(tuned.fit(rows, fitted.y).best_threshold_)


WAYS: dict[str, Way] = {OURS: choose_ours, TUNED: choose_tuned, USUAL: lambda *_: 0.5}
# How many fits each takes, beyond those of the folds in the search and the delivered model.
FITS = {OURS: 0, TUNED: N_FOLDS + 1, USUAL: 0, AUTOGLUON: 0}


def judge(
    fitted: Fitted, ways: Mapping[str, Way], costs: Costs
) -> Iterator[tuple[str, str, float, float]]:
    """Yield the way, the measure, the threshold, and the measure on the test rows."""
    functions = find_functions(costs)
    for name, choose in ways.items():
        for measure in MEASURES:
            threshold = choose(fitted, measure, costs)
            predicted = (fitted.of_test >= threshold).astype(int)
            yield name, measure, threshold, float(functions[measure](fitted.y_test, predicted))
