"""Every wrong parameter is refused with its key, its value and what is allowed."""

import math
import re
import sys
from typing import Any

import pytest
from optuna.distributions import CategoricalDistribution, FloatDistribution, IntDistribution
from optuna.pruners import MedianPruner
from optuna.samplers import CmaEsSampler, RandomSampler, TPESampler
from sklearn.ensemble import RandomForestClassifier
from sklearn.metrics import accuracy_score, get_scorer
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC

from kedro_sweep.sweep import (
    InputError,
    Model,
    Pruner,
    RandomSeed,
    Sampler,
    SearchSpace,
    Sweep,
    check_search_space,
)


def make_svc(C: float = 1.0) -> Pipeline:
    """Make an estimator of two steps, as a user might."""
    return make_pipeline(StandardScaler(), SVC(C=C))


def score_backwards(estimator: Any, X: Any, y: Any) -> float:
    """Score as a user might: the share of wrong predictions."""
    return 1 - float(accuracy_score(y, estimator.predict(X)))


FOREST = "sklearn.ensemble.RandomForestClassifier"


def test_the_default_parameters_are_valid(parameters: dict[str, Any]) -> None:
    model = Model.model_validate(parameters["model"])
    assert model.path == FOREST
    assert Sweep.model_validate(parameters["sweep"]).scoring == "accuracy"
    check_search_space(model, SearchSpace.model_validate(parameters["search_space"]))


def test_the_default_space_is_two_integers(parameters: dict[str, Any]) -> None:
    assert SearchSpace.model_validate(parameters["search_space"]).distributions() == {
        "n_estimators": IntDistribution(2, 50),
        "max_depth": IntDistribution(1, 20, log=True),
    }


def test_a_space_may_hold_numbers_and_choices() -> None:
    space = SearchSpace.model_validate(
        {
            "a": {"type": "int", "low": 2, "high": 8, "step": 3},
            "b": {"type": "float", "low": 0.5, "high": 1, "step": 0.25},
            "c": {"type": "float", "low": 1e-3, "high": 1e3, "log": True},
            "d": {"type": "categorical", "choices": ["sqrt", 3, 0.5, True, None]},
        }
    )
    distributions = space.distributions()
    assert distributions == {
        "a": IntDistribution(2, 8, step=3),
        "b": FloatDistribution(0.5, 1, step=0.25),
        "c": FloatDistribution(1e-3, 1e3, log=True),
        "d": CategoricalDistribution(("sqrt", 3, 0.5, True, None)),
    }
    choices = distributions["d"]
    assert isinstance(choices, CategoricalDistribution)
    assert [type(choice) for choice in choices.choices] == [str, int, float, bool, type(None)]


@pytest.mark.parametrize(
    ("dimension", "message"),
    [
        ({"type": "int", "low": 0, "high": 9, "log": True}, "x: `low >= 1` must hold for `log=True`"),
        ({"type": "float", "low": 0, "high": 9, "log": True}, "x: `low > 0` must hold for `log=True`"),
        ({"type": "int", "low": 9, "high": 3}, "x: `low <= high` must hold, but got (low=9, high=3)"),
        ({"type": "int", "low": 1, "high": 6, "step": 2}, "x: The distribution is specified by [1, 6]"),
        ({"type": "float", "low": 1, "high": 6, "step": 2, "log": True}, "x: The parameter `step`"),
        ({"type": "int", "low": "few", "high": 3}, "x.low: 'few' is not allowed"),
        ({"type": "int", "low": 1.5, "high": 3}, "x.low: 1.5 is not allowed"),
        ({"type": "int", "low": 1, "high": 6, "step": 0}, "x.step: 0 is not allowed"),
        ({"type": "float", "low": 0, "high": math.inf}, "x.high: inf is not allowed"),
        ({"type": "float", "low": math.nan, "high": 1}, "x.low: nan is not allowed"),
        ({"type": "int", "low": 1}, "x.high is missing"),
        ({"type": "int", "low": 1, "high": 3, "lgo": True}, "x.lgo: True is not allowed"),
        ({"type": "integer", "low": 1, "high": 3}, "'integer'"),
        ({"low": 1, "high": 3}, "x: {'low': 1, 'high': 3} is not allowed"),
        ({"type": "categorical", "choices": []}, "x.choices: [] is not allowed"),
        ({"type": "categorical", "choices": [[1]]}, "x.choices.0: [1] is not allowed"),
        ({"type": "categorical", "choices": [1, 1.0]}, "x.choices: [1, 1.0] holds a choice twice"),
        ({"type": "categorical", "choices": [True, 1]}, "x.choices: [True, 1] holds a choice twice"),
        (3, "x: 3 is not allowed"),
    ],
)
def test_a_range_that_makes_no_sense_is_refused(dimension: Any, message: str) -> None:
    with pytest.raises(ValueError, match=re.escape(message)):
        SearchSpace.model_validate({"x": dimension})


