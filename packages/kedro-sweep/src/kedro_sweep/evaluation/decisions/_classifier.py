"""What a model decides by: corrected probabilities, costs, a threshold; and how sure it is.

An exported folder holds a copy of this module, so it imports nothing of this library.
"""

from collections.abc import Mapping
from itertools import compress
from typing import Any, Self

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from scipy.special import expit, logit, softmax
from sklearn.base import BaseEstimator, ClassifierMixin, MetaEstimatorMixin, is_classifier
from sklearn.frozen import FrozenEstimator
from sklearn.model_selection import FixedThresholdClassifier

Array = NDArray[Any]

SMALLEST = 1e-3  # a forest of few trees is as sure as 0 or 1, which have no logit
ROUNDING = 1e-6  # of stored probabilities in single precision


class DecidingClassifier(ClassifierMixin, MetaEstimatorMixin, BaseEstimator):  # type: ignore[misc]
    """Corrects the probabilities of a classifier, and predicts the class with the lowest expected cost.

    scikit-learn's `CalibratedClassifierCV` would fit the classifier again, and knows no costs.
    """

    def __init__(
        self, estimator: Any, calibrator: Mapping[str, Any] | None = None, costs: ArrayLike | None = None
    ) -> None:
        """Take a fitted classifier, what `fit_calibrator` returned, and costs as in `Rule`."""
        self.estimator = estimator
        self.calibrator = calibrator
        self.costs = costs

    def fit(self, X: Any, y: ArrayLike) -> Self:
        """Take over the classes of the classifier, which is fitted already."""
        self.classes_ = self.estimator.classes_
        return self

    def predict_proba(self, X: Any) -> Array:
        """Predict corrected probabilities, shape (n, n_classes)."""
        probabilities: Array = np.asarray(self.estimator.predict_proba(X))
        return apply_calibrator(self.calibrator, probabilities) if self.calibrator else probabilities

    def predict(self, X: Any) -> Array:
        """Predict the class with the lowest expected cost, or without costs the most probable one."""
        probabilities = self.predict_proba(X)
        wanted = probabilities if self.costs is None else -(probabilities @ np.asarray(self.costs))
        labels: Array = self.classes_[wanted.argmax(axis=1)]
        return labels


def find_undecided(estimator: Any) -> Any:
    """Find the estimator below what decides; a threshold that the user's model brings is part of it."""
    deciding = FixedThresholdClassifier | DecidingClassifier
    while isinstance(estimator, FrozenEstimator) or (
        isinstance(estimator, deciding) and isinstance(estimator.estimator, FrozenEstimator)
    ):
        estimator = estimator.estimator
    return estimator


def make_deciding(estimator: Any, decision: Mapping[str, Any], X: Any, y: ArrayLike) -> Any:
    """Make a fitted estimator decide as a record of `decide` says.

    Args:
        estimator: The fitted estimator.
        decision: What `decide` returned, in plain values; empty to change nothing.
        X: The rows that it was fitted on.
        y: Their target.

    Returns:
        The estimator, in scikit-learn's `FixedThresholdClassifier` if a threshold decides.
    """
    calibrator = decision.get("calibration", {}).get("calibrator")
    rule = decision.get("rule") or {}
    costs = None if "threshold" in rule else rule.get("costs")
    if calibrator or costs:
        estimator = DecidingClassifier(FrozenEstimator(estimator), calibrator, costs).fit(X, y)
    if rule.get("threshold") is not None:
        estimator = FixedThresholdClassifier(
            FrozenEstimator(estimator),
            threshold=rule["threshold"],
            pos_label=rule["positive"],
            response_method="predict_proba",
        ).fit(X, y)
    return estimator


def restore_decision(estimator: Any, decision: dict[str, Any]) -> Any:
    """Make an estimator decide as it did before it was exported without what decides."""
    if (classes := getattr(estimator, "classes_", None)) is not None:
        estimator = make_deciding(estimator, decision, np.zeros((len(classes), 1)), classes)
    estimator.decision_ = decision
    return estimator


def to_logits(probabilities: Array) -> Array:
    """Take the logits of probabilities, which are finite for those of 0 and 1, too."""
    logits: Array = logit(np.clip(probabilities, SMALLEST, 1 - SMALLEST))
    return logits


def apply_calibrator(calibrator: Mapping[str, Any], probabilities: Array) -> Array:
    """Correct probabilities, shape (n, n_classes), by what `fit_calibrator` returned."""
    probabilities = np.asarray(probabilities, dtype=float)
    if "power" in calibrator:
        powers: Array = softmax(
            calibrator["power"] * np.log(np.clip(probabilities, SMALLEST, 1)), axis=1
        )
        return powers
    curves = calibrator["curves"]
    columns = [
        np.interp(column, curve["from"], curve["to"])
        if "from" in curve
        else expit(curve["slope"] * to_logits(column) + curve["intercept"])
        for curve, column in zip(curves, probabilities.T[-len(curves) :], strict=True)
    ]
    found = np.column_stack([1 - columns[0], *columns] if len(columns) == 1 else columns)
    total = found.sum(axis=1, keepdims=True)
    normalized: Array = np.divide(found, total, out=probabilities.copy(), where=total > 0)
    return normalized


def predict_intervals(record: Mapping[str, Any], predicted: Array) -> tuple[Array, Array]:
    """Predict the low and the high end of the interval around each prediction."""
    spread = np.interp(predicted, *record["knots"]) if record["knots"] else 1.0
    return predicted - record["margin"] * spread, predicted + record["margin"] * spread


def predict_sets(record: Mapping[str, Any], probabilities: Array) -> Array:
    """Predict which classes are in the set of each row, shape (n, n_classes); at least one is."""
    is_in: Array = probabilities >= record["least"] - ROUNDING
    is_in[np.arange(len(is_in)), probabilities.argmax(axis=1)] = True
    return is_in


def predict_table(model: Any, rows: pd.DataFrame) -> pd.DataFrame:
    """Predict the target of new rows.

    Args:
        model: Takes raw rows.
        rows: The rows.

    Returns:
        `prediction` for each row; `low` and `high` of a number; `probability_<class>` for each class,
        and the `prediction_set` of those that are probable enough.
    """
    interval = getattr(model, "decision_", {}).get("interval", {})
    found = np.ravel(model.predict(rows))  # CatBoost returns classes as a column
    table = pd.DataFrame({"prediction": found}, index=rows.index)
    if is_classifier(model) and hasattr(model, "predict_proba"):
        names, probabilities = [*map(str, model.classes_)], np.asarray(model.predict_proba(rows))
        table[[f"probability_{name}" for name in names]] = probabilities
        if interval.get("kind") == "set":
            sets = predict_sets(interval, probabilities)
            table["prediction_set"] = [" | ".join(compress(names, row)) for row in sets]
    elif interval.get("kind") == "interval":
        table["low"], table["high"] = predict_intervals(interval, found)
    return table
