"""A classifier that decides by corrected probabilities and by the costs of errors."""

from collections.abc import Mapping
from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike
from sklearn.base import BaseEstimator, ClassifierMixin, MetaEstimatorMixin
from sklearn.frozen import FrozenEstimator
from sklearn.model_selection import FixedThresholdClassifier

from kedro_sweep.evaluation.decisions._calibration import apply_calibrator
from kedro_sweep.evaluation.predictions import Array


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
        probabilities: Array = np.asarray(self.estimator.predict_proba(X))
        return apply_calibrator(self.calibrator, probabilities) if self.calibrator else probabilities

    def predict(self, X: Any) -> Array:
        probabilities = self.predict_proba(X)
        wanted = probabilities if self.costs is None else -(probabilities @ np.asarray(self.costs))
        labels: Array = self.classes_[wanted.argmax(axis=1)]
        return labels


def find_undecided(estimator: Any) -> Any:
    """Find the estimator below what decides; itself if nothing does."""
    while isinstance(estimator, FixedThresholdClassifier | DecidingClassifier | FrozenEstimator):
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
