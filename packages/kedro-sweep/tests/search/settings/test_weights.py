"""Weights of rows reach the last step of a pipeline; what takes none is named."""

import logging
from typing import Any

import numpy as np
import pytest
from sklearn import config_context
from sklearn.ensemble import VotingClassifier
from sklearn.linear_model import LinearRegression
from sklearn.metrics import get_scorer
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import StandardScaler

from kedro_sweep.errors import InputError
from kedro_sweep.search.settings import (
    Candidate,
    can_weight,
    fit_weighted,
    keep_weighted,
    score_weighted,
)

X = np.array([[0.0], [1.0], [2.0], [3.0]])
Y = np.array([0.0, 1.0, 4.0, 9.0])
WEIGHTS = np.array([1.0, 1.0, 5.0, 0.0])
SPACE = {"alpha": {"type": "float", "low": 0, "high": 9}}
NEIGHBORS_SPACE = {"n_neighbors": {"type": "int", "low": 1, "high": 9}}


def make_neighbors() -> Pipeline:
    """Make a pipeline whose last step takes no weights."""
    return make_pipeline(StandardScaler(), KNeighborsClassifier())


def candidate(path: str, space: dict[str, Any]) -> Candidate:
    return Candidate.model_validate({"class": path, "search_space": space})


RIDGE = candidate("sklearn.linear_model.Ridge", SPACE)
NEIGHBORS = candidate(
    f"{__name__}.make_neighbors", {"kneighborsclassifier__n_neighbors": NEIGHBORS_SPACE["n_neighbors"]}
)


def test_only_the_last_step_gets_the_weights() -> None:
    nested = make_pipeline(StandardScaler(), make_pipeline("passthrough", LinearRegression()))
    fitted = fit_weighted(nested, X, Y, WEIGHTS)
    np.testing.assert_array_equal(fitted[0].mean_, X.mean(axis=0))
    expected = LinearRegression().fit(StandardScaler().fit_transform(X), Y, WEIGHTS)
    np.testing.assert_array_equal(fitted[-1][-1].coef_, expected.coef_)


def test_a_step_gets_its_weights_also_with_metadata_routing() -> None:
    with config_context(enable_metadata_routing=True):
        fitted = fit_weighted(make_pipeline(StandardScaler(), LinearRegression()), X, Y, WEIGHTS)
    expected = LinearRegression().fit(StandardScaler().fit_transform(X), Y, WEIGHTS)
    np.testing.assert_array_equal(fitted[-1].coef_, expected.coef_)


def test_without_weights_an_estimator_that_takes_none_is_fitted() -> None:
    assert fit_weighted(KNeighborsClassifier(1), X, [0, 1, 0, 1]).predict(X).tolist() == [0, 1, 0, 1]


@pytest.mark.parametrize(
    ("part", "can"),
    [
        (LinearRegression(), True),
        (KNeighborsClassifier(), False),
        (make_neighbors(), False),
        (VotingClassifier([]), True),
        (get_scorer("accuracy"), True),
        (get_scorer("neg_max_error"), False),
        (lambda estimator, X, y: 1.0, False),
        (lambda estimator, X, y, sample_weight=None: 1.0, True),
    ],
)
def test_what_takes_weights_is_known_before_it_is_called(part: Any, can: bool) -> None:
    assert can_weight(part) is can


def test_a_candidate_that_takes_none_is_skipped_and_named(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    kept = keep_weighted({"ridge": RIDGE, "neighbors": NEIGHBORS}, explain=True)
    assert kept == {"ridge": RIDGE}
    assert f"neighbors ({NEIGHBORS.path})" in caplog.text


def test_without_a_candidate_that_takes_weights_the_search_is_refused() -> None:
    with pytest.raises(InputError, match=r"no sample_weight: neighbors \(.*make_neighbors\)\. Choose"):
        keep_weighted({"neighbors": NEIGHBORS}, explain=False)


def test_a_score_becomes_a_number_of_python_as_in_cross_val_score() -> None:
    score = score_weighted(lambda *_: np.float32(0.1), None, None, None)
    assert type(score) is float
    with pytest.raises(ValueError, match="can only convert an array of size 1"):
        score_weighted(lambda *_: np.array([0.1, 0.2]), None, None, None)
