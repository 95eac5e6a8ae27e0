from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray
from sklearn.metrics import (
    accuracy_score,
    balanced_accuracy_score,
    f1_score,
    matthews_corrcoef,
    precision_score,
    recall_score,
)

from kedro_sweep.evaluation.decisions import _threshold
from kedro_sweep.evaluation.decisions._threshold import MEASURES, Rule
from kedro_sweep.evaluation.predictions import Predictions, Truth

N_ROWS = 60
COSTS = np.array([[0.0, 1.0], [5.0, 0.0]])  # by true, then predicted class


@pytest.fixture
def truth() -> Truth:
    y = (np.random.default_rng(1).random(N_ROWS) < 0.3).astype(int)
    return Truth(y, np.array(["no", "yes"]), np.zeros(N_ROWS, dtype=int), np.arange(N_ROWS))


@pytest.fixture
def scores(truth: Truth) -> NDArray[np.float64]:
    """Probabilities of the positive class, of which some are equal."""
    noise = np.random.default_rng(2).normal(size=N_ROWS)
    return np.round(1 / (1 + np.exp(1 - 2 * truth.y - noise)), 1)


@pytest.fixture
def weights() -> NDArray[np.float64]:
    """How often each of five draws has each row."""
    drawn = np.random.default_rng(3).integers(N_ROWS, size=(5, N_ROWS))
    return np.array([np.bincount(rows, minlength=N_ROWS) for rows in drawn], dtype=float)


def predict(scores: NDArray[np.float64]) -> Predictions:
    return Predictions((scores >= 0.5).astype(int), np.column_stack([1 - scores, scores]))


@pytest.mark.parametrize("measure", MEASURES)
def test_a_chosen_threshold_is_the_best_of_all(
    measure: str,
    truth: Truth,
    scores: NDArray[np.float64],
    weights: NDArray[np.float64],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(_threshold, "CURVE", 0.0)
    monkeypatch.setattr(_threshold, "ABOUT_BEST", 0.0)
    rule = Rule(measure, 1, COSTS)
    labels, thresholds = rule.decide(truth, predict(scores), weights)
    np.testing.assert_array_equal(labels, scores >= thresholds[:, np.newaxis])
    tried = [(scores >= level).astype(int)[np.newaxis] for level in np.arange(0, 1.15, 0.05)]
    best = np.max([rule.judge(truth, each, weights) for each in tried], axis=0)
    np.testing.assert_allclose(rule.judge(truth, labels, weights), best)


@pytest.mark.parametrize(
    ("measure", "score"),
    [
        ("accuracy", accuracy_score),
        ("balanced_accuracy", balanced_accuracy_score),
        ("f1", f1_score),
        ("matthews_corrcoef", matthews_corrcoef),
        ("precision", precision_score),
        ("recall", recall_score),
    ],
)
def test_decisions_are_judged_as_by_scikit_learn(
    measure: str, score: object, truth: Truth, scores: NDArray[np.float64], weights: NDArray[np.float64]
) -> None:
    assert callable(score)
    labels = (scores >= 0.3).astype(int)
    expected = [score(truth.y, labels, sample_weight=drawn) for drawn in weights]
    np.testing.assert_allclose(Rule(measure, 1).judge(truth, labels[np.newaxis], weights), expected)


def test_costs_are_means_per_row(truth: Truth, weights: NDArray[np.float64]) -> None:
    labels = np.ones((1, N_ROWS), dtype=int)  # all are called positive
    rule = Rule("cost", 1, COSTS)
    share_negative = (weights * (truth.y == 0)).sum(axis=1) / N_ROWS
    np.testing.assert_allclose(rule.judge(truth, labels, weights), -share_negative)


def test_a_positive_class_may_be_the_first(truth: Truth, scores: NDArray[np.float64]) -> None:
    everything = np.ones((1, N_ROWS))
    labels, [threshold] = Rule("f1", 0).decide(truth, predict(scores), everything)
    np.testing.assert_array_equal(labels[0] == 0, 1 - scores >= threshold)


def test_a_threshold_meets_its_conditions(truth: Truth, scores: NDArray[np.float64]) -> None:
    everything = np.ones((1, N_ROWS))
    rule = Rule("precision", 1, at_least={"recall": 0.9})
    labels, _ = rule.decide(truth, predict(scores), everything)
    assert recall_score(truth.y, labels[0]) >= 0.9
    others = [(scores >= level).astype(int) for level in np.unique(scores)]
    enough = [each for each in others if recall_score(truth.y, each) >= 0.9]
    best = max(precision_score(truth.y, each) for each in enough)
    assert precision_score(truth.y, labels[0]) == pytest.approx(best)


def test_with_more_classes_the_lowest_expected_cost_decides() -> None:
    truth = Truth(np.array([0, 1, 2]), np.array(list("abc")), np.zeros(3, dtype=int), np.arange(3))
    probabilities = np.array([[0.5, 0.3, 0.2], [0.5, 0.4, 0.1], [0.2, 0.15, 0.65]])
    costs = np.array([[0, 1, 1], [3, 0, 3], [1, 1, 0]])  # missing b costs three times as much
    rule, everything = Rule("cost", None, costs), np.ones((1, 3))
    labels, _ = rule.decide(truth, Predictions(np.zeros(3, dtype=int), probabilities), everything)
    np.testing.assert_array_equal(labels, [(probabilities @ costs).argmin(axis=1)])
    assert labels.tolist() == [[1, 1, 2]]
    assert rule.judge(truth, labels, everything) == pytest.approx(-1 / 3)  # a is called b


def test_weights_of_rows_count_as_repeated_rows(truth: Truth, scores: NDArray[np.float64]) -> None:
    times = np.random.default_rng(8).integers(1, 4, size=N_ROWS)
    repeated, rule = truth.take(np.repeat(np.arange(N_ROWS), times)), Rule("f1", 1)
    weighted = replace(truth, weights=times.astype(float))
    ones = np.ones((1, N_ROWS)), np.ones((1, times.sum()))
    labels, threshold = rule.decide(weighted, predict(scores), ones[0])
    _, expected = rule.decide(repeated, predict(np.repeat(scores, times)), ones[1])
    np.testing.assert_allclose(threshold, expected)
    several = rule.judge(repeated, np.repeat(labels, times, axis=1), ones[1])
    np.testing.assert_allclose(rule.judge(weighted, labels, ones[0]), several)


@pytest.mark.parametrize("threshold", [0.1, 0.35, 0.7, 0.9])
def test_a_given_threshold_decides_as_the_model_although_probabilities_are_stored_in_single_precision(
    threshold: float, truth: Truth
) -> None:
    scores = np.linspace(0, 1, 21)[np.arange(N_ROWS) % 21].round(2)
    stored = predict(scores.astype(np.float32))
    labels, _ = Rule("f1", 1, threshold=threshold).decide(truth, stored, np.ones((1, N_ROWS)))
    assert (labels[0] == (scores >= threshold)).all()
