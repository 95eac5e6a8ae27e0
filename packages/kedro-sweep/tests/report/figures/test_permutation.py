"""The drops of a score are those of scikit-learn, with fewer calls of the model."""

from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.ensemble import RandomForestClassifier
from sklearn.inspection import permutation_importance
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.metrics import accuracy_score
from skrub import TableVectorizer, tabular_pipeline

from kedro_sweep.report.figures import permutation
from kedro_sweep.report.figures.permutation import choose_features, measure_drops, vectorize
from kedro_sweep.search.scorers import find_scorer


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
    # The name of a column may be that of an argument in pandas.
    X = rows[["size", "flag"]].astype(float).rename(columns={"flag": "self"})
    model = estimator.fit(X, rows[target])
    scorer = find_scorer(scoring) if isinstance(scoring, str) else scoring
    expected = permutation_importance(
        model, X, rows[target], scoring=scorer, n_repeats=3, random_state=7
    ).importances
    drops = measure_drops(model, X, rows[target], scorer, 3, 7)
    np.testing.assert_allclose(drops, expected, rtol=0, atol=1e-12)
    assert np.abs(expected).max() > 0


def test_a_vectorizer_runs_once_and_changes_nothing(
    rows: pd.DataFrame, monkeypatch: pytest.MonkeyPatch
) -> None:
    X, y = rows[["city", "size", "note", "day"]], rows["three"]
    model = tabular_pipeline(RandomForestClassifier(5, random_state=0)).fit(X, y)
    scorer = find_scorer("neg_log_loss")
    expected = permutation_importance(model, X, y, scoring=scorer, n_repeats=3, random_state=7)
    rest, converted, columns = vectorize(model, X)
    monkeypatch.setattr(TableVectorizer, "transform", lambda *_: pytest.fail("runs again"))
    assert converted.shape[1] > X.shape[1]
    drops = measure_drops(rest, converted, y, scorer, 3, 7, columns)
    np.testing.assert_allclose(drops, expected.importances, rtol=0, atol=1e-12)
    assert (np.abs(drops).max(axis=1) > 0).sum() > 1


def test_the_model_is_called_for_many_shuffles_at_once(
    rows: pd.DataFrame, monkeypatch: pytest.MonkeyPatch
) -> None:
    X = rows[["size", "flag"]].astype(float)
    model = Counting().fit(X, rows["number"])
    at_once = measure_drops(model, X, rows["number"], find_scorer("r2"), 4, 0)
    monkeypatch.setattr(permutation, "MAX_ROWS", 3 * len(X))
    np.testing.assert_allclose(measure_drops(model, X, rows["number"], find_scorer("r2"), 4, 0), at_once)
    assert [length // len(X) for length in model.lengths] == [1, 8, 1, 3, 3, 2]


@pytest.mark.parametrize(
    ("estimator", "target"),
    [(FOREST, "three"), (LinearRegression(), "number"), (None, "three")],
)
def test_the_features_that_change_the_predictions_are_chosen(
    estimator: Any, target: str, rows: pd.DataFrame, labels_only: Any
) -> None:
    noise = {f"noise {number}": np.zeros(len(rows)) for number in range(30)}
    X = pd.DataFrame(noise | {"size": rows["size"], "more": 0.0})
    model = (estimator or labels_only).fit(X, rows[target])
    chosen = choose_features(model, X, [(column,) for column in range(32)], 3, 0)
    assert len(chosen) == 3
    assert (30 in chosen) == (estimator is not None)


def test_choosing_of_many_features_takes_few_rows(monkeypatch: pytest.MonkeyPatch) -> None:
    X = pd.DataFrame(np.random.default_rng(0).normal(size=(50, 40)), columns=[*map(str, range(40))])
    monkeypatch.setattr(permutation, "MAX_CELLS_TO_CHOOSE", 10 * X.shape[1] ** 2)
    model = Counting().fit(X, X["7"] - 2 * X["9"])
    assert choose_features(model, X, [(column,) for column in range(40)], 2, 0) == [7, 9]
    assert sum(model.lengths) == 10 + 40 * 10


def test_a_slow_model_says_how_long_it_takes(
    rows: pd.DataFrame, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    caplog.set_level("INFO")
    X = rows[["size", "flag"]].astype(float)
    clock = iter(range(0, 1000, 60))
    monkeypatch.setattr(permutation, "monotonic", lambda: next(clock))
    monkeypatch.setattr(permutation, "MAX_ROWS", 2 * len(X))
    model = Counting().fit(X, rows["number"])
    measure_drops(model, X, rows["number"], find_scorer("r2"), 4, 0)
    assert caplog.messages == ["Permutation importance: 0:03:00 left"]
