"""Search, refit and evaluation agree with scikit-learn."""

import json
from tempfile import TemporaryDirectory
from typing import Any
from unittest.mock import ANY, Mock, call

import numpy as np
import pandas as pd
import pytest
from kedro_sweep.search import Sweep
from kedro_sweep.tables import Data, prepare_rows
from kedro_sweep.tracking import RunLog
from optuna.artifacts import FileSystemArtifactStore
from optuna.storages import InMemoryStorage
from sklearn.compose import ColumnTransformer
from sklearn.ensemble import RandomForestClassifier
from sklearn.metrics import (
    accuracy_score,
    f1_score,
    mean_absolute_error,
    r2_score,
    root_mean_squared_error,
)
from sklearn.model_selection import StratifiedGroupKFold, cross_val_score
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import Pipeline

from wine_sweep.pipelines.data_science import nodes

FEATURES = ["pH", "alcohol", "sulphates"]
DATA: dict[str, Any] = {"y_label": "quality", "features": FEATURES, "duplicates": "keep"}
BY_OWNER = {"kind": "group", "column": "owner"}
CLASSIFIER = {"class": "sklearn.ensemble.RandomForestClassifier", "params": {"max_features": 2}}
REGRESSOR = {"class": "sklearn.ensemble.RandomForestRegressor"}
PARAMS = {"n_estimators": 5, "max_depth": 4}
SPACE = {
    "max_depth": {"type": "int", "low": 1, "high": 6},
    "n_estimators": {"type": "int", "low": 1, "high": 9},
}
SWEEP: dict[str, Any] = {
    "model": CLASSIFIER,
    "search_space": SPACE,
    "n_trials": 1,
    "cv": 3,
    "sampler": {"class": "TPESampler"},
    "pruner": {"class": "NopPruner"},
}
CONTEST = {
    "forest": {"class": "sklearn.ensemble.RandomForestClassifier", "search_space": SPACE},
    "neighbors": {
        "class": "sklearn.neighbors.KNeighborsClassifier",
        "preprocessing": "none",
        "search_space": {"n_neighbors": {"type": "int", "low": 1, "high": 30}},
    },
}


@pytest.fixture
def train(wine: pd.DataFrame) -> pd.DataFrame:
    """Some rows, with a column that no model may see."""
    return wine[:300]


@pytest.fixture
def test(wine: pd.DataFrame) -> pd.DataFrame:
    """Other rows."""
    return wine[300:400]


def prepare(train: pd.DataFrame) -> ColumnTransformer:
    """Pick the features."""
    return prepare_rows(train, {}, Data(**DATA))


def short(parameters: dict[str, Any]) -> dict[str, Any]:
    """Take the settings of the project's short sweep, without its model."""
    return {
        name: value
        for name, value in parameters["sweep"].items()
        if name not in ("model", "search_space")
    }


def search(
    train: pd.DataFrame, sweep: dict[str, Any], log: RunLog | None = None, **data: Any
) -> tuple[Any, ...]:
    """Search the depth and the number of trees of a forest, or several candidates."""
    with TemporaryDirectory() as folder:
        return nodes.search_hyperparameters(
            train,
            prepare(train),
            Data.model_validate(DATA | data),
            Sweep.model_validate(SWEEP | sweep),
            InMemoryStorage(),
            FileSystemArtifactStore(folder),
            log,
        )


def refit(
    train: pd.DataFrame,
    members: list[dict[str, Any]] | None = None,
    log: RunLog | None = None,
    *,
    impute: str = "mean",
    **sweep: Any,
) -> tuple[Any, ...]:
    """Train a model, by default with the best parameters of a single trial."""
    settings = Sweep.model_validate(SWEEP | sweep)
    best = {"candidate": settings.model.name, "trial": 3, "weight": 1.0, "params": PARAMS}
    data = Data.model_validate(DATA | {"impute": impute})
    return nodes.train_model(train, prepare(train), members or [best], data, settings, log)


