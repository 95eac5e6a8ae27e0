"""The estimator that several classifiers make up."""

from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.ensemble import VotingClassifier
from sklearn.preprocessing import LabelEncoder
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import column_or_1d

from kedro_sweep.evaluation.ensemble.blends import stack
from kedro_sweep.evaluation.out_of_fold import Truth, align
from kedro_sweep.search.predictions import predict_fold


class SoftVotingClassifier(VotingClassifier):  # type: ignore[misc]
    """Averages the probabilities of classifiers, as ensembles are scored from stored predictions.

    Two things differ from scikit-learn's class. A classifier without `predict_proba` may take part: the
    class that it predicts has the probability 1. And each is fitted on the labels as they are, as it was
    in the search, rather than on numbers for them, to which the keys of a `class_weight` mean nothing.
    """

    def __init__(
        self,
        estimators: list[tuple[str, Any]],
        *,
        weights: ArrayLike | None = None,
        n_jobs: int | None = None,
    ) -> None:
        """Make an unfitted ensemble.

        Args:
            estimators: Its members by name.
            weights: Of each member; None for equal ones.
            n_jobs: Number of members to fit at once, each in a process.
        """
        super().__init__(estimators, voting="soft", weights=weights, n_jobs=n_jobs)

    def fit(self, X: Any, y: ArrayLike) -> Self:
        """Fit all members.

        Args:
            X: Features, shape (n, n_features).
            y: Classes, shape (n,).

        Returns:
            The ensemble.
        """
        check_classification_targets(y)
        self.le_ = LabelEncoder().fit(column_or_1d(y, warn=True))
        self.classes_ = self.le_.classes_
        fitted: Self = super(VotingClassifier, self).fit(X, y)
        return fitted

    def _collect_probas(self, X: Any) -> NDArray[Any]:
        """Predict the probabilities of each member, shape (n_members, n, n_classes)."""
        folds = [predict_fold(member, X) for member in self.estimators_]
        y = np.zeros(len(folds[0].labels), dtype=int)  # not read
        truth = Truth(y, self.classes_, y, y)
        return stack(truth, [align([fold], truth) for fold in folds]).transpose(1, 2, 0)
