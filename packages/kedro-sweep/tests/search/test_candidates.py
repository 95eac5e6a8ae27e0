"""The candidates of a contest are those that are installed and predict the same kind of target."""

import logging
import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from kedro_sweep.errors import InputError
from kedro_sweep.search import Sweep, check_search_space, choose_candidates

MENU = Path(__file__).parents[4] / "conf/contest/parameters_data_science.yml"
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
