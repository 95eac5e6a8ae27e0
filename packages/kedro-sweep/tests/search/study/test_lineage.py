"""A new study logs why it starts, and takes over the trials that its space could have produced."""

import logging
import re
from collections.abc import Callable
from typing import Any

import optuna
import pytest
import sklearn
from optuna.storages import BaseStorage, InMemoryStorage
from sklearn.model_selection import cross_val_score

from kedro_sweep.search import StudyConfiguration, run_search
from kedro_sweep.search.study import _configuration as configuration
from kedro_sweep.search.study._lineage import list_differences

Configure = Callable[..., StudyConfiguration]

SVC: dict[str, Any] = {"class": "sklearn.svm.SVC"}
TREE: dict[str, Any] = {"class": "sklearn.tree.DecisionTreeClassifier"}


def span(low: float, high: float) -> dict[str, Any]:
    return {"C": {"type": "float", "low": low, "high": high}}


@pytest.fixture
def storage() -> BaseStorage:
    return InMemoryStorage()


@pytest.fixture
def first(storage: BaseStorage, configure: Configure) -> optuna.Study:
    return run_search(configure(model=SVC, search_space=span(1, 9), n_trials=8, cv=2), storage)


def test_a_wider_space_keeps_every_trial_and_adds_the_difference(
    first: optuna.Study, storage: BaseStorage, configure: Configure, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    study = run_search(configure(model=SVC, search_space=span(1, 90), n_trials=10, cv=2), storage)
    assert study.study_name != first.study_name
    outcomes = [(trial.params, trial.value) for trial in study.trials]
    assert outcomes[:8] == [(trial.params, trial.value) for trial in first.trials]
    assert len(outcomes) == 10
    assert "search_space.C.high 9.0 → 90.0" in caplog.text
    assert "takes over the trials that fit its search space: 8 of 8 " in caplog.text


def test_a_pruner_compares_with_the_trials_of_a_narrower_space(
    storage: BaseStorage, configure: Configure
) -> None:
    pruned = {"pruner": {"class": "MedianPruner"}, "n_trials": 3, "cv": 2}
    first = run_search(configure(model=SVC, search_space=span(1, 9), **pruned), storage)
    study = run_search(configure(model=SVC, search_space=span(1, 90), **pruned), storage)
    reports = [trial.intermediate_values for trial in study.trials]
    assert reports == [trial.intermediate_values for trial in first.trials]
    assert [*reports[0]] == [0, 1]


def test_a_wider_space_without_a_larger_total_says_what_to_raise(
    first: optuna.Study, storage: BaseStorage, configure: Configure, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    run_search(configure(model=SVC, search_space=span(1, 90), n_trials=8, cv=2), storage)
    assert "Raise sweep.n_trials above 8 to add trials." in caplog.text


def test_a_narrower_space_takes_only_what_is_inside(
    first: optuna.Study, storage: BaseStorage, configure: Configure
) -> None:
    inside = [trial.params["C"] for trial in first.trials if 3 <= trial.params["C"] <= 7]
    assert 0 < len(inside) < 8
    study = run_search(configure(model=SVC, search_space=span(3, 7), n_trials=8, cv=2), storage)
    assert [trial.params["C"] for trial in study.trials][: len(inside)] == inside
    assert all(3 <= trial.params["C"] <= 7 for trial in study.trials)


def test_a_choice_that_is_equal_but_of_another_type_is_scored_anew(
    storage: BaseStorage, configure: Configure
) -> None:
    def search(choices: list[Any]) -> dict[str, float | None]:
        space = {"max_features": {"type": "categorical", "choices": choices}}
        question = configure(model=TREE, search_space=space, n_trials=8, cv=2)
        trials = run_search(question, storage).trials
        for trial in trials:
            estimator = question.build(trial.params)
            assert trial.value == cross_val_score(estimator, question.X, question.y, cv=2).mean()
        return {repr(trial.params["max_features"]): trial.value for trial in trials}

    share, number = search([0.25, 1.0]), search([0.25, 1])
    assert share["1.0"] != number["1"]  # all features, and one feature


def test_an_argument_that_is_equal_but_of_another_type_takes_nothing(
    storage: BaseStorage, configure: Configure, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    space, values = {"max_depth": {"type": "int", "low": 1, "high": 3}}, []
    for features in (1, 1.0):
        model = TREE | {"params": {"max_features": features}}
        study = run_search(configure(model=model, search_space=space, n_trials=3, cv=2), storage)
        values.append(study.best_value)
    assert values[0] != values[1]
    assert "fixed_params.max_features 1 → 1.0" in caplog.text


@pytest.mark.parametrize(
    "change",
    [
        {"search_space": {"gamma": {"type": "float", "low": 1, "high": 9}}},
        {"search_space": {"C": {"type": "int", "low": 1, "high": 9}}},
        {"cv": 3},
        {"random_seed": 7},
    ],
    ids=str,
)
def test_any_other_difference_takes_nothing(
    change: dict[str, Any],
    first: optuna.Study,
    storage: BaseStorage,
    configure: Configure,
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.INFO)
    run_search(
        configure(**{"model": SVC, "search_space": span(1, 9), "cv": 2, "n_trials": 2} | change),
        storage,
    )
    assert "is new. Since study" in caplog.text
    assert "takes over" not in caplog.text


def test_another_version_of_scikit_learn_starts_a_study_and_is_named(
    first: optuna.Study,
    storage: BaseStorage,
    configure: Configure,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.INFO)
    before = first.user_attrs["configuration"]["versions"]["scikit-learn"]
    monkeypatch.setattr(configuration, "find_versions", lambda modules: {"scikit-learn": "99.0"})
    study = run_search(configure(model=SVC, search_space=span(1, 9), n_trials=2, cv=2), storage)
    assert study.study_name != first.study_name
    assert f"scikit-learn {before} → 99.0" in caplog.text


def test_a_study_of_a_release_that_knew_no_versions_is_kept_and_a_new_one_starts(
    storage: BaseStorage, configure: Configure, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    question = configure(model=SVC, search_space=span(1, 9), n_trials=2, cv=2)
    earlier = optuna.create_study(storage=storage, study_name="SVC-0123456789ab")
    known = ("model", "fixed_params", "search_space", "rows", "features", "target", "cv", "scoring")
    earlier.set_user_attr("configuration", {name: question.description[name] for name in known})
    earlier.add_trial(optuna.trial.create_trial(value=0.5))
    study = run_search(question, storage)
    assert len(study.trials) == 2
    assert [trial.value for trial in earlier.get_trials()] == [0.5]
    assert "Since study SVC-0123456789ab: " in caplog.text
    assert f"scikit-learn none → {sklearn.__version__}" in caplog.text


def test_a_study_is_introduced_once(
    first: optuna.Study, storage: BaseStorage, configure: Configure, caplog: pytest.LogCaptureFixture
) -> None:
    wider = configure(model=SVC, search_space=span(1, 90), n_trials=10, cv=2)
    caplog.set_level(logging.INFO)
    trials = run_search(wider, storage).trials
    assert "is new" in caplog.text
    caplog.clear()
    assert run_search(wider, storage).trials == trials
    assert "is new" not in caplog.text


def test_an_introduction_that_was_cut_short_is_completed(
    first: optuna.Study, storage: BaseStorage, configure: Configure
) -> None:
    wider = configure(model=SVC, search_space=span(1, 90), n_trials=10, cv=2)
    for trial in first.trials[:3]:
        copied = optuna.trial.create_trial(
            value=trial.value,
            params=trial.params,
            distributions=wider.search_space.distributions(),
        )
        wider.open_study(storage).add_trial(copied)
    drawn = [trial.params["C"] for trial in run_search(wider, storage).trials]
    assert drawn[:8] == [trial.params["C"] for trial in first.trials]
    assert len(set(drawn)) == 10


def test_more_than_five_differences_are_counted(
    first: optuna.Study, storage: BaseStorage, configure: Configure, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    run_search(configure(n_trials=1, scoring="f1_macro", random_seed=7), storage)
    [message] = [text for text in caplog.messages if "is new. Since study" in text]
    assert re.search(r"; and \d+ more\.$", message)
    assert message.count(";") == 5


@pytest.mark.parametrize(
    ("now", "change"),
    [
        ("bcdef", ": 2 added (e and f), 1 removed (a)"),
        ("efghi", ": 5 added (e, f, g and 2 more), 4 removed (a, b, c and 1 more)"),
        ("dcba", ": in another order"),
        ("ab", ": 2 removed (c and d)"),
    ],
)
def test_a_long_list_is_described_by_what_was_added_and_removed(now: str, change: str) -> None:
    differences = list_differences({"features": [*"abcd"]}, {"features": [*now]})
    assert differences == [f"features{change}"]


def test_a_short_list_is_shown_in_full() -> None:
    differences = list_differences({"choices": ["gini"]}, {"choices": ["gini", "entropy"]})
    assert differences == ["choices ['gini'] → ['gini', 'entropy']"]


def test_the_first_study_has_nothing_to_explain(
    first: optuna.Study, caplog: pytest.LogCaptureFixture
) -> None:
    assert "is new" not in caplog.text
