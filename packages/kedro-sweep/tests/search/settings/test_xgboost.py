"""A classifier that only takes numbers from 0 gets them, and predicts the original classes."""

from typing import Any

import numpy as np
import pandas as pd
from sklearn.base import BaseEstimator, ClassifierMixin, clone
from sklearn.model_selection import cross_val_score
from sklearn.tree import DecisionTreeClassifier

from kedro_sweep.search.settings._xgboost import NumberedClasses


class Picky(ClassifierMixin, BaseEstimator):  # type: ignore[misc]  # scikit-learn is not typed
    """A tree that takes numbers from 0 and says so itself, as XGBoost does."""

    def __init__(self, max_depth: int = 3) -> None:
        """Keep the depth."""
        self.max_depth = max_depth

    def fit(self, X: Any, y: Any, **options: Any) -> "Picky":
        """Refuse other classes."""
        self.n_classes_ = len(np.unique(y))
        if not {*np.unique(y)} <= {*self.classes_}:
            raise ValueError(f"Invalid classes {np.unique(y)}")
        self.tree_ = DecisionTreeClassifier(max_depth=self.max_depth, random_state=0).fit(X, y)
        return self

    @property
    def classes_(self) -> Any:
        """Numbers."""
        return np.arange(self.n_classes_)

    def predict(self, X: Any, *, output_margin: bool = False, **options: Any) -> Any:
        """Predict numbers, or one value per class."""
        return self.tree_.predict_proba(X) if output_margin else self.tree_.predict(X)

    def predict_proba(self, X: Any) -> Any:
        """Predict probabilities."""
        return self.tree_.predict_proba(X)


class Numbered(NumberedClasses, Picky):
    """The same for classes of any kind."""


def test_classes_of_any_kind_are_predicted_as_by_the_classifier_alone(
    rare_classes: tuple[pd.DataFrame, pd.Series],
) -> None:
    X, y = rare_classes
    model = clone(Numbered(max_depth=4)).fit(X, y)
    expected = DecisionTreeClassifier(max_depth=4, random_state=0).fit(X, y)
    assert model.classes_.tolist() == expected.classes_.tolist() == ["high", "low", "rare"]
    assert model.predict(X).tolist() == expected.predict(X).tolist()
    assert (model.predict_proba(X) == expected.predict_proba(X)).all()
    scores = [cross_val_score(estimator, X, y, cv=3).tolist() for estimator in (model, expected)]
    assert scores[0] == scores[1]


def test_a_second_fit_may_have_other_classes(rare_classes: tuple[pd.DataFrame, pd.Series]) -> None:
    X, y = rare_classes
    model = Numbered(max_depth=2).fit(X, y)
    assert set(model.fit(X, y.replace("rare", "low")).predict(X)) == {"high", "low"}


def test_values_that_are_no_classes_are_passed_on(rare_classes: tuple[pd.DataFrame, pd.Series]) -> None:
    X, y = rare_classes
    model = Numbered().fit(X, y)
    assert np.array_equal(model.predict(X, output_margin=True), model.predict_proba(X))
