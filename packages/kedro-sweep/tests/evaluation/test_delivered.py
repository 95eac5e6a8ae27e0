"""The out-of-fold predictions of the delivered model become a few facts."""

import json
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from kedro_sweep.evaluation._delivered import Delivered, describe_delivered
from kedro_sweep.evaluation._summary import SweepSummary
from kedro_sweep.evaluation.predictions import Predictions, Truth

N_FOLDS = 5


def make_truth(y: Any, classes: Any = None, units: Any = None) -> Truth:
    n = len(y)
    folds = np.repeat(np.arange(N_FOLDS), n // N_FOLDS)
    return Truth(np.asarray(y), classes, folds, np.arange(n) if units is None else units)


def guess(y: Any, share: Any, seed: int) -> Predictions:
    """Predict the right one of two classes with the probability `share`."""
    is_right = np.random.default_rng(seed).random(len(y)) < share
    return Predictions(np.where(is_right, y, 1 - y), None)


def test_a_class_that_no_row_is_predicted_as_is_counted() -> None:
    truth = make_truth([0, 1, 1, 2, 2] * 4, np.array(["a", "b", "c"]))
    found = describe_delivered(truth, Predictions(np.array([1] * 10 + [2] * 10), None), ordered=False)
    assert found.never_predicted == ["a"]
    assert found.mean_residual is None


def test_chance_alone_makes_folds_differ_in_one_of_a_hundred_searches() -> None:
    y = np.arange(300) % 2
    truth = make_truth(y, np.array(["a", "b"]))
    found = [describe_delivered(truth, guess(y, 0.7, seed), ordered=False) for seed in range(300)]
    assert np.mean([facts.folds_p_value < 0.01 for facts in found if facts.folds_p_value]) <= 0.03


def test_a_fold_of_other_rows_is_found() -> None:
    y = np.arange(300) % 2
    share = np.where(np.arange(300) < 60, 0.4, 0.8)
    truth = make_truth(y, np.array(["a", "b"]))
    found = describe_delivered(truth, guess(y, share, 0), ordered=False)
    assert found.folds_p_value is not None
    assert found.folds_p_value < 1e-3
    assert found.fold_scores[0] < 0.6 < min(found.fold_scores[1:])
    noise = np.random.default_rng(0).normal(size=300) * np.where(np.arange(300) < 60, 4, 1)
    numbers = describe_delivered(make_truth(noise), Predictions(np.zeros(300), None), ordered=False)
    assert numbers.folds_p_value is not None
    assert numbers.folds_p_value < 1e-5


@pytest.mark.parametrize(
    ("units", "ordered"),
    [(np.arange(300) // 10, False), (np.arange(300) % 150, False), (np.arange(300), True)],
)
def test_folds_of_groups_of_repeats_or_of_time_are_not_compared(units: Any, ordered: bool) -> None:
    y = np.arange(300) % 2
    truth = make_truth(y, np.array(["a", "b"]), units)
    assert describe_delivered(truth, guess(y, 0.7, 0), ordered=ordered).folds_p_value is None


def test_few_errors_do_not_compare_folds() -> None:
    y = np.arange(300) % 2
    truth = make_truth(y, np.array(["a", "b"]))
    assert describe_delivered(truth, guess(y, 0.98, 0), ordered=False).folds_p_value is None
    assert describe_delivered(truth, Predictions(y, None), ordered=False).folds_p_value is None


def test_a_mean_residual_is_tested_by_whole_groups() -> None:
    numbers = np.random.default_rng(0)
    groups = np.arange(300) // 30
    y = np.repeat(numbers.normal(0.6, 1, 10), 30) + numbers.normal(0, 0.1, 300)
    zero = Predictions(np.zeros(300), None)
    rows = describe_delivered(make_truth(y), zero, ordered=False)
    grouped = describe_delivered(make_truth(y, units=groups), zero, ordered=False)
    assert rows.mean_residual == grouped.mean_residual == pytest.approx(y.mean())
    assert rows.residual_p_value is not None
    assert grouped.residual_p_value is not None
    assert rows.residual_p_value < 1e-5
    assert grouped.residual_p_value > 0.01
    in_time = describe_delivered(make_truth(y), zero, ordered=True)
    assert in_time.residual_p_value is not None
    assert in_time.residual_p_value > rows.residual_p_value


def test_large_groups_count_as_much_as_in_the_mean_that_is_shown() -> None:
    groups = np.concatenate([np.arange(200), np.repeat(np.arange(200, 210), 100)])
    # The errors of the five groups below zero make up for all others.
    bias = np.where(groups < 200, 0.2, np.where(groups % 2, 0.5, -0.58))
    truth = make_truth(bias + np.random.default_rng(0).normal(0, 0.3, 1200), units=groups)
    found = describe_delivered(truth, Predictions(np.zeros(1200), None), ordered=False)
    assert found.mean_residual == pytest.approx(0, abs=0.02)
    assert found.residual_p_value is not None
    assert found.residual_p_value > 0.5


def test_perfect_predictions_tell_nothing() -> None:
    y = np.full(300, 2.0)
    found = describe_delivered(make_truth(y), Predictions(y, None), ordered=False)
    assert (found.residual_p_value, found.folds_p_value, found.mean_residual) == (None, None, 0)


def test_the_facts_are_flat_in_the_tracked_file() -> None:
    facts = Delivered(never_predicted=["a"], fold_scores=[0.5, 0.25], folds_p_value=0.5)
    flat = SweepSummary(delivered=facts).to_flat()
    assert flat["never_predicted"] == ["a"]
    assert SweepSummary.model_validate_json(json.dumps(flat)).delivered == facts
    assert SweepSummary.model_validate(flat).delivered == facts
    assert SweepSummary.model_validate({"study": "old"}).delivered == Delivered()


def test_a_single_fold_is_not_compared() -> None:
    y = np.arange(100) % 2
    truth = Truth(y, np.array(["a", "b"]), np.zeros(100, dtype=int), np.arange(100))
    assert describe_delivered(truth, guess(y, 0.7, 0), ordered=False).folds_p_value is None


def test_a_bias_is_that_of_the_weighted_rows() -> None:
    noise = np.random.default_rng(0).normal(size=300)
    heavy = np.arange(300) % 3 == 0
    truth = make_truth(noise + np.where(heavy, -1, 0.5))  # without weights, there is no bias
    predictions = Predictions(np.zeros(300), None)
    alike = describe_delivered(truth, predictions, ordered=False)
    weighted = replace(truth, weights=np.where(heavy, 8.0, 1.0))
    found = describe_delivered(weighted, predictions, ordered=False)
    assert alike.mean_residual == pytest.approx(0, abs=0.2)
    assert found.mean_residual == pytest.approx(np.average(truth.y, weights=weighted.weights))
    assert found.residual_p_value is not None
    assert found.residual_p_value < 1e-5