def test_a_search_gives_params_trials_and_a_summary(
    train: pd.DataFrame, parameters: dict[str, Any]
) -> None:
    sweep = short(parameters) | {"n_trials": 12, "scoring": "f1_macro"}
    members, best_params, trials, summary = search(train, sweep)
    best = RandomForestClassifier(**best_params, max_features=2, random_state=42)
    score = cross_val_score(best, train[FEATURES], train["quality"], cv=3, scoring="f1_macro")
    assert len(trials) == 12
    assert trials["value"].max() == score.mean()
    assert members == [
        {
            "candidate": "RandomForestClassifier",
            "trial": summary["best_trial"],
            "weight": 1.0,
            "params": best_params,
        }
    ]
    assert trials.columns[0] == "candidate"
    assert summary["candidate"] == "RandomForestClassifier"
    assert summary["study"].startswith("RandomForestClassifier-")
    assert summary["scoring"] == "f1_macro"
    assert summary["best_value"] == score.mean()
    assert summary["best_trial"] == trials["value"].idxmax()
    assert summary["n_complete"] == summary["n_trials"] == 12
    assert summary["dummy_value"] < score.mean()
    assert summary["corrected_low"] < summary["corrected_value"] < summary["corrected_high"]


def test_the_members_of_an_ensemble_come_from_all_candidates_and_are_refitted(
    train: pd.DataFrame, parameters: dict[str, Any]
) -> None:
    contest = {"n_trials": 8, "contest": {"turn": 2}, "models": CONTEST, "ensemble": {"size": 5}}
    members, _, trials, summary = search(train, short(parameters) | contest)
    assert set(trials["candidate"]) == {"forest", "neighbors"}
    assert len(trials) == summary["n_trials"] == 8
    assert [found["n_trials"] for found in summary["candidates"]] == [4, 4]
    assert sum(member["weight"] for member in members) == pytest.approx(1)
    winners = trials[trials["value"] == summary["best_value"]]
    assert summary["candidate"] in set(winners["candidate"])
    assert json.loads(json.dumps(members)) == members

    two = [
        {"candidate": "neighbors", "trial": 1, "weight": 0.75, "params": {"n_neighbors": 7}},
        {"candidate": "forest", "trial": 2, "weight": 0.25, "params": PARAMS},
    ]
    model, _, features = refit(train, two, models=CONTEST)
    X, y = train[FEATURES], train["quality"]
    forest = RandomForestClassifier(**PARAMS, random_state=42).fit(X, y)
    neighbors = KNeighborsClassifier(7).fit(X, y)
    expected = 0.75 * neighbors.predict_proba(X) + 0.25 * forest.predict_proba(X)
    np.testing.assert_allclose(model.predict_proba(train), expected)
    assert features["model_type"] == "ensemble"
    assert [member["params"] for member in features["members"]] == [{"n_neighbors": 7}, PARAMS]


