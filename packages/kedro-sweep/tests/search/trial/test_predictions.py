"""Predictions for the test rows are recorded during scoring, and the score does not change."""

import copy
import pickle
from collections import Counter
from collections.abc import Callable, Iterator
from time import perf_counter
from typing import Any

import numpy as np
import optuna
import pandas as pd
import pytest
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.ensemble import GradientBoostingClassifier, RandomForestClassifier
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.metrics import accuracy_score
from sklearn.model_selection import cross_val_score
from sklearn.naive_bayes import GaussianNB
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC

from kedro_sweep.search import StudyConfiguration
from kedro_sweep.search.trial import Objective
from kedro_sweep.search.trial._predictions import FoldPrediction, predict_fold, record_predictions

Table = tuple[pd.DataFrame, pd.Series]
Configure = Callable[..., StudyConfiguration]

CALLS: Counter[str] = Counter()
DEPTH = {"max_depth": {"type": "int", "low": 1, "high": 9}}
SIZE = {"type": "int", "low": 1, "high": 50}


class Counted(GaussianNB):  # type: ignore[misc]  # scikit-learn is not typed
    """A classifier that counts its calls, and predicts classes from its probabilities."""

    def __init__(self, var_smoothing: float = 1e-9) -> None:
        """Keep the argument."""
        super().__init__(var_smoothing=var_smoothing)

    def predict(self, X: Any) -> Any:
        """Count, and predict."""
        CALLS["predict"] += 1
        return self.classes_[self.predict_proba(X).argmax(axis=1)]

    def predict_proba(self, X: Any) -> Any:
        """Count, and predict."""
        CALLS["predict_proba"] += 1
        return super().predict_proba(X)


class Mute(ClassifierMixin, BaseEstimator):  # type: ignore[misc]  # scikit-learn is not typed
    """A classifier whose probabilities cannot be computed."""

    def __init__(self, depth: int = 1) -> None:
        """Keep the argument."""
        self.depth = depth

    def fit(self, X: Any, y: Any) -> "Mute":
        """Keep the classes."""
        self.classes_ = np.unique(y)
        return self

    def predict(self, X: Any) -> Any:
        """Predict the first class."""
        return np.full(len(X), self.classes_[0])

    def predict_proba(self, X: Any) -> Any:
        """Fail."""
        raise NotImplementedError("Not yet.")


def score_shuffled(estimator: Any, X: pd.DataFrame, y: Any) -> float:
    """Score without a feature, which is changed in place for a while."""
    before = X["alcohol"].copy()
    X["alcohol"] = 0.0
    without = accuracy_score(y, estimator.predict(X))
    X["alcohol"] = before
    return float(accuracy_score(y, estimator.predict(X)) - without / 2)


def score_spoiled(estimator: Any, X: Any, y: Any) -> float:
    """Score by probabilities, which are changed in place."""
    probabilities = estimator.predict_proba(X)
    probabilities *= -1
    return float(probabilities[:, 0].mean() + estimator.predict_proba(X)[:, 0].mean() / 2)


@pytest.fixture(autouse=True)
def _forget_calls() -> Iterator[None]:
    CALLS.clear()
    yield
    CALLS.clear()


def predict_folds(configuration: StudyConfiguration, params: dict[str, Any]) -> list[FoldPrediction]:
    predictions: list[FoldPrediction] = []
    with_, without = Objective(configuration), Objective(configuration)
    assert list(with_.fold_scores(params, predictions.append)) == list(without.fold_scores(params))
    return predictions


