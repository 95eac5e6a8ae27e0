"""Every wrong parameter is refused with its key, its value and what is allowed."""

import re
from typing import Any

import pytest

from kedro_sweep.search import Sweep, check_search_space

FOREST = "sklearn.ensemble.RandomForestClassifier"


def test_valid_parameters_are_accepted(parameters: dict[str, Any]) -> None:
    sweep = Sweep.model_validate(parameters["sweep"])
    assert (sweep.model.path, sweep.is_classifier, sweep.scoring) == (FOREST, True, "accuracy")
    check_search_space(sweep.model, sweep.search_space)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"model": {}}, "model.class is missing"),
        ({"search_space": {}}, "search_space: {} is not allowed"),
        ({"models": {"tree": {"class": FOREST}}}, "models.tree.search_space is missing"),
        (
            {"ensemble": {"size": 5}, "predictions": {"keep": False}},
            "ensemble.size: 5 needs the predictions of the trials",
        ),
        ({"n_trials": 0}, "n_trials: 0 is not allowed. Input should be greater than 0"),
        ({"n_trials": "many"}, "n_trials: 'many' is not allowed. Input should be a valid integer"),
        ({"n_trials": 1.5}, "n_trials: 1.5 is not allowed. Input should be a valid integer"),
        ({"timeout": 0}, "timeout: 0 is not allowed. Input should be greater than 0"),
        ({"cv": 1}, "cv: 1 is not allowed. Input should be greater than or equal to 2"),
        ({"cv": "many"}, "cv: 'many' is not allowed. Input should be a valid integer"),
        ({"cv": {"params": {}}}, "cv.class is missing"),
        ({"cv": {"class": "sklearn.model_selection.KFold", "n_splits": 3}}, "cv.n_splits: 3 is not all"),
        ({"cv": {"class": "builtins.str"}}, "cv: class: builtins.str is not a class with split and"),
        ({"n_jobs": 0}, "n_jobs: 0 is not a number of workers; write 1 or more, or -1"),
        ({"n_jobs": -2}, "n_jobs: -2 is not allowed. Input should be greater than or equal to -1"),
        ({"backend": "ray"}, "backend: 'ray' is not allowed. Input should be 'local' or 'dask'"),
        ({"backend": "dask"}, "scheduler: backend: dask needs the address that `dask scheduler` prints"),
        ({"scheduler": 8786}, "scheduler: 8786 is not allowed. Input should be a valid string"),
        (
            {"direction": "up"},
            "direction: 'up' is not allowed. Input should be 'maximize' or 'minimize'",
        ),
        ({"scoring": "acc"}, "scoring: 'acc' is neither the name nor the import path of a scorer."),
        ({"scoring": "no_such.scorer"}, "scoring: 'no_such.scorer' cannot be imported"),
        ({"scoring": ["accuracy", "f1_macr"]}, "scoring: 'f1_macr' is neither the name nor the import"),
        ({"scoring": ["r2", "f1_macro", "r2"]}, "scoring: 'r2' is listed 2 times; once is enough"),
        ({"scoring": []}, "scoring: [] names no score; write null for the estimator's own"),
        ({"scoring": ["r2", 5]}, "scoring.1: 5 is not allowed. Input should be a valid string"),
        ({"scoring": 5}, "scoring: 5 is not allowed. Input should be a valid string"),
        (
            {"predictions": {"max_mb": 0}},
            "predictions.max_mb: 0 is not allowed. Input should be greater",
        ),
        ({"predictions": {"max_mb": float("inf")}}, "predictions.max_mb: inf is not allowed"),
        ({"predictions": {"max_gb": 1}}, "predictions.max_gb: 1 is not allowed, there is no such key"),
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


def test_a_number_of_folds_out_of_range_is_one_error(parameters: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"^cv: 1 is not allowed\. Input .* equal to 2$"):
        Sweep.model_validate(parameters["sweep"] | {"cv": 1})


def test_the_folds_may_be_cut_by_a_class(parameters: dict[str, Any]) -> None:
    cv = {"class": "sklearn.model_selection.RepeatedKFold", "params": {"n_splits": 3}}
    sweep = Sweep.model_validate(parameters["sweep"] | {"cv": cv})
    assert sweep.model_dump(by_alias=True)["cv"] == cv


def test_a_missing_setting_is_named(parameters: dict[str, Any]) -> None:
    del parameters["sweep"]["cv"]
    with pytest.raises(ValueError, match=r"^cv is missing$"):
        Sweep.model_validate(parameters["sweep"])


def test_two_mistakes_are_told_at_once(parameters: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"n_trials: 0 is not allowed.*; cv: 1 is not allowed"):
        Sweep.model_validate(parameters["sweep"] | {"n_trials": 0, "cv": 1})


def test_an_ensemble_takes_its_share_of_the_time(parameters: dict[str, Any]) -> None:
    ensemble = {"size": 5, "time_share": 0.1}
    sweep = Sweep.model_validate(parameters["sweep"] | {"ensemble": ensemble, "timeout": 60})
    assert sweep.refit_seconds == pytest.approx(6)
    assert sweep.leave_time().timeout == pytest.approx(54)


@pytest.mark.parametrize(("size", "timeout"), [(0, 60.0), (5, None)])
def test_without_an_ensemble_or_a_limit_no_time_is_taken(
    size: int, timeout: float | None, parameters: dict[str, Any]
) -> None:
    change = {"ensemble": {"size": size}, "timeout": timeout}
    sweep = Sweep.model_validate(parameters["sweep"] | change)
    assert sweep.refit_seconds is None
    assert sweep.leave_time() == sweep


def test_the_score_may_be_left_to_the_estimator(parameters: dict[str, Any]) -> None:
    del parameters["sweep"]["scoring"]
    assert Sweep.model_validate(parameters["sweep"]).scoring is None
    assert Sweep.model_validate(parameters["sweep"] | {"scoring": None}).scoring is None
