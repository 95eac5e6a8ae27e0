"""The nodes pass groups, candidates and the record of the run on to the library."""

from tempfile import TemporaryDirectory
from typing import Any
from unittest.mock import ANY, Mock, call

import numpy as np
import pandas as pd
import pytest
from kedro_sweep.evaluation import Decision
from kedro_sweep.search import Sweep
from kedro_sweep.tables import Data, prepare_rows
from kedro_sweep.tracking import RunLog
from optuna.artifacts import FileSystemArtifactStore
from optuna.storages import InMemoryStorage
from sklearn.compose import ColumnTransformer
from sklearn.ensemble import RandomForestClassifier
from sklearn.model_selection import StratifiedGroupKFold, StratifiedKFold, cross_val_score
from sklearn.neighbors import KNeighborsClassifier

from wine_sweep.pipelines.data_science import nodes

from tests.conftest import FEATURES
from tests.conftest import SWEEP as LONG_SWEEP

SWEEP = LONG_SWEEP | {"n_trials": 2, "cv": 2}
DATA: dict[str, Any] = {"y_label": "size", "features": FEATURES, "impute": "none"}
BY_OWNER = {"kind": "group", "column": "owner"}
FOREST = {"n_estimators": 5, "max_depth": 4}
CONTEST = {
    "forest": {**SWEEP["model"], "search_space": SWEEP["search_space"]},
    "neighbors": {
        "class": "sklearn.neighbors.KNeighborsClassifier",
        "preprocessing": "none",
        "search_space": {"n_neighbors": {"type": "int", "low": 1, "high": 30}},
    },
}


@pytest.fixture
def train(table: pd.DataFrame) -> pd.DataFrame:
    """Some rows, with columns that no model may see."""
    return table.fillna(10.0)[:100].assign(owner=table["id"] // 10)


@pytest.fixture
def test(table: pd.DataFrame) -> pd.DataFrame:
    """Other rows."""
    return table.fillna(10.0)[100:].assign(owner=table["id"] // 25)


def prepare(train: pd.DataFrame) -> ColumnTransformer:
    """Pick the features."""
    return prepare_rows(train, {}, Data(**DATA))


def search(train: pd.DataFrame, log: RunLog | None = None, **data: Any) -> tuple[Any, ...]:
    """Search the depth and the number of trees of a forest."""
    with TemporaryDirectory() as folder:
        return nodes.search_hyperparameters(
            train,
            prepare(train),
            Data.model_validate(DATA | data),
            Sweep.model_validate(SWEEP),
            Decision(),
            InMemoryStorage(),
            FileSystemArtifactStore(folder),
            log,
        )


def refit(train: pd.DataFrame, log: RunLog | None = None) -> tuple[Any, ...]:
    """Train two members of an ensemble."""
    members = [
        {"candidate": "neighbors", "trial": 1, "weight": 0.75, "params": {"n_neighbors": 7}},
        {"candidate": "forest", "trial": 2, "weight": 0.25, "params": FOREST},
    ]
    sweep = Sweep.model_validate(SWEEP | {"models": CONTEST})
    return nodes.train_model(train, prepare(train), members, {}, Data(**DATA), sweep, log)


def test_the_folds_of_a_search_keep_groups_whole(train: pd.DataFrame) -> None:
    _, best_params, _, summary, *_ = search(train, split=BY_OWNER)
    best = RandomForestClassifier(**best_params, random_state=42)
    folds = StratifiedGroupKFold(SWEEP["cv"]).split(train, train["size"], train["owner"])
    scores = cross_val_score(best, train[FEATURES], train["size"], cv=[*folds])
    assert summary["best_value"] == scores.mean()


def test_the_members_of_an_ensemble_are_trained_and_weighted(train: pd.DataFrame) -> None:
    model, _, features = refit(train)
    X, y = train[FEATURES], train["size"]
    forest = RandomForestClassifier(**FOREST, random_state=42).fit(X, y)
    neighbors = KNeighborsClassifier(7).fit(X, y)
    expected = 0.75 * neighbors.predict_proba(X) + 0.25 * forest.predict_proba(X)
    np.testing.assert_allclose(model.predict_proba(train), expected)
    assert [member["params"] for member in features["members"]] == [{"n_neighbors": 7}, FOREST]


def test_test_rows_of_a_group_are_resampled_together(train: pd.DataFrame, test: pd.DataFrame) -> None:
    model, _, _ = refit(train)
    summary = {"scoring": "accuracy"}
    alone, together = (
        nodes.evaluate_model(model, test, Data.model_validate(DATA | {"split": split}), summary)[1]
        for split in ({"kind": "random"}, BY_OWNER)
    )
    assert alone["score"]["value"] == together["score"]["value"]
    assert alone["score"]["low"] != together["score"]["low"]


def test_a_run_log_gets_every_trial_and_both_evaluations(
    train: pd.DataFrame, test: pd.DataFrame
) -> None:
    log = Mock(spec=RunLog)
    search(train, log)
    logged = [args[1].number for args, _ in log.log_trials.call_args_list if len(args) == 2]
    assert logged == [*range(SWEEP["n_trials"])]

    model, train_metrics, _ = refit(train, log)
    test_metrics, *_ = nodes.evaluate_model(model, test, Data(**DATA), {"scoring": "accuracy"}, log)
    assert log.log_evaluation.call_args_list == [
        call("train", train_metrics, ANY),
        call("test", test_metrics, ANY),
    ]


def test_weights_of_rows_go_through_search_training_and_test(
    train: pd.DataFrame, test: pd.DataFrame
) -> None:
    random = np.random.default_rng(0)
    train, test = (rows.assign(heft=random.gamma(1, size=len(rows))) for rows in (train, test))
    X, y, weights = train[FEATURES], train["size"], train["heft"].to_numpy()
    members, best_params, _, summary, *_ = search(train, weights="heft")
    best = RandomForestClassifier(**best_params, random_state=42)
    scores = []
    for fit, score in StratifiedKFold(SWEEP["cv"]).split(X, y):
        best.fit(X.iloc[fit], y.iloc[fit], weights[fit])
        scores.append(best.score(X.iloc[score], y.iloc[score], weights[score]))
    assert summary["best_value"] == np.mean(scores)

    data, sweep = Data.model_validate(DATA | {"weights": "heft"}), Sweep.model_validate(SWEEP)
    model, train_metrics, _ = nodes.train_model(train, prepare(train), members, {}, data, sweep)
    best.fit(X, y, weights)
    np.testing.assert_array_equal(model.predict_proba(test), best.predict_proba(test[FEATURES]))
    assert train_metrics["acc"] == pytest.approx(best.score(X, y, weights))
    metrics, details, _ = nodes.evaluate_model(model, test, data, {"scoring": "accuracy"})
    expected = best.score(test[FEATURES], test["size"], test["heft"])
    assert metrics["acc"] == pytest.approx(expected)
    assert details["score"]["value"] == expected