@pytest.mark.parametrize("keeps", [True, False])
def test_another_score_costs_no_other_prediction(
    keeps: bool, two_classes: Table, configure: Configure
) -> None:
    space = {"var_smoothing": {"type": "float", "low": 1e-9, "high": 1}}
    model = {"class": f"{__name__}.Counted", "preprocessing": "none"}
    scoring = ["accuracy", "neg_log_loss", "f1_macro", "roc_auc"]
    configuration = configure(two_classes, model=model, search_space=space, scoring=scoring)
    kept: list[FoldPrediction] = []
    recorded: list[dict[str, float]] = []
    objective = Objective(configuration)
    list(objective.fold_scores({}, kept.append if keeps else None, recorded.append))
    assert [list(scores) for scores in recorded] == [scoring[1:]] * 3
    assert CALLS == {"predict": 3, "predict_proba": 3}


@pytest.mark.parametrize("scoring", ["accuracy", "neg_log_loss", "roc_auc_ovr"])
def test_each_method_is_computed_once_per_fold(
    scoring: str, two_classes: Table, configure: Configure
) -> None:
    space = {"var_smoothing": {"type": "float", "low": 1e-9, "high": 1}}
    model = {"class": f"{__name__}.Counted", "preprocessing": "none"}
    configuration = configure(two_classes, model=model, search_space=space, scoring=scoring)
    predictions: list[FoldPrediction] = []
    list(Objective(configuration).fold_scores({"var_smoothing": 0.1}, predictions.append))
    assert CALLS == {"predict": 3, "predict_proba": 3}
    for prediction, fold in zip(predictions, configuration.folds, strict=True):
        fitted = GaussianNB(var_smoothing=0.1).fit(fold.X_train, fold.y_train)
        assert (prediction.labels == fitted.predict(fold.X_test)).all()
        assert prediction.probabilities is not None
        assert (prediction.probabilities == fitted.predict_proba(fold.X_test)).all()


@pytest.mark.parametrize(
    ("path", "space", "params"),
    [
        ("sklearn.ensemble.RandomForestClassifier", DEPTH, {"max_depth": 3}),
        ("sklearn.ensemble.GradientBoostingClassifier", DEPTH, {"max_depth": 1}),
        ("sklearn.linear_model.LogisticRegression", {"C": {"type": "float", "low": 1, "high": 9}}, {}),
    ],
)
@pytest.mark.parametrize("reuse", [True, False])
def test_predictions_are_those_of_a_fit_from_scratch(
    path: str,
    space: dict[str, Any],
    params: dict[str, Any],
    reuse: bool,
    rare_classes: Table,
    configure: Configure,
) -> None:
    fixed = {} if "linear" in path else {"n_estimators": 4}
    model = {"class": path, "params": fixed}
    configuration = configure(rare_classes, model=model, search_space=space, reuse=reuse)
    estimator = configuration.build(params)
    for prediction, fold in zip(predict_folds(configuration, params), configuration.folds, strict=True):
        expected = predict_fold(estimator.fit(fold.X_train, fold.y_train), fold.X_test)
        for found, wanted in zip(prediction[:4], expected[:4], strict=True):  # the rest is a time
            assert found is not None
            assert wanted is not None
            assert np.array_equal(found, wanted)


def test_numbers_have_neither_classes_nor_probabilities(values: Table, configure: Configure) -> None:
    space = {"alpha": {"type": "float", "low": 0, "high": 9}}
    model = {"class": "sklearn.linear_model.Ridge", "preprocessing": "none"}
    configuration = configure(values, model=model, search_space=space, scoring="r2")
    for prediction, fold in zip(predict_folds(configuration, {}), configuration.folds, strict=True):
        fitted = Ridge().fit(fold.X_train, fold.y_train)
        assert (prediction.labels == fitted.predict(fold.X_test)).all()
        assert prediction[1:3] == (None, None)


def test_a_pipeline_without_probabilities_has_none(two_classes: Table) -> None:
    X, _ = two_classes
    model = make_pipeline(StandardScaler(), SVC()).fit(*two_classes)
    with record_predictions(model, X) as predict:
        assert not hasattr(model, "predict_proba")
        prediction = predict()
    assert prediction.probabilities is None
    assert prediction.classes is not None
    assert (prediction.labels == model.predict(X)).all()


