"""The members of a model: the best trial, or the trials whose blend scores best."""

import json
import pickle
from collections.abc import Callable
from pathlib import Path
from typing import Any
from unittest.mock import Mock

import joblib
import numpy as np
import optuna
import pandas as pd
import pytest
from optuna.artifacts import FileSystemArtifactStore
from optuna.storages import InMemoryStorage
from sklearn.base import BaseEstimator, clone
from threadpoolctl import threadpool_info, threadpool_limits

from kedro_sweep.evaluation import PredictionStore
from kedro_sweep.evaluation.ensemble import _pool, choose_members, fit_model, make_model
from kedro_sweep.evaluation.ensemble._pool import score
from kedro_sweep.evaluation.ensemble._selection import blend
from kedro_sweep.evaluation.predictions._out_of_fold import (
    Predictions,
    align,
    describe_truth,
)
from kedro_sweep.evaluation.predictions._prediction_store import list_configurations
from kedro_sweep.search import (
    Candidate,
    Ensemble,
    StudyConfiguration,
    fit_weighted,
    run_search,
)
from kedro_sweep.search.trial import predict_fold
from kedro_sweep.tables import Data

pytestmark = pytest.mark.usefixtures("two_folds")

Configure = Callable[..., StudyConfiguration]
Contest = tuple[dict[str, optuna.Study], dict[str, StudyConfiguration], PredictionStore]

DEPTH = {"max_depth": {"type": "int", "low": 1, "high": 12}}
ALPHA = {"alpha": {"type": "float", "low": 0.01, "high": 100, "log": True}}
CLASSIFIERS = {
    "tree": ({"class": "sklearn.tree.DecisionTreeClassifier"}, DEPTH),
    "ridge": ({"class": "sklearn.linear_model.RidgeClassifier"}, ALPHA),
}
SCALED = CLASSIFIERS | {"ridge": (CLASSIFIERS["ridge"][0] | {"preprocessing": "auto"}, ALPHA)}
REGRESSORS = {
    "tree": ({"class": "sklearn.tree.DecisionTreeRegressor"}, DEPTH),
    "ridge": ({"class": "sklearn.linear_model.Ridge"}, ALPHA),
}


@pytest.fixture
def search(configure: Configure, tmp_path: Path) -> Callable[..., Contest]:
    """Search several candidates on the same folds."""

    def search(models: dict[str, Any] = CLASSIFIERS, **sweep: Any) -> Contest:
        configurations = {
            name: configure(model=model, search_space=space, **{"n_trials": 4} | sweep)
            for name, (model, space) in models.items()
        }
        first = next(iter(configurations.values()))
        store = PredictionStore(FileSystemArtifactStore(tmp_path), describe_truth(first))
        studies = {
            name: run_search(configuration, InMemoryStorage(), on_scored=store.keep)
            for name, configuration in configurations.items()
        }
        return studies, configurations, store

    return search


def make(
    members: list[dict[str, Any]],
    configurations: dict[str, StudyConfiguration],
    weights: str | None = None,
) -> Any:
    models = {
        name: Candidate.model_construct(None, **dict(found.model), search_space=found.search_space)
        for name, found in configurations.items()
    }
    first = next(iter(configurations.values()))
    sweep = first.sweep.model_copy(update={"models": models})
    data = Data(y_label=str(first.y.name), random_seed=first.random_seed, weights=weights)
    return make_model(members, first.X, data, sweep)


def load(
    store: PredictionStore, studies: dict[str, optuna.Study], member: dict[str, Any]
) -> Predictions:
    return store.load(studies[member["candidate"]])[member["trial"]]


@pytest.mark.parametrize("direction", ["maximize", "minimize"])
def test_without_an_ensemble_the_best_trial_of_all_studies_is_the_model(
    direction: str, search: Callable[..., Contest]
) -> None:
    contest = search(direction=direction)
    studies, configurations, _ = contest
    [member] = choose_members(*contest, Ensemble())
    choose = max if direction == "maximize" else min
    name = choose(studies, key=lambda name: studies[name].best_value)
    assert member == {
        "candidate": name,
        "trial": studies[name].best_trial.number,
        "weight": 1.0,
        "params": studies[name].best_params,
    }
    expected = configurations[name].build(studies[name].best_params)
    assert repr(make([member], configurations)) == repr(expected)


def test_an_ensemble_scores_better_than_the_best_trial(search: Callable[..., Contest]) -> None:
    contest = search(SCALED, n_trials=6, cv=3)  # with fewer, it is only as good
    members = choose_members(*contest, Ensemble(size=7))
    assert json.loads(json.dumps(members)) == members
    weights = [member["weight"] for member in members]
    assert sum(weights) == pytest.approx(1)
    assert weights == sorted(weights, reverse=True)
    assert {member["candidate"] for member in members} == {"tree", "ridge"}
    studies, configurations, store = contest
    blended = blend(store.truth, [load(store, studies, member) for member in members], weights)
    best = max(study.best_value for study in studies.values())
    assert score(configurations["tree"].scoring, store.truth, blended) > best


