"""Scores and warnings of trials."""

import logging
import warnings
from collections.abc import Callable
from typing import Any

import pandas as pd
import pytest
from optuna.storages import InMemoryStorage
from optuna.trial import TrialState, create_trial
from sklearn.metrics import accuracy_score, get_scorer, hinge_loss, make_scorer

from kedro_sweep.errors import AllTrialsFailedError, InputError
from kedro_sweep.search import StudyConfiguration, log_warnings, run_search
from kedro_sweep.search.settings._scorers import find_scorer
from kedro_sweep.search.study._folds import prepare_folds
from kedro_sweep.search.trial._scoring import check_scoring, count_warnings

Table = tuple[pd.DataFrame, pd.Series]
Configure = Callable[..., StudyConfiguration]

REGRESSOR = {"class": "sklearn.ensemble.RandomForestRegressor"}
SVC = {"class": "sklearn.svm.SVC"}


@pytest.mark.parametrize(
    ("model", "scoring", "message"),
    [
        (None, "precision", r"'precision' cannot score predictions of 6 classes.*precision_macro"),
        (None, "roc_auc", r"'roc_auc' cannot score predictions of 6 classes.*roc_auc_ovr"),
        (REGRESSOR, "accuracy", r"'accuracy' cannot score predictions of a target of numbers.*as r2"),
    ],
)
def test_a_score_that_does_not_suit_the_target_stops_the_search_before_it_has_a_study(
    model: dict[str, Any] | None, scoring: str, message: str, configure: Configure
) -> None:
    storage = InMemoryStorage()
    with pytest.raises(InputError, match=message):
        run_search(configure(scoring=scoring, **({"model": model} if model else {})), storage)
    assert storage.get_all_studies() == []


def test_a_score_that_is_no_number_on_a_fold_is_refused(values: Table) -> None:
    X, y = values
    folds = prepare_folds(X[:4], y[:4], cv=4, stratify=False)
    with pytest.raises(InputError, match=r"'r2' cannot .* It is not a number on a fold of . test row"):
        check_scoring("r2", folds, is_classifier=False)


score_decisions = make_scorer(hinge_loss, response_method="decision_function")


def test_a_scorer_of_the_users_own_may_ask_for_what_no_dummy_has(two_classes: Table) -> None:
    folds = prepare_folds(*two_classes, cv=2, stratify=True)
    check_scoring(f"{__name__}.score_decisions", folds, is_classifier=True)


@pytest.mark.parametrize(("model", "scoring"), [(None, "accuracy"), (REGRESSOR, "r2")])
def test_without_a_score_the_estimators_own_is_used(
    model: dict[str, Any] | None, scoring: str, configure: Configure
) -> None:
    change = {"model": model} if model else {}
    study = run_search(configure(scoring=None, n_trials=2, **change), InMemoryStorage())
    named = run_search(configure(scoring=scoring, n_trials=2, **change), InMemoryStorage())
    assert study.study_name == named.study_name
    assert study.best_value == named.best_value
    assert study.metric_names == [scoring]


def test_ten_failures_at_the_start_stop_the_search(
    configure: Configure, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    storage = InMemoryStorage()
    space = {"C": {"type": "float", "low": 1, "high": 9}}
    # Only the estimator knows that it has no probabilities.
    configuration = configure(model=SVC, search_space=space, scoring="neg_log_loss", n_trials=40, cv=2)
    with pytest.raises(AllTrialsFailedError, match=r"first 10 trials .* all failed.*predict_proba"):
        run_search(configuration, storage)
    assert storage.get_n_trials(0) == 10
    assert "10 of 40 trials (10 failed, stopped)" in caplog.messages


def test_failures_of_two_workers_that_end_at_once_are_counted_too(configure: Configure) -> None:
    storage = InMemoryStorage()
    space = {"C": {"type": "float", "low": 1, "high": 9}}
    configuration = configure(model=SVC, search_space=space, scoring="neg_log_loss", n_trials=40, cv=2)
    study = configuration.open_study(storage)
    # The check happens once, at the tenth trial.
    study.add_trials([create_trial(state=TrialState.FAIL)] * 10)
    with pytest.raises(AllTrialsFailedError, match="The first 10 trials"):
        run_search(configuration, storage)
    assert storage.get_n_trials(0) == 11


def score_half(estimator: Any, X: Any, y: Any) -> float:
    """Score as a user might."""
    return float(estimator.score(X, y)) / 2


score_made = make_scorer(accuracy_score)


def test_a_scorer_may_be_found_by_name_or_by_import_path() -> None:
    assert str(find_scorer("f1_macro")) == str(get_scorer("f1_macro"))
    assert find_scorer(f"{__name__}.score_half") is score_half
    assert find_scorer(f"{__name__}.score_made") is score_made


@pytest.mark.parametrize(
    ("scoring", "message"),
    [
        ("f1_macr", r"'f1_macr' is neither the name nor .*\. The nearest names are f1_macro, "),
        ("zzz", r"of a scorer\. sklearn\.metrics\.get_scorer_names\(\) lists all"),
        ("no_such.scorer", r"'no_such\.scorer' cannot be imported"),
    ],
)
def test_a_scorer_that_is_not_there_is_refused(scoring: str, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        find_scorer(scoring)


@pytest.mark.parametrize(
    "path",
    ["os.abort", "builtins.print", "shutil.rmtree", "collections.Counter", "urllib.request.urlopen"],
)
def test_what_is_no_scorer_is_refused_without_being_called(path: str) -> None:
    with pytest.raises(ValueError, match="neither a scorer nor a function of your own"):
        find_scorer(path)


def warn(*texts: str) -> None:
    for text in texts:
        warnings.warn(text, RuntimeWarning, stacklevel=2)


def test_warnings_are_counted_by_their_first_line() -> None:
    with count_warnings() as counts:
        warn("slow:\n  3 steps", "slow:\n  4 steps", "odd")
    assert counts == {"RuntimeWarning: slow": 2, "RuntimeWarning: odd": 1}


def test_each_is_logged_once_instead_of_printed(caplog: pytest.LogCaptureFixture) -> None:
    with warnings.catch_warnings(record=True) as printed, log_warnings():
        warn("slow", "odd", "slow")
    assert caplog.messages == ["RuntimeWarning: slow (2 times)", "RuntimeWarning: odd"]
    assert printed == []


def test_what_is_to_be_ignored_is_not_counted() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)
        with count_warnings() as counts:
            warn("slow")
    assert counts == {}
