from typing import Any

import numpy as np
import pytest
from sklearn.metrics import (
    fbeta_score,
    get_scorer,
    make_scorer,
    median_absolute_error,
    top_k_accuracy_score,
)

from kedro_sweep.evaluation.metrics._stand_in import make_metric, wrap_scorer
from kedro_sweep.evaluation.predictions._out_of_fold import Predictions, Truth

TRUTH = Truth(
    y=np.array([0, 1, 2, 0, 1]),
    classes=np.array(["bad", "fair", "good"]),
    folds=np.zeros(5, dtype=int),
    units=np.arange(5),
)
PREDICTIONS = Predictions(
    labels=np.array([0, 1, 1, 2, 1]),
    probabilities=np.array(
        [[0.6, 0.3, 0.1], [0.2, 0.7, 0.1], [0.5, 0.4, 0.1], [0.2, 0.3, 0.5], [0.1, 0.8, 0.1]]
    ),
)
WEIGHTS = np.array([[1, 1, 1, 1, 1], [2, 1, 1, 0, 1]])
DRAWN = [[0, 1, 2, 3, 4], [0, 0, 1, 2, 4]]


def test_each_row_is_scored_as_often_as_it_is_drawn() -> None:
    scores = wrap_scorer(get_scorer("top_k_accuracy"))(TRUTH, PREDICTIONS, WEIGHTS)
    assert PREDICTIONS.probabilities is not None
    assert scores.tolist() == [
        top_k_accuracy_score(TRUTH.y[rows], PREDICTIONS.probabilities[rows]) for rows in DRAWN
    ]


def test_a_scorer_gets_the_labels_and_not_their_numbers() -> None:
    scorer = make_scorer(fbeta_score, beta=2, average=None, labels=["fair"])
    scores = wrap_scorer(lambda *found: scorer(*found)[0])(TRUTH, PREDICTIONS, WEIGHTS)
    expected = [
        fbeta_score(TRUTH.y[rows], PREDICTIONS.labels[rows], beta=2, average=None, labels=[1])[0]
        for rows in DRAWN
    ]
    assert scores.tolist() == expected


def test_a_scorer_of_numbers_gets_them() -> None:
    truth = Truth(np.array([1.0, 2, 5]), None, np.zeros(3, dtype=int), np.arange(3))
    predictions = Predictions(np.array([1.5, 2, 3]), None)
    metric = make_metric("neg_median_absolute_error")
    expected = -median_absolute_error([2, 2, 5], [2, 2, 3])
    assert metric(truth, predictions, np.array([[0, 2, 1]])) == [expected]


def test_a_draw_without_a_class_or_without_rows_has_no_score() -> None:
    weights = np.array([[1, 0, 1, 1, 0], [0, 0, 0, 0, 0]])
    assert np.isnan(make_metric("top_k_accuracy")(TRUTH, PREDICTIONS, weights)).all()


def test_a_scorer_that_averages_over_classes_is_not_asked_without_one() -> None:
    def score(model: Any, X: Any, y: Any) -> float:
        return len(y)

    weights = np.array([[1, 0, 1, 1, 0], [1, 1, 1, 1, 1]])
    without, whole = wrap_scorer(score)(TRUTH, PREDICTIONS, weights)
    assert len(np.unique(TRUTH.y[weights[0] > 0])) < len(np.unique(TRUTH.y))
    assert np.isnan(without)
    assert whole == 5


def read_features(model: Any, X: Any, y: Any) -> float:
    return float(X["alcohol"].mean())


def read_model(model: Any, X: Any, y: Any) -> float:
    return float(model.feature_importances_.max())


def refuse(model: Any, X: Any, y: Any) -> float:
    raise ValueError("never good enough")


@pytest.mark.parametrize("scorer", [read_features, read_model, refuse])
def test_a_scorer_that_needs_more_than_predictions_fails(scorer: Any) -> None:
    with pytest.raises((TypeError, AttributeError, ValueError)):
        wrap_scorer(scorer)(TRUTH, PREDICTIONS, WEIGHTS)


def test_a_scorer_of_probabilities_fails_without_them() -> None:
    with pytest.raises(AttributeError, match="predict_proba"):
        make_metric("top_k_accuracy")(TRUTH, Predictions(PREDICTIONS.labels, None), WEIGHTS)
