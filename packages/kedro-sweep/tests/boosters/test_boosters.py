"""LightGBM and XGBoost give the scores of `cross_val_score` for every number of rounds.

They need packages that neither the project nor its tests install: `make test-release` adds them.
"""

import logging
from typing import Any

import numpy as np
import pandas as pd
import pytest
from optuna.storages import InMemoryStorage
from sklearn.metrics import get_scorer
from sklearn.model_selection import check_cv, cross_val_score

from kedro_sweep.search import StudyConfiguration, Sweep, run_search
from kedro_sweep.search.reuse._strategy import FitFromScratch
from kedro_sweep.search.study import attributes

BOOSTERS = ["lightgbm.LGBM", "xgboost.XGB"]
SCORINGS = {"Classifier": "neg_log_loss", "Regressor": "r2"}
SPACE = {
    "n_estimators": {"type": "rounds", "low": 3, "high": 90},
    "learning_rate": {"type": "float", "low": 0.1, "high": 0.5},
    "colsample_bytree": {"type": "float", "low": 0.4, "high": 1.0},
}


@pytest.fixture(scope="module")
def rows() -> tuple[pd.DataFrame, pd.Series]:
    random = np.random.default_rng(0)
    X = pd.DataFrame(random.normal(size=(200, 4)), columns=list("abcd"))
    X.loc[::9, "b"] = np.nan
    X["kind"] = pd.Categorical(np.where(X["c"] > 0, "high", "low"))
    return X, X["a"] + X["c"] ** 2 + random.normal(size=200) / 2


@pytest.mark.parametrize("kind", SCORINGS)
@pytest.mark.parametrize("booster", BOOSTERS)
def test_each_number_of_rounds_has_the_score_of_its_own_fit(
    booster: str,
    kind: str,
    rows: tuple[pd.DataFrame, pd.Series],
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    X, values = rows
    y = (
        values
        if kind == "Regressor"
        else pd.cut(values, [-9, 0, 2, 99], labels=["a", "b", "c"]).astype(str)
    )
    params: dict[str, Any] = {"n_jobs": 1} | ({"verbose": -1} if "LGBM" in booster else {})
    settings = {
        "model": {"class": f"{booster}{kind}", "params": params},
        "search_space": SPACE,
        "scoring": SCORINGS[kind],
        "cv": 3,
        "n_trials": 3,
        "sampler": {"class": "RandomSampler"},
        "pruner": {"class": "NopPruner"},
    }
    sweep = Sweep.model_validate(settings)
    configuration = StudyConfiguration(X, y, sweep.model, sweep.search_space, sweep, random_seed=42)
    monkeypatch.setattr(FitFromScratch, "fit", None)  # no trial needs it
    with caplog.at_level(logging.WARNING):
        trials = run_search(configuration, InMemoryStorage()).trials
    assert caplog.messages == []  # every fallback to a fit from scratch is logged
    for trial in [trial for trial in trials if attributes.ROUNDS in trial.user_attrs]:
        looked_at = trial.user_attrs[attributes.ROUNDS]
        assert len(looked_at["params"]) >= 2
        for rounds, value in zip(looked_at["params"], looked_at["values"], strict=True):
            estimator = configuration.build(trial.params | rounds)
            assert cross_val_score(estimator, X, y, cv=3, scoring=SCORINGS[kind]).mean() == value
        estimator = configuration.build(trial.params)
        assert cross_val_score(estimator, X, y, cv=3, scoring=SCORINGS[kind]).mean() == trial.value


@pytest.mark.parametrize("kind", SCORINGS)
@pytest.mark.parametrize("booster", BOOSTERS)
def test_weights_of_rows_reach_every_fit_and_score(
    booster: str,
    kind: str,
    rows: tuple[pd.DataFrame, pd.Series],
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    X, values = rows
    y = values if kind == "Regressor" else pd.Series(np.where(values > 1, "b", "a"))
    params: dict[str, Any] = {"n_jobs": 1} | ({"verbose": -1} if "LGBM" in booster else {})
    sweep = Sweep.model_validate(
        {
            "model": {"class": f"{booster}{kind}", "params": params},
            "search_space": SPACE | {"n_estimators": {"type": "int", "low": 3, "high": 20}},
            "scoring": SCORINGS[kind],
            "cv": 3,
            "n_trials": 2,
            "sampler": {"class": "RandomSampler"},
            "pruner": {"class": "NopPruner"},
        }
    )
    weights = np.random.default_rng(1).gamma(1, size=len(y))
    configuration = StudyConfiguration(
        X, y, sweep.model, sweep.search_space, sweep, random_seed=42, weights=weights
    )
    monkeypatch.setattr(FitFromScratch, "fit", None)
    with caplog.at_level(logging.WARNING):
        trials = run_search(configuration, InMemoryStorage()).trials
    assert caplog.messages == []
    scorer, folds = get_scorer(SCORINGS[kind]), check_cv(3, y, classifier=kind == "Classifier")
    for trial in trials:
        scores = []
        for train, test in folds.split(X, y):
            model = configuration.build(trial.params)
            own = {f"{model.steps[-1][0]}__sample_weight": weights[train]}
            model.fit(X.iloc[train], y.iloc[train], **own)
            scores.append(scorer(model, X.iloc[test], y.iloc[test], sample_weight=weights[test]))
        assert trial.value == np.mean(scores)
