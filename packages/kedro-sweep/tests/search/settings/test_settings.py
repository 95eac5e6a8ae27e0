"""Every wrong parameter is refused with its key, its value and what is allowed."""

import logging
import re
from math import inf
from pathlib import Path
from typing import Any

import pytest
import yaml

from kedro_sweep.errors import InputError
from kedro_sweep.search import Sweep
from kedro_sweep.search.settings import check_search_space, choose_candidates

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
        (
            {"choose": "simplest", "predictions": {"keep": False}},
            "choose: simplest needs the predictions of the trials",
        ),
        (
            {"choose": "cheapest"},
            "choose: 'cheapest' is not allowed. Input should be 'best', 'fas",
        ),
        ({"n_trials": 0}, "n_trials: 0 is not allowed. Input should be greater than 0"),
        ({"n_trials": "many"}, "n_trials: 'many' is not allowed. Input should be a valid integer"),
        ({"n_trials": 1.5}, "n_trials: 1.5 is not allowed. Input should be a valid integer"),
        ({"timeout": 0}, "timeout: 0 is not allowed. Input should be greater than 0"),
        ({"timeout": inf}, "timeout: inf is not allowed. Input should be a finite number"),
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
            "sampler: TPESampler does not accept params {'speed': 9}",
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


@pytest.mark.parametrize(("size", "timeout"), [(0, 60.0), (5, None)])
def test_without_an_ensemble_or_a_limit_no_time_is_taken(
    size: int, timeout: float | None, parameters: dict[str, Any]
) -> None:
    change = {"ensemble": {"size": size}, "timeout": timeout}
    sweep = Sweep.model_validate(parameters["sweep"] | change)
    assert sweep.refit_seconds == 0


def test_the_score_may_be_left_to_the_estimator(parameters: dict[str, Any]) -> None:
    del parameters["sweep"]["scoring"]
    assert Sweep.model_validate(parameters["sweep"]).scoring is None
    assert Sweep.model_validate(parameters["sweep"] | {"scoring": None}).scoring is None


MENU = Path(__file__).parents[5] / "conf/contest/parameters_data_science.yml"
DEPTH: dict[str, Any] = {"max_depth": {"type": "int", "low": 1, "high": 9}}
TREE: dict[str, Any] = {"class": "sklearn.tree.DecisionTreeClassifier"}
MODELS: dict[str, Any] = {
    "tree": TREE | {"search_space": DEPTH},
    "numbers": {"class": "sklearn.tree.DecisionTreeRegressor", "search_space": DEPTH},
    "missing": {"class": "no_such_package.Tree", "optional": True, "search_space": DEPTH},
    "missing_numbers": {"class": "no_such_package.Oak", "optional": True, "search_space": DEPTH},
}


SETTINGS: dict[str, Any] = {
    "search_space": DEPTH,
    "n_trials": 1,
    "cv": 2,
    "sampler": {"class": "RandomSampler"},
    "pruner": {"class": "NopPruner"},
}


def make_sweep(model: dict[str, Any], models: dict[str, Any]) -> Sweep:
    return Sweep.model_validate(SETTINGS | {"model": model, "models": models})


def test_without_models_the_one_model_is_the_candidate() -> None:
    sweep = make_sweep(TREE, {})
    [(name, candidate)] = choose_candidates(sweep).items()
    assert name == "DecisionTreeClassifier"
    assert candidate.search_space == sweep.search_space
    assert dict(sweep.model).items() <= dict(candidate).items()


def test_candidates_for_another_target_or_not_installed_are_left_out_with_one_line(
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.INFO)
    assert [*choose_candidates(make_sweep(TREE, MODELS), explain=True)] == ["tree"]
    assert caplog.messages == [
        "Skipped candidates: 1 for another kind of target; missing and missing_numbers "
        "(no_such_package is not installed)."
    ]


