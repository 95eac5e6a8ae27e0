"""Permutation importance names the feature that the score depends on."""

from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.dummy import DummyClassifier
from sklearn.ensemble import RandomForestClassifier
from sklearn.inspection import permutation_importance
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.metrics import accuracy_score
from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor
from skrub import TableVectorizer, tabular_pipeline

from kedro_sweep.report.figures import _importance as importance
from kedro_sweep.report.figures._importance import (
    MAX_FEATURES,
    MAX_SHUFFLED,
    choose_features,
    measure_drops,
    plot_importance,
    vectorize,
)
from kedro_sweep.search.settings import add_preprocessing
from kedro_sweep.search.settings._scorers import find_scorer


def test_the_feature_that_decides_comes_first(
    fit: Any, rows: pd.DataFrame, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(importance, "MAX_REPEATS", 10)
    model = fit(DecisionTreeClassifier(), "two")
    figure, ranking, _ = plot_importance(model, rows, "two", "accuracy", "maximize", 0)
    axes: Any = figure.axes[0]
    assert ranking[0] == "size"
    assert figure.get_suptitle() == "Permutation importance: size matters most"
    labels = [label.get_text() for label in axes.get_yticklabels()]
    assert sorted(labels) == sorted(rows.columns[:6])
    assert labels[: len(ranking)] == ranking
    assert axes.containers[-1].patches[0].get_width() > 0.2
    assert axes.get_xlabel().startswith("Drop in accuracy")


def test_a_score_to_be_minimized_rises(fit: Any, rows: pd.DataFrame) -> None:
    model = fit(DecisionTreeRegressor(max_depth=3), "number", "size", "flag")
    figure, ranking, _ = plot_importance(model, rows, "number", "neg_mean_absolute_error", "minimize", 0)
    # It is negative: taken as something to minimize, shuffling improves it.
    assert ranking == []
    assert figure.axes[0].get_xlabel().startswith("Rise in negative mean absolute")


def test_a_model_that_reads_no_feature_has_none_that_stands_out(fit: Any, rows: pd.DataFrame) -> None:
    model = fit(DummyClassifier(), "two", "size", "flag")
    figure, ranking, _ = plot_importance(model, rows, "two", "accuracy", "maximize", 0)
    assert figure.get_suptitle().startswith("Permutation importance: no feature stands")
    assert ranking == []


def test_a_feature_within_the_noise_of_the_others_is_hollow_and_not_ranked(
    fit: Any, rows: pd.DataFrame
) -> None:
    rng = np.random.default_rng(1)
    table = pd.DataFrame({f"noise {number}": rng.normal(size=60) for number in range(6)})
    table = table.assign(size=rows["size"], y=rows["two"])
    model = fit(DecisionTreeClassifier(max_depth=4), "y", *table.columns[:-1], table=table)
    figure, ranking, _ = plot_importance(model, table, "y", "accuracy", "maximize", 0)
    axes: Any = figure.axes[0]
    assert ranking == ["size"]
    first, *others = axes.containers[-1].patches
    noise = axes.patches[0]
    assert noise.get_x() + noise.get_width() == -noise.get_x()
    assert noise.get_x() <= min(bar.get_width() for bar in others)
    assert first.get_facecolor()[3] == 1
    assert all(bar.get_facecolor()[3] == 0 for bar in others)


@pytest.mark.parametrize(
    ("scoring", "test", "reason"),
    [
        ("roc_auc", slice(0, 2), "is not a number on 2 test rows"),
        ("neg_log_loss", slice(None), "raises an error on the test rows"),
    ],
)
def test_a_score_that_the_test_rows_do_not_allow_is_said(
    scoring: str, test: slice, reason: str, fit: Any, rows: pd.DataFrame
) -> None:
    table = rows.assign(two=rows["two"].mask(rows.index == 9, "never"))
    model = fit(DecisionTreeClassifier(), "two", "size", "flag")
    figure, ranking, _ = plot_importance(model, table[test], "two", scoring, "maximize", 0)
    assert reason in " ".join(figure.axes[0].texts[0].get_text().split())
    assert ranking == ["size", "flag"]


def test_only_the_first_of_many_features_are_drawn(
    fit: Any, rows: pd.DataFrame, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(importance, "MAX_SHUFFLES", 100)
    table = pd.DataFrame({f"feature {number}": rows["size"] for number in range(20)})
    table["y"] = rows["size"]
    model = fit(LinearRegression(), "y", *table.columns[:-1], table=table)
    figure, ranking, _ = plot_importance(model, table, "y", "r2", "maximize", 0)
    axes: Any = figure.axes[0]
    assert len(axes.containers[-1].patches) == MAX_FEATURES
    assert len(ranking) > MAX_FEATURES
    assert figure.axes[0].get_title("left") == "The first 15 of 20 features"


def test_only_the_features_that_change_the_predictions_most_are_shuffled(
    fit: Any, rows: pd.DataFrame, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    caplog.set_level("INFO")
    monkeypatch.setattr(importance, "MAX_SHUFFLES", 500)
    table = pd.DataFrame({f"feature {number}": np.arange(60) // 30 for number in range(120)})
    table["feature 110"] = rows["size"]
    table["y"] = rows["size"]
    model = fit(DecisionTreeRegressor(), "y", *table.columns[:-1], table=table)
    figure, ranking, _ = plot_importance(model, table, "y", "r2", "maximize", 0)
    assert ranking[0] == "feature 110"
    assert figure.axes[0].get_title("left").split() == (
        f"The first 15 of the {MAX_SHUFFLED} that change the predictions most, of 120 in all".split()
    )
    [said] = caplog.messages
    assert said.startswith("120 features: the permutation importance is measured for the 100 that")


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
    drops = measure_drops(
        model, X, rows[target], scorer, 3, 7, [(0,), (1,)], at_once=isinstance(scoring, str)
    )
    np.testing.assert_allclose(drops, expected, rtol=0, atol=1e-12)
    assert np.abs(expected).max() > 0


def test_a_vectorizer_runs_once_and_changes_nothing(
    rows: pd.DataFrame, monkeypatch: pytest.MonkeyPatch
) -> None:
    X, y = rows[["city", "size", "note", "day"]], rows["three"]
    model = tabular_pipeline(RandomForestClassifier(5, random_state=0)).fit(X, y)
    scorer = find_scorer("neg_log_loss")
    expected = permutation_importance(model, X, y, scoring=scorer, n_repeats=2, random_state=7)
    rest, converted, columns = vectorize(model, X)
    monkeypatch.setattr(TableVectorizer, "transform", lambda *_: pytest.fail("runs again"))
    assert converted.shape[1] > X.shape[1]
    drops = measure_drops(rest, converted, y, scorer, 2, 7, columns, at_once=True)
    np.testing.assert_allclose(drops, expected.importances, rtol=0, atol=1e-12)
    assert (np.abs(drops).max(axis=1) > 0).sum() > 1


def test_codes_that_become_categories_before_the_vectorizer_are_shuffled_too(
    rows: pd.DataFrame,
) -> None:
    codes = (rows["thirty"] % 3).astype(int).map("0{}".format).astype("str")
    X, y = rows[["size"]].assign(code=codes), rows["three"]
    model = add_preprocessing(RandomForestClassifier(5, random_state=0), "auto", X, imputes=False)
    model.fit(X, y)
    scorer = find_scorer("neg_log_loss")
    expected = permutation_importance(model, X, y, scoring=scorer, n_repeats=2, random_state=7)
    rest, converted, columns = vectorize(model, X)
    assert len(rest.steps) == len(model.steps) - 2
    drops = measure_drops(rest, converted, y, scorer, 2, 7, columns, at_once=True)
    np.testing.assert_allclose(drops, expected.importances, rtol=0, atol=1e-12)


def test_a_text_without_any_value_in_training_matters_nothing(rows: pd.DataFrame) -> None:
    X, y = rows[["size"]].assign(empty=pd.Series(None, rows.index, dtype="str")), rows["three"]
    model = tabular_pipeline(RandomForestClassifier(5, random_state=0)).fit(X, y)
    rest, converted, columns = vectorize(model, X)
    how = (find_scorer("accuracy"), 3, 7, columns)
    size, empty = measure_drops(rest, converted, y, *how, at_once=True)
    assert size.max() > 0
    assert not empty.any()


@pytest.mark.parametrize(
    ("estimator", "target"),
    [(FOREST, "three"), (LinearRegression(), "number"), (None, "three")],
)
def test_the_features_that_change_the_predictions_are_chosen(
    estimator: Any, target: str, rows: pd.DataFrame, labels_only: Any
) -> None:
    noise = {f"noise {number}": np.zeros(len(rows)) for number in range(30)}
    X = pd.DataFrame(noise | {"size": rows["size"], "more": 0.0})
    model = (labels_only if estimator is None else estimator).fit(X, rows[target])
    chosen = choose_features(model, X, rows[target], [(column,) for column in range(32)], 3, 0)
    assert len(chosen) == 3
    assert (30 in chosen) == (estimator is not None)


def test_choosing_of_many_features_takes_few_rows(monkeypatch: pytest.MonkeyPatch) -> None:
    X = pd.DataFrame(np.random.default_rng(0).normal(size=(50, 40)), columns=[*map(str, range(40))])
    monkeypatch.setattr(importance, "MAX_CELLS_TO_CHOOSE", 10 * X.shape[1] ** 2)
    model = Counting().fit(X, y := X["7"] - 2 * X["9"])
    assert choose_features(model, X, y, [(column,) for column in range(40)], 2, 0) == [7, 9]
    assert model.lengths == [10, 400, 10]
