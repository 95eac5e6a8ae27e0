"""The drops of a score are those of scikit-learn, with fewer calls of the model."""

from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.ensemble import RandomForestClassifier
from sklearn.inspection import permutation_importance
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.metrics import accuracy_score

from kedro_sweep.report.figures.permutation import measure_drops
from kedro_sweep.search.scoring import find_scorer


def score_with_features(model: Any, X: pd.DataFrame, y: pd.Series) -> float:
    """A user's own score, which reads the features, too."""
    return float(accuracy_score(y, model.predict(X)) + X["size"].iloc[0])


class Counting(LinearRegression):  # type: ignore[misc]
    """Notes how many rows each call predicts."""

    def fit(self, X: Any, y: Any) -> "Counting":  # noqa: D102
        self.lengths: list[int] = []
        super().fit(X, y)
        return self

    def predict(self, X: Any) -> Any:  # noqa: D102
        self.lengths.append(len(X))
        return super().predict(X)


FOREST = RandomForestClassifier(5, random_state=0)
SCORES = [
    (FOREST, "three", "accuracy"),
    (FOREST, "three", "roc_auc_ovr"),
    (FOREST, "two", "neg_log_loss"),
    (LogisticRegression(), "two", "roc_auc"),  # by its decision function
    (LinearRegression(), "number", "r2"),
    (FOREST, "two", score_with_features),
]


@pytest.mark.parametrize(("estimator", "target", "scoring"), SCORES)
def test_the_drops_are_those_of_scikit_learn(
    estimator: Any, target: str, scoring: Any, rows: pd.DataFrame
) -> None:
    X = rows[["size", "flag"]].astype(float)
    model = estimator.fit(X, rows[target])
    scorer = find_scorer(scoring) if isinstance(scoring, str) else scoring
    expected = permutation_importance(
        model, X, rows[target], scoring=scorer, n_repeats=3, random_state=7
    ).importances
    drops = measure_drops(model, X, rows[target], scorer, 3, 7)
    np.testing.assert_allclose(drops, expected, rtol=0, atol=1e-12)
    assert np.abs(expected).max() > 0


def test_the_model_is_called_once_per_feature(rows: pd.DataFrame) -> None:
    X = rows[["size", "flag"]].astype(float)
    model = Counting().fit(X, rows["number"])
    measure_drops(model, X, rows["number"], find_scorer("r2"), 4, 0)
    assert model.lengths == [len(X), 4 * len(X), 4 * len(X)]
