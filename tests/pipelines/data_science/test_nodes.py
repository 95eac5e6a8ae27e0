"""Search, refit and evaluation agree with scikit-learn."""

from typing import Any

import numpy as np
import pandas as pd
import pytest
from optuna.storages import InMemoryStorage
from sklearn.ensemble import RandomForestClassifier, RandomForestRegressor
from sklearn.metrics import (
    accuracy_score,
    balanced_accuracy_score,
    f1_score,
    mean_absolute_error,
    r2_score,
    root_mean_squared_error,
)
from sklearn.model_selection import cross_val_score

from kedro_sweep.tables.parameters import FeatureNames, TargetName
from wine_sweep.pipelines.data_science.nodes import (
    evaluate_model,
    search_hyperparameters,
    train_model,
)
from kedro_sweep.search import Model, RandomSeed, SearchSpace, Sweep

FEATURES = FeatureNames.model_validate(["pH", "alcohol", "sulphates"])
TARGET = TargetName.model_validate("quality")
SEED = RandomSeed.model_validate(42)
CLASSIFIER = Model.model_validate(
    {"class": "sklearn.ensemble.RandomForestClassifier", "params": {"max_features": 2}}
)
REGRESSOR = Model.model_validate({"class": "sklearn.ensemble.RandomForestRegressor"})
PARAMS = {"n_estimators": 5, "max_depth": 4}


@pytest.fixture
def train(wine: pd.DataFrame) -> pd.DataFrame:
    """Some rows, with a column that no model may see."""
    return wine[:300]


@pytest.fixture
def test(wine: pd.DataFrame) -> pd.DataFrame:
    """Other rows."""
    return wine[300:400]


def test_a_search_gives_params_trials_and_a_summary(
    train: pd.DataFrame, parameters: dict[str, Any]
) -> None:
    space = SearchSpace.model_validate(
        {
            "max_depth": {"type": "int", "low": 1, "high": 6},
            "n_estimators": {"type": "int", "low": 1, "high": 9},
        }
    )
    sweep = Sweep.model_validate(parameters["sweep"] | {"n_trials": 12, "scoring": "f1_macro"})
    best_params, trials, summary = search_hyperparameters(
        train, InMemoryStorage(), FEATURES, TARGET, CLASSIFIER, space, sweep, SEED
    )
    best = RandomForestClassifier(**best_params, max_features=2, random_state=42)
    score = cross_val_score(best, train[FEATURES.root], train["quality"], cv=3, scoring="f1_macro")
    n_complete = int((trials["state"] == "COMPLETE").sum())
    assert n_complete == len(trials) == 12
    assert trials["value"].max() == score.mean()
    assert summary == {
        "study": summary["study"],
        "scoring": "f1_macro",
        "direction": "maximize",
        "best_value": score.mean(),
        "best_trial": trials["value"].idxmax(),
        "n_trials": 12,
        "n_complete": n_complete,
        "n_pruned": 0,
        "n_fail": 12 - n_complete,
    }
    assert summary["study"].startswith("RandomForestClassifier-")


def test_the_refit_is_the_estimator_with_the_best_params(train: pd.DataFrame) -> None:
    model, metrics, features = train_model(train, PARAMS, FEATURES, TARGET, CLASSIFIER, SEED)
    expected = RandomForestClassifier(**PARAMS, max_features=2, random_state=42)
    expected.fit(train[FEATURES.root], train["quality"])
    y_pred = model.predict(train[FEATURES.root])
    assert model.get_params() == expected.get_params()
    assert list(y_pred) == list(expected.predict(train[FEATURES.root]))
    assert list(model.feature_names_in_) == FEATURES.root
    assert metrics["acc"] == accuracy_score(train["quality"], y_pred)
    assert features == {
        "features": ["pH", "alcohol", "sulphates"],
        "y_label": "quality",
        "model_type": "sklearn.ensemble.RandomForestClassifier",
        "fixed_params": {"max_features": 2},
        "best_params": PARAMS,
    }


def test_a_classifier_is_evaluated_on_the_test_rows(
    train: pd.DataFrame, test: pd.DataFrame, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO")
    model = RandomForestClassifier(**PARAMS, random_state=0)
    model.fit(train[FEATURES.root], train["quality"])
    metrics, predictions = evaluate_model(model, test, FEATURES, TARGET)
    y_true, y_pred = test["quality"], model.predict(test[FEATURES.root])
    assert metrics == {
        "acc": accuracy_score(y_true, y_pred),
        "balanced_acc": balanced_accuracy_score(y_true, y_pred),
        "f1_macro": f1_score(y_true, y_pred, average="macro"),
    }
    assert {type(value) for value in metrics.values()} == {float}
    assert list(predictions.index) == list(test.index)
    assert predictions["y_true"].tolist() == list(y_true)
    assert predictions["y_pred"].tolist() == list(y_pred)
    assert f"On 100 test rows: acc {metrics['acc']:.4f}" in caplog.text


def test_a_regressor_is_evaluated_by_its_own_metrics(train: pd.DataFrame, test: pd.DataFrame) -> None:
    model, train_metrics, _ = train_model(train, PARAMS, FEATURES, TARGET, REGRESSOR, SEED)
    metrics, predictions = evaluate_model(model, test, FEATURES, TARGET)
    expected = RandomForestRegressor(**PARAMS, random_state=42)
    expected.fit(train[FEATURES.root], train["quality"])
    y_true, y_pred = test["quality"], expected.predict(test[FEATURES.root])
    assert metrics == {
        "r2": r2_score(y_true, y_pred),
        "mae": mean_absolute_error(y_true, y_pred),
        "rmse": root_mean_squared_error(y_true, y_pred),
    }
    assert train_metrics.keys() == metrics.keys()
    assert np.array_equal(predictions["y_pred"], y_pred)