def test_a_space_of_nothing_is_refused() -> None:
    with pytest.raises(ValueError, match="at least 1 item"):
        SearchSpace.model_validate({})


@pytest.mark.parametrize("name", ["int", "float", "categorical"])
def test_an_unknown_type_is_answered_with_the_known(name: str) -> None:
    with pytest.raises(ValueError, match=f"expected tags.*'{name}'"):
        SearchSpace.model_validate({"x": {"type": "real", "low": 1, "high": 3}})


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"n_trials": 0}, "n_trials: 0 is not allowed. Input should be greater than 0"),
        ({"n_trials": "many"}, "n_trials: 'many' is not allowed. Input should be a valid integer"),
        ({"n_trials": 1.5}, "n_trials: 1.5 is not allowed. Input should be a valid integer"),
        ({"timeout": 0}, "timeout: 0 is not allowed. Input should be greater than 0"),
        ({"cv": 1}, "cv: 1 is not allowed. Input should be greater than or equal to 2"),
        ({"n_jobs": 0}, "n_jobs: 0 workers do no work; write 1 or more, or -1"),
        ({"n_jobs": -2}, "n_jobs: -2 is not allowed. Input should be greater than or equal to -1"),
        (
            {"direction": "up"},
            "direction: 'up' is not allowed. Input should be 'maximize' or 'minimize'",
        ),
        ({"scoring": "acc"}, "scoring: 'acc' is neither the import path of a scorer nor one of ['acc"),
        ({"scoring": "no_such.scorer"}, "scoring: 'no_such.scorer' cannot be imported"),
        ({"n_trial": 5}, "n_trial: 5 is not allowed, there is no such key"),
        ({"sampler": "TPESampler"}, "sampler: 'TPESampler' is not allowed"),
        ({"sampler": {"class": "TPE"}}, "sampler: 'TPE' is not one of ["),
        ({"sampler": {"class": "TPESampler", "parms": {}}}, "sampler.parms: {} is not allowed"),
        (
            {"sampler": {"class": "TPESampler", "params": {"speed": 9}}},
            "sampler: TPESampler with params {'speed': 9}",
        ),
        (
            {"sampler": {"class": "TPESampler", "params": {"seed": 1}}},
            "params.seed: the seed comes from",
        ),
        ({"pruner": {"class": "Median"}}, "pruner: 'Median' is not one of ['HyperbandPruner', 'Median"),
        (
            {"pruner": {"class": "PercentilePruner", "params": {"percentile": 101}}},
            "Percentile must be between 0 and 100 inclusive, but got percentile=101",
        ),
    ],
)
def test_a_wrong_setting_of_the_sweep_is_refused(
    change: dict[str, Any], message: str, parameters: dict[str, Any]
) -> None:
    with pytest.raises(ValueError, match=re.escape(message)):
        Sweep.model_validate(parameters["sweep"] | change)


def test_a_missing_setting_is_named(parameters: dict[str, Any]) -> None:
    del parameters["sweep"]["scoring"]
    with pytest.raises(ValueError, match=r"^scoring is missing$"):
        Sweep.model_validate(parameters["sweep"])


def test_two_mistakes_are_told_at_once(parameters: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"n_trials: 0 is not allowed.*; cv: 1 is not allowed"):
        Sweep.model_validate(parameters["sweep"] | {"n_trials": 0, "cv": 1})


@pytest.mark.parametrize("name", ["TPESampler", "RandomSampler", "CmaEsSampler", "GPSampler"])
def test_an_unknown_sampler_is_answered_with_the_known(name: str) -> None:
    with pytest.raises(ValueError, match=f"'{name}'"):
        Sampler.model_validate({"class": "Bayes"})


@pytest.mark.parametrize("name", ["BaseSampler", "BaseGASampler", "GridSampler", "BruteForceSampler"])
def test_a_sampler_that_cannot_fill_a_study_is_refused(name: str) -> None:
    params = {"search_space": {"max_depth": [1]}} if name == "GridSampler" else {}
    with pytest.raises(ValueError, match=f"'{name}' is not one of "):
        Sampler.model_validate({"class": name, "params": params})


@pytest.mark.parametrize(("name", "package"), [("CmaEsSampler", "cmaes"), ("GPSampler", "torch")])
def test_a_sampler_without_its_package_names_the_package(
    name: str, package: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, package, None)
    with pytest.raises(ValueError, match=rf"{name} needs the package {package}\b"):
        Sampler.model_validate({"class": name})


@pytest.mark.parametrize("sampler_class", [TPESampler, RandomSampler, CmaEsSampler])
def test_a_sampler_is_built_by_its_class_name(sampler_class: type) -> None:
    sampler = Sampler.model_validate({"class": sampler_class.__name__}).build(seed=1)
    assert type(sampler) is sampler_class


