"""An estimator that combines several classifiers."""

from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike
from sklearn.ensemble import VotingClassifier
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import LabelEncoder
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import column_or_1d

from kedro_sweep.evaluation.ensemble._selection import stack
from kedro_sweep.evaluation.predictions import Array, Truth, align
from kedro_sweep.search.settings import fit_weighted
from kedro_sweep.search.trial import FoldPrediction, predict_fold


class WeightedPipeline(Pipeline):  # type: ignore[misc]
    """A pipeline whose last step gets the weights of rows, as ensembles hand them to their members."""

    def fit(self, X: Any, y: Any = None, sample_weight: Any = None, **options: Any) -> Any:
        """Fit all steps."""
        if sample_weight is not None:
            return fit_weighted(self, X, y, sample_weight, **options)
        return super().fit(X, y, **options)


class SoftVotingClassifier(VotingClassifier):  # type: ignore[misc]
    """Averages the probabilities of classifiers, in the same way that ensembles are scored.

    It differs from scikit-learn's class in two ways. A classifier without `predict_proba` is allowed,
    and gives the class it predicts the probability 1. And each classifier is trained on the original
    labels, as in the search, instead of on numbers for them, which the keys of a `class_weight` would
    not match.
    """

    def __init__(
        self,
        estimators: list[tuple[str, Any]],
        *,
        weights: ArrayLike | None = None,
        n_jobs: int | None = None,
    ) -> None:
        """Create an unfitted ensemble of named members; `n_jobs` members are fitted at once."""
        super().__init__(estimators, voting="soft", weights=weights, n_jobs=n_jobs)

    def fit(self, X: Any, y: ArrayLike, **weights: Any) -> Self:
        """Fit all members on the original labels; `sample_weight` holds the weights of the rows."""
        check_classification_targets(y)
        self.le_ = LabelEncoder().fit(column_or_1d(y, warn=True))
        self.classes_ = self.le_.classes_
        fitted: Self = super(VotingClassifier, self).fit(X, y, **weights)
        return fitted

    def _collect_probas(self, X: Any) -> Array:
        """Predict the probabilities of each member, shape (n_members, n, n_classes)."""
        folds = [_predict(member, X) for member in self.estimators_]
        y = np.zeros(len(folds[0].labels), dtype=int)  # ignored
        truth = Truth(y, self.classes_, y, y)
        return stack(truth, [align([fold], truth) for fold in folds]).transpose(1, 2, 0)


def _predict(member: Any, X: Any) -> FoldPrediction:
    """Predict only probabilities, if there are any, because a second call would take as long again."""
    if not hasattr(member, "predict_proba"):
        return predict_fold(member, X)
    probabilities = np.asarray(member.predict_proba(X))
    return FoldPrediction(member.classes_[probabilities.argmax(axis=1)], member.classes_, probabilities)