def test_only_the_predictions_it_chooses_from_are_read(
    search: Callable[..., Contest], monkeypatch: pytest.MonkeyPatch
) -> None:
    studies, _, store = contest = search()
    read = Mock(wraps=store.artifacts.open_reader)
    monkeypatch.setattr(store.artifacts, "open_reader", read)
    members = choose_members(*contest, Ensemble(size=7, trials=3))
    assert read.call_count == 3
    everything = [
        (found.value, name, found.number)
        for name, study in studies.items()
        for found in list_configurations(study)
    ]
    best = sorted(everything, key=lambda found: -found[0])[:3]
    assert {(found["candidate"], found["trial"]) for found in members} <= {found[1:] for found in best}


@pytest.mark.parametrize("models", [SCALED, REGRESSORS], ids=["classes", "numbers"])
def test_a_fitted_ensemble_combines_its_members_as_their_stored_predictions_are_combined(
    models: dict[str, Any], search: Callable[..., Contest]
) -> None:
    studies, configurations, store = search(
        models, n_trials=2, scoring="accuracy" if models is SCALED else "r2"
    )
    weights = [0.6, 0.4]
    members = [
        {"candidate": name, "trial": 1, "weight": weight, "params": studies[name].trials[1].params}
        for name, weight in zip(models, weights, strict=True)
    ]
    model = make(members, configurations)
    refitted = align(
        [
            predict_fold(clone(model).fit(fold.X_train, fold.y_train), fold.X_test)
            for fold in configurations["tree"].folds
        ],
        store.truth,
    )
    stored = blend(store.truth, [load(store, studies, member) for member in members], weights)
    if models is SCALED:
        pairs = refitted.need_probabilities(), stored.need_probabilities()
        np.testing.assert_allclose(*pairs, atol=1e-6)  # stored in single precision
    np.testing.assert_allclose(refitted.labels, stored.labels)