def test_a_pruner_is_built_with_its_arguments() -> None:
    pruner = Pruner.model_validate({"class": "MedianPruner", "params": {"n_startup_trials": 2}}).build()
    assert isinstance(pruner, MedianPruner)
    assert pruner._n_startup_trials == 2


@pytest.mark.parametrize("seed", [-1, 2**32, "lucky", 0.5])
def test_a_seed_out_of_range_is_refused(seed: Any) -> None:
    with pytest.raises(ValueError, match=f"{seed!r} is not allowed"):
        RandomSeed.model_validate(seed)


def test_a_scorer_may_be_found_by_name_or_by_import_path(parameters: dict[str, Any]) -> None:
    by_name = Sweep.model_validate(parameters["sweep"] | {"scoring": "f1_macro"})
    assert str(by_name.scorer) == str(get_scorer("f1_macro"))
    by_path = Sweep.model_validate(parameters["sweep"] | {"scoring": f"{__name__}.score_backwards"})
    assert by_path.scorer is score_backwards


@pytest.mark.parametrize(
    ("model", "message"),
    [
        ({"class": "sklearn.nowhere.Forest"}, "'sklearn.nowhere.Forest' cannot be imported"),
        ({"class": "RandomForestClassifier"}, "'RandomForestClassifier' cannot be imported"),
        (
            {"class": "sklearn.__version__"},
            "'sklearn.__version__' cannot be imported. Input should be call",
        ),
        ({"class": "os.getcwd"}, "class: os.getcwd does not give a scikit-learn estimator"),
        ({"class": 5}, "class: 5 is not allowed"),
        ({"params": {}}, "class is missing"),
        ({"class": FOREST, "parms": {}}, "parms: {} is not allowed, there is no such key"),
        (
            {"class": FOREST, "params": []},
            "params: [] is not allowed. Input should be a valid dictionary",
        ),
        (
            {"class": FOREST, "params": {"n_trees": 5}},
            f"{FOREST} does not accept params {{'n_trees': 5}}",
        ),
        ({"class": FOREST, "params": {"random_state": 1}}, "params.random_state: the seed comes from"),
    ],
)
def test_a_model_that_cannot_be_made_is_refused(model: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=re.escape(message)):
        Model.model_validate(model)


def test_a_model_is_built_with_fixed_and_searched_arguments_and_the_seed() -> None:
    model = Model.model_validate({"class": FOREST, "params": {"max_features": 3}})
    estimator = model.build(random_seed=7, params={"max_depth": 4})
    assert isinstance(estimator, RandomForestClassifier)
    given = {"max_features": 3, "max_depth": 4, "random_state": 7}
    assert estimator.get_params() == RandomForestClassifier(**given).get_params()


def test_a_function_may_make_the_model_and_its_steps_get_the_seed() -> None:
    model = Model.model_validate({"class": f"{__name__}.make_svc", "params": {"C": 2.0}})
    estimator = model.build(random_seed=7, params={"svc__gamma": 0.5})
    assert (model.name, model.is_classifier) == ("make_svc", True)
    assert estimator["svc"].get_params() == SVC(C=2.0, gamma=0.5, random_state=7).get_params()


def test_a_regressor_is_no_classifier() -> None:
    assert not Model.model_validate({"class": "sklearn.linear_model.Ridge"}).is_classifier


@pytest.mark.parametrize(
    ("fixed", "searched", "message"),
    [
        (
            {},
            "depth",
            "search_space.depth is not an argument of sklearn.ensemble.RandomForestClassifier",
        ),
        ({"max_depth": 3}, "max_depth", "max_depth is also fixed under model.params, to 3"),
        ({}, "random_state", "search_space.random_state: the seed comes from random_seed"),
    ],
)
def test_a_space_that_does_not_fit_the_model_is_refused(
    fixed: dict[str, Any], searched: str, message: str
) -> None:
    model = Model.model_validate({"class": FOREST, "params": fixed})
    space = SearchSpace.model_validate({searched: {"type": "int", "low": 1, "high": 3}})
    with pytest.raises(InputError, match=re.escape(message)):
        check_search_space(model, space)


def test_an_unknown_argument_is_answered_with_the_known() -> None:
    space = SearchSpace.model_validate({"depth": {"type": "int", "low": 1, "high": 3}})
    with pytest.raises(InputError, match="'max_depth'"):
        check_search_space(Model.model_validate({"class": FOREST}), space)


def test_the_seed_of_a_step_is_not_searched() -> None:
    space = SearchSpace.model_validate({"svc__random_state": {"type": "int", "low": 1, "high": 3}})
    with pytest.raises(InputError, match="the seed comes from random_seed"):
        check_search_space(Model.model_validate({"class": f"{__name__}.make_svc"}), space)