def test_a_candidate_whose_package_cannot_be_loaded_is_left_out_with_the_reason(
    caplog: pytest.LogCaptureFixture, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    caplog.set_level(logging.INFO)
    monkeypatch.syspath_prepend(tmp_path)
    (tmp_path / "broken_package.py").write_text("raise OSError('libgomp.so.1: no such file')")
    broken = {"class": "broken_package.Tree", "optional": True, "search_space": DEPTH}
    models = {"tree": MODELS["tree"], "broken": broken}
    assert [*choose_candidates(make_sweep(TREE, models), explain=True)] == ["tree"]
    reason = "broken_package cannot be loaded: libgomp.so.1: no such file"
    assert caplog.messages == [f"Skipped candidates: broken ({reason})."]


def test_candidates_for_fewer_rows_are_left_out_with_the_reason(
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.INFO)
    models = {"tree": MODELS["tree"], "slow": MODELS["tree"] | {"max_rows": 100}}
    sweep = make_sweep(TREE, models)
    assert [*choose_candidates(sweep, n_rows=100)] == ["tree", "slow"]
    assert [*choose_candidates(sweep, n_rows=101, explain=True)] == ["tree"]
    assert "slow (101 training rows exceed its max_rows, 100)" in caplog.text
    with pytest.raises(InputError, match=re.escape("max_rows of ['slow']")):
        choose_candidates(make_sweep(TREE, {"slow": models["slow"]}), n_rows=101)


def test_if_no_candidate_is_left_the_remedy_is_named() -> None:
    with pytest.raises(InputError, match=re.escape("models: none of ['numbers'] predicts classes")):
        choose_candidates(make_sweep(TREE, {"numbers": MODELS["numbers"]}))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"optional": False}, "missing: 'no_such_package.Tree' cannot be imported"),
        ({"class": "sklearn.tree.Oak"}, "missing: 'sklearn.tree.Oak' cannot be imported"),
        ({"search_space": {}}, "missing.search_space: {} is not allowed"),
        ({"search": DEPTH}, "missing.search: "),
    ],
)
def test_a_candidate_that_cannot_be_used_is_refused(change: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=re.escape(message)):
        make_sweep(TREE, {"missing": MODELS["missing"] | change})


@pytest.mark.parametrize("path", ["sklearn.svm.SVC", "sklearn.svm.SVR"])
def test_the_shipped_candidates_fit_their_search_spaces(path: str) -> None:
    models = yaml.safe_load(MENU.read_text())["sweep"]["models"]
    chosen = choose_candidates(make_sweep({"class": path}, models))
    assert len(chosen) >= 6
    for candidate in chosen.values():
        check_search_space(candidate, candidate.search_space)


@pytest.mark.parametrize(
    ("changes", "most"),
    [
        ({"search_rows": 5_000}, 5_000),
        ({"search_rows": 5_000, "timeout": 3, "search_rows_per_second": 1_000}, 3_000),
        ({"search_rows": 5_000, "timeout": 9, "search_rows_per_second": 1_000}, 5_000),
        ({"timeout": 0.5, "search_rows_per_second": 1_000}, 2_000),
        ({"search_rows_per_second": 1_000}, None),
    ],
)
def test_a_short_time_is_for_a_sample(
    changes: dict[str, Any], most: int | None, parameters: dict[str, Any]
) -> None:
    sweep = Sweep.model_validate(parameters["sweep"] | {"search_rows": None} | changes)
    assert sweep.most_rows == most


def test_a_choice_of_one_model_leaves_no_ensemble(parameters: dict[str, Any]) -> None:
    given = parameters["sweep"] | {"ensemble": {"size": 25}, "timeout": 8}
    sweep, chosen = (Sweep.model_validate(given | more) for more in ({}, {"choose": "fastest"}))
    assert (sweep.ensemble.size, sweep.refit_seconds) == (25, 2)
    assert (chosen.ensemble.size, chosen.refit_seconds) == (0, 0)