def test_members_that_take_too_long_to_refit_are_left_out(
    search: Callable[..., Contest],
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    caplog.set_level("INFO")
    contest = search()
    studies, _, store = contest
    all_members = choose_members(*contest, Ensemble(size=7))
    store.seconds = 1e3
    assert choose_members(*contest, Ensemble(size=7)) == all_members
    best = max(studies, key=lambda name: studies[name].best_value)
    with monkeypatch.context() as patch:
        patch.setattr(_pool, "study_refits", lambda study, *_: 2e3 * (study is studies[best]))
        names = {member["candidate"] for member in choose_members(*contest, Ensemble(size=7))}
    assert names == {best}  # however long it takes, and nothing else fits
    store.seconds = 0
    [one] = choose_members(*contest, Ensemble(size=7))
    assert one["weight"] == 1
    assert one in [member | {"weight": 1.0} for member in all_members]
    assert "1 models" in caplog.messages[-1]
    assert "of the 0.0 s that are left" in caplog.messages[-1]


def score_by_size(model: Any, X: Any, y: Any) -> float:
    """Score by more than predictions, which only a fitted model has."""
    return float(np.mean(model.predict(X) == y)) + 0.5 * hasattr(model, "n_features_in_")


def test_a_score_that_reads_more_than_predictions_leaves_the_best_trial_with_a_warning(
    search: Callable[..., Contest], caplog: pytest.LogCaptureFixture
) -> None:
    contest = search(scoring=f"{__name__}.score_by_size", n_trials=2)
    assert choose_members(*contest, Ensemble(size=5)) == choose_members(*contest, Ensemble())
    [warning] = [record for record in caplog.records if record.levelname == "WARNING"]
    assert "the model is the best trial" in warning.message
    assert "needs more than predictions and probabilities" in warning.message


def test_a_scorer_of_ones_own_is_called_for_each_blend(search: Callable[..., Contest]) -> None:
    contest = search(scoring=f"{__name__}.score_own", n_trials=2)
    by_name = choose_members(*search(n_trials=2), Ensemble(size=3))
    assert choose_members(*contest, Ensemble(size=3)) == by_name


def score_own(model: Any, X: Any, y: Any) -> float:
    return float(np.mean(model.predict(X) == y))


def test_members_take_text_and_gaps_as_the_trials_do(configure: Configure) -> None:
    random = np.random.default_rng(0)
    size = random.normal(size=60)
    X = pd.DataFrame({"size": np.where(random.random(60) < 0.2, np.nan, size)})
    X["town"] = random.choice(["Bari", "Lodi", "Pisa"], 60)
    y = pd.Series(np.where(X["town"] == "Pisa", "dear", "cheap"))
    configurations = {
        name: configure((X, y), model=model, search_space=space)
        for name, (model, space) in CLASSIFIERS.items()
    }
    params: dict[str, dict[str, Any]] = {"tree": {"max_depth": 3}, "ridge": {"alpha": 1.0}}
    members = [
        {"candidate": name, "trial": 0, "weight": 0.5, "params": values}
        for name, values in params.items()
    ]
    model = make(members, configurations).fit(X, y)
    assert model.predict(X).tolist() == y.tolist()
    for name, values in params.items():
        expected = configurations[name].build(values).fit(X, y).predict(X)
        assert model.named_estimators_[f"{name}_0"].predict(X).tolist() == expected.tolist()


def test_members_are_trained_with_weights_as_the_trials_are(configure: Configure) -> None:
    wines = configure()
    X, y = wines.X, wines.y
    weights = np.random.default_rng(0).gamma(1, size=len(y))
    for models in (CLASSIFIERS, REGRESSORS):
        scaled = {"ridge": (models["ridge"][0] | {"preprocessing": "auto"}, ALPHA)}
        configurations = {
            name: configure((X, y), model=model, search_space=space, scoring=None)
            for name, (model, space) in (models | scaled).items()
        }
        params: dict[str, dict[str, Any]] = {"tree": {"max_depth": 3}, "ridge": {"alpha": 1.0}}
        members = [
            {"candidate": name, "trial": 0, "weight": 0.5, "params": values}
            for name, values in params.items()
        ]
        model = fit_weighted(make(members, configurations, weights="heft"), X, y, weights)
        copy = pickle.loads(pickle.dumps(model))
        for name, values in params.items():
            expected = fit_weighted(configurations[name].build(values), X, y, weights).predict(X)
            member = copy.named_estimators_[f"{name}_0"]
            assert member.predict(X).tolist() == expected.tolist()
            unweighted = configurations[name].build(values).fit(X, y).predict(X)
            assert member.predict(X).tolist() != unweighted.tolist()


SLOW = {"n_estimators": {"type": "categorical", "choices": [1, 60]}}
FOREST = {"class": "sklearn.ensemble.RandomForestClassifier", "params": {"max_depth": 3}}


@pytest.mark.parametrize("choose", ["fastest", "simplest"])
def test_a_model_as_good_as_the_best_may_be_chosen_for_its_speed_or_size(
    choose: str, search: Callable[..., Contest], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO")
    models = {"forest": (FOREST, SLOW)}
    studies, configurations, store = search(models, choose=choose, ensemble={"size": 5})
    [member] = choose_members(studies, configurations, store, configurations["forest"].sweep.ensemble)
    values = {trial.params["n_estimators"]: trial.values[0] for trial in studies["forest"].trials}
    assert values[60] > values[1]
    # The difference of two scores is paired: one tree is clearly worse than 60, or it is chosen.
    one_is_as_good = "2 of 2 configurations" in caplog.messages[-1]
    assert member["params"] == {"n_estimators": 1 if one_is_as_good else 60}
    assert f"The {choose} is of forest, trial" in caplog.messages[-1]


@pytest.mark.parametrize("choose", ["fastest", "simplest"])
def test_without_draws_the_best_trial_is_the_model_and_a_warning_says_why(
    choose: str, search: Callable[..., Contest], caplog: pytest.LogCaptureFixture
) -> None:
    contest = search(choose=choose, scoring=f"{__name__}.score_own", n_trials=2)
    [member] = choose_members(*contest, Ensemble())
    studies = contest[0]
    assert studies[member["candidate"]].best_trial.number == member["trial"]
    [warning] = [record for record in caplog.records if record.levelname == "WARNING"]
    assert f"no {choose} model: the model is the best trial" in warning.message


def test_fewer_boosting_rounds_than_the_best_number_may_be_chosen(
    search: Callable[..., Contest],
) -> None:
    params = {"early_stopping": False, "max_leaf_nodes": 4}
    boosting = {"class": "sklearn.ensemble.HistGradientBoostingClassifier", "params": params}
    rounds = {"max_iter": {"type": "rounds", "low": 5, "high": 80}}
    studies, configurations, store = search(
        {"boosting": (boosting, rounds)}, n_trials=1, cv=3, choose="simplest"
    )
    [member] = choose_members(studies, configurations, store, Ensemble())
    [trial] = studies["boosting"].trials
    tried = [found["max_iter"] for found in trial.user_attrs["rounds"]["params"]]
    assert member["params"]["max_iter"] in tried
    assert member["params"]["max_iter"] < trial.params["max_iter"]
    assert make([member], configurations).max_iter == member["params"]["max_iter"]


class CountsThreads(BaseEstimator):  # type: ignore[misc]  # scikit-learn is not typed
    """Notes the threads of linear algebra that its fit may use."""

    def fit(self, X: Any, y: Any) -> "CountsThreads":
        """Count them."""
        pools = threadpool_info()
        self.threads_ = {pool["num_threads"] for pool in pools if pool["user_api"] == "blas"}
        return self


@pytest.mark.parametrize(("n_jobs", "n_threads"), [(1, 3), (2, 4), (-1, 1)])
def test_the_model_is_trained_with_as_many_threads_of_linear_algebra_as_its_trials(
    n_jobs: int, n_threads: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(joblib, "cpu_count", lambda: 8)
    monkeypatch.setattr(joblib, "effective_n_jobs", lambda n_jobs: n_jobs if n_jobs > 0 else 8)
    table = pd.DataFrame({"x": [1.0, 2.0]})
    with threadpool_limits(3):
        assert fit_model(CountsThreads(), table, table["x"], n_jobs=n_jobs).threads_ == {n_threads}