@pytest.mark.parametrize("scorer", ["score_shuffled", "score_spoiled"])
def test_a_scorer_that_changes_what_it_gets_spoils_neither_its_score_nor_the_predictions(
    scorer: str, table: Table, configure: Configure
) -> None:
    configuration = configure(
        model={"class": "sklearn.naive_bayes.GaussianNB", "preprocessing": "none"},
        search_space={"var_smoothing": {"type": "float", "low": 1e-9, "high": 1}},
        scoring=f"{__name__}.{scorer}",
    )
    estimator = configuration.build()
    for prediction, fold in zip(predict_folds(configuration, {}), configuration.folds, strict=True):
        expected = predict_fold(estimator.fit(fold.X_train, fold.y_train), fold.X_test)
        assert np.array_equal(prediction.labels, expected.labels)
        assert prediction.probabilities is not None
        assert expected.probabilities is not None
        assert np.array_equal(prediction.probabilities, expected.probabilities)


def test_the_model_is_as_before_and_a_copy_of_it_predicts_by_itself(two_classes: Table) -> None:
    X, y = two_classes
    for model in (RandomForestClassifier(3), GradientBoostingClassifier(n_estimators=2)):
        before = set(vars(model.fit(X, y)))
        with record_predictions(model, X):
            model.predict(X)
            for other in (copy.deepcopy(model), pickle.loads(pickle.dumps(model))):
                other.fit(X, y.replace({"high": "low", "low": "high"}))
                assert (other.predict(X) != model.predict(X)).mean() > 0.5
        assert set(vars(model)) == before


def test_other_rows_are_not_taken_for_the_test_rows(two_classes: Table) -> None:
    X, y = two_classes
    model = LogisticRegression().fit(X, y)
    with record_predictions(model, X) as predict:
        half = model.predict(X.head(60))
        assert len(predict().labels) == len(X)
        assert len(half) == 60


def test_a_model_that_fails_to_predict_what_the_score_does_not_need_is_scored_with_a_warning(
    table: Table, configure: Configure
) -> None:
    configuration = configure(
        model={"class": f"{__name__}.Mute"}, search_space={"depth": {"type": "int", "low": 1, "high": 2}}
    )
    predictions: list[FoldPrediction] = []
    trial = optuna.create_study().ask(configuration.search_space.distributions())
    with pytest.warns(UserWarning, match=r"No predictions are kept\. NotImplementedError: Not yet\."):
        value = Objective(configuration)(trial, predictions.append)
    assert value == cross_val_score(Mute(), *table, cv=3).mean()
    assert predictions == []


@pytest.mark.parametrize(
    ("model", "params"),
    [
        ({"class": "sklearn.ensemble.RandomForestClassifier"}, {"n_estimators": 40}),
        ({"class": "sklearn.svm.SVC", "preprocessing": "auto"}, {"C": 1.0}),
        ({"class": "sklearn.ensemble.GradientBoostingClassifier"}, {"n_estimators": 20}),
    ],
    ids=["forest", "steps", "boosting"],
)
@pytest.mark.parametrize("reuse", [True, False])
def test_the_time_of_a_prediction_is_about_that_of_a_model_from_scratch(
    reuse: bool, model: dict[str, Any], params: dict[str, Any], configure: Configure
) -> None:
    configuration = configure(model=model, search_space={"n_estimators": SIZE}, reuse=reuse, cv=2)
    objective, predictions = Objective(configuration), list[FoldPrediction]()
    list(objective.fold_scores(params, predictions.append))
    first = predictions[:]
    list(objective.fold_scores(params, predictions.append))  # which may reuse what is in memory
    fold = configuration.folds[0]
    fitted = configuration.build(params).fit(fold.X_train, fold.y_train)
    times = []
    for _ in range(5):
        start = perf_counter()
        fitted.predict(fold.X_test)
        times.append(perf_counter() - start)
    for found in (*first, *predictions):
        assert found.seconds > 0.2 * min(times)