def test_the_folds_of_a_search_keep_groups_whole(
    train: pd.DataFrame, parameters: dict[str, Any]
) -> None:
    table = train.assign(owner=train["Id"] // 10)
    _, best_params, _, summary = search(table, short(parameters), split=BY_OWNER)
    best = RandomForestClassifier(**best_params, max_features=2, random_state=42)
    folds = StratifiedGroupKFold(3).split(table, table["quality"], table["owner"])
    scores = cross_val_score(best, table[FEATURES], table["quality"], cv=[*folds])
    assert summary["best_value"] == scores.mean()


def test_the_refit_is_the_estimator_with_the_best_params(train: pd.DataFrame) -> None:
    model, metrics, features = refit(train)
    expected = RandomForestClassifier(**PARAMS, max_features=2, random_state=42)
    expected.fit(train[FEATURES], train["quality"])
    y_pred = model.predict(train)
    assert [name for name, _ in model.steps] == ["raw_rows", "model"]
    assert model["model"].get_params() == expected.get_params()
    assert list(y_pred) == list(expected.predict(train[FEATURES]))
    assert list(model["raw_rows"].feature_names_in_) == FEATURES
    assert metrics["acc"] == accuracy_score(train["quality"], y_pred)
    assert features == {
        "features": ["pH", "alcohol", "sulphates"],
        "y_label": "quality",
        "model_type": "sklearn.ensemble.RandomForestClassifier",
        "fixed_params": {"max_features": 2},
        "best_params": PARAMS,
    }


def test_a_model_that_fills_gaps_fills_them_with_means(train: pd.DataFrame) -> None:
    table = train.assign(pH=train["pH"].where(train["pH"] > 3.2))
    model, metrics, _ = refit(table, impute="in_model")
    filled = table.fillna({"pH": table["pH"].mean()})
    assert [name for name, _ in model.steps] == ["raw_rows", "simpleimputer", "randomforestclassifier"]
    expected = RandomForestClassifier(**PARAMS, max_features=2, random_state=42)
    expected.fit(filled[FEATURES], filled["quality"])
    assert metrics["acc"] == expected.score(filled[FEATURES], filled["quality"])


def evaluate(
    model: Pipeline, test: pd.DataFrame, scoring: str, log: RunLog | None = None
) -> tuple[Any, ...]:
    """Evaluate a model on test rows."""
    return nodes.evaluate_model(model, test, Data(**DATA), {"scoring": scoring}, log)


def test_a_classifier_is_evaluated_on_the_test_rows(
    train: pd.DataFrame, test: pd.DataFrame, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO")
    model, train_metrics, _ = refit(train)
    metrics, details, predictions = evaluate(model, test, "f1_macro")
    y_true, y_pred = test["quality"], model.predict(test)
    assert metrics["acc"] == accuracy_score(y_true, y_pred)
    assert metrics["f1_macro"] == pytest.approx(f1_score(y_true, y_pred, average="macro"))
    assert {type(value) for value in metrics.values()} == {float}
    assert metrics.keys() <= train_metrics.keys()
    assert details["score"]["name"] == "f1_macro"
    assert details["score"]["value"] == pytest.approx(metrics["f1_macro"])
    assert list(predictions.index) == list(test.index)
    assert predictions["y_true"].tolist() == list(y_true)
    assert predictions["y_pred"].tolist() == list(y_pred)
    assert f"On 100 test rows, with 95% intervals: acc {metrics['acc']:.4f}" in caplog.text


def score_size(model: Any, X: pd.DataFrame, y: pd.Series) -> float:
    """Read what only the estimator and the features of the search have."""
    return float(model.n_estimators * X.shape[1] + y.index[0])


def test_the_test_score_is_that_of_the_scorer_on_the_estimator_of_the_search(
    train: pd.DataFrame, test: pd.DataFrame
) -> None:
    model, _, _ = refit(train)
    _, details, _ = evaluate(model, test, f"{__name__}.score_size")
    expected = PARAMS["n_estimators"] * len(FEATURES) + test.index[0]
    assert details["score"]["value"] == expected


def test_a_regressor_is_evaluated_by_its_own_metrics(train: pd.DataFrame, test: pd.DataFrame) -> None:
    model, train_metrics, _ = refit(train, model=REGRESSOR)
    metrics, _, predictions = evaluate(model, test, "r2")
    assert metrics == {
        "r2": pytest.approx(r2_score(test["quality"], model.predict(test))),
        "mae": pytest.approx(mean_absolute_error(test["quality"], model.predict(test))),
        "rmse": pytest.approx(root_mean_squared_error(test["quality"], model.predict(test))),
    }
    assert train_metrics.keys() == metrics.keys()
    assert np.array_equal(predictions["y_pred"], model.predict(test))


def test_test_rows_of_a_group_are_resampled_together(train: pd.DataFrame, test: pd.DataFrame) -> None:
    model, _, _ = refit(train)
    table = test.assign(owner=test["Id"] // 25)
    summary = {"scoring": "accuracy"}
    intervals = [
        nodes.evaluate_model(model, table, Data.model_validate(DATA | {"split": split}), summary)[1]
        for split in ({"kind": "random"}, BY_OWNER)
    ]
    assert intervals[0]["score"]["value"] == intervals[1]["score"]["value"]
    assert intervals[0]["score"]["low"] != intervals[1]["score"]["low"]


def test_a_run_log_gets_every_trial_and_both_evaluations(
    train: pd.DataFrame, test: pd.DataFrame, parameters: dict[str, Any]
) -> None:
    log = Mock(spec=RunLog)
    search(train, short(parameters) | {"n_trials": 4}, log)
    logged = [args[1].number for args, _ in log.log_trials.call_args_list if len(args) == 2]
    assert logged == [0, 1, 2, 3]

    model, train_metrics, _ = refit(train, log=log)
    test_metrics, _, _ = evaluate(model, test, "accuracy", log)
    assert log.log_evaluation.call_args_list == [
        call("train", train_metrics, ANY),
        call("test", test_metrics, ANY),
    ]
