"""The defaults of an estimator are the first trial, if they are in the search space."""

from collections.abc import Callable
from typing import Any

import optuna
import pytest
from optuna.storages import BaseStorage, InMemoryStorage

from kedro_sweep.search import StudyConfiguration, find_defaults, run_search

Configure = Callable[..., StudyConfiguration]

SVC: dict[str, Any] = {"class": "sklearn.svm.SVC"}
FOREST: dict[str, Any] = {"class": "sklearn.ensemble.RandomForestClassifier"}


def number(kind: str, low: float, high: float, **options: Any) -> dict[str, Any]:
    return {"type": kind, "low": low, "high": high, **options}


def choices(*values: Any) -> dict[str, Any]:
    return {"type": "categorical", "choices": list(values)}


POLY = number("int", 4, 5, when={"kernel": "poly"})
RBF = number("float", 0.1, 9, when={"kernel": "rbf"})


@pytest.mark.parametrize(
    ("model", "space", "expected"),
    [
        (SVC, {"C": number("float", 0.1, 9, log=True)}, {"C": 1.0}),
        (SVC, {"C": number("float", 0, 9, step=0.5)}, {"C": 1.0}),
        (SVC, {"C": number("float", 0, 9, step=0.75)}, None),
        (SVC, {"C": number("float", 2, 9)}, None),
        (SVC, {"C": number("int", 1, 9)}, None),
        (SVC, {"kernel": choices("linear", "rbf")}, {"kernel": "rbf"}),
        (SVC, {"kernel": choices("linear", "poly")}, None),
        (SVC, {"C": number("float", 0.1, 9), "kernel": choices("linear", "poly")}, None),
        (SVC, {"gamma": number("float", 0.1, 9)}, None),
        (SVC, {"kernel": choices("poly", "rbf"), "degree": POLY}, {"kernel": "rbf"}),
        (SVC | {"params": {"kernel": "poly"}}, {"degree": number("int", 2, 4)}, {"degree": 3}),
        (SVC, {"kernel": choices("rbf"), "gamma": RBF}, None),
        (FOREST, {"n_estimators": number("int", 50, 200, step=50)}, {"n_estimators": 100}),
        (FOREST, {"n_estimators": number("int", 50, 200, step=30)}, None),
        (FOREST, {"min_samples_leaf": number("float", 0.1, 1.0)}, None),
        (FOREST, {"max_depth": choices(None, 5)}, {"max_depth": None}),
        (FOREST, {"bootstrap": choices(1, 0)}, None),
        (
            FOREST | {"preprocessing": {"class": "sklearn.decomposition.PCA"}},
            {"pca__whiten": choices(True, False)},
            {"pca__whiten": False},
        ),
    ],
)
def test_the_defaults_are_found_if_the_search_space_holds_all_of_them(
    model: dict[str, Any], space: dict[str, Any], expected: dict[str, Any] | None, configure: Configure
) -> None:
    found = find_defaults(configure(model=model, search_space=space))
    assert found == expected
    assert {type(value) for value in (found or {}).values()} == {
        type(value) for value in (expected or {}).values()
    }


def test_a_new_study_tries_the_defaults_first_and_once(
    storage: BaseStorage, configure: Configure
) -> None:
    sweep: dict[str, Any] = {"model": SVC, "search_space": {"C": number("float", 0.1, 9)}, "cv": 2}
    first = run_search(configure(**sweep, n_trials=3), storage)
    assert [trial.number for trial in first.trials] == [0, 1, 2]
    assert first.trials[0].params == {"C": 1.0}
    more = run_search(configure(**sweep, n_trials=5), storage)
    assert [trial.params["C"] == 1.0 for trial in more.trials] == [True] + [False] * 4


def test_defaults_that_were_taken_over_are_not_tried_again(configure: Configure) -> None:
    storage = InMemoryStorage()
    for high, n_trials in ((5, 3), (9, 5)):
        space = {"C": number("float", 0.1, high)}
        study = run_search(configure(model=SVC, search_space=space, n_trials=n_trials, cv=2), storage)
    assert [trial.params["C"] == 1.0 for trial in study.trials] == [True] + [False] * 4


def test_no_room_is_made_for_the_defaults(configure: Configure) -> None:
    storage = InMemoryStorage()
    for low, high in ((2, 5), (0.1, 5)):
        space = {"C": number("float", low, high)}
        study = run_search(configure(model=SVC, search_space=space, n_trials=3, cv=2), storage)
    assert [trial.state for trial in study.trials] == [optuna.trial.TrialState.COMPLETE] * 3
    assert all(trial.params["C"] >= 2 for trial in study.trials)
