"""The rows of a fold that a draw leaves out are scored without bias, even if they are few."""

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from kedro_sweep.evaluation.estimates._correction import correct_selection
from kedro_sweep.evaluation.metrics._metrics import average_folds
from kedro_sweep.evaluation.metrics._stand_in import make_metric
from kedro_sweep.evaluation.metrics._steady_scores import make_steady_metric
from kedro_sweep.evaluation.predictions._out_of_fold import Predictions, Truth

STEADY = ["r2", "explained_variance", "neg_root_mean_squared_error", "neg_root_mean_squared_log_error"]


def make_fold_data(n_rows: int) -> tuple[Truth, Predictions]:
    """Targets with one decimal, many of them equal, and predictions of them."""
    random = np.random.default_rng(0)
    y = (5 + random.normal(size=n_rows)).round(1)
    predictions = 5 + 0.6 * (y - 5) + 0.4 * random.normal(size=n_rows)
    truth = Truth(y, None, np.arange(n_rows) % 5, np.arange(n_rows))
    return truth, Predictions(predictions, None)


def ones(truth: Truth) -> NDArray[Any]:
    return np.ones((1, len(truth.y)))


@pytest.mark.parametrize("scoring", [*STEADY, "neg_mean_absolute_error"])
def test_all_rows_have_the_score_of_scikit_learn(scoring: str) -> None:
    truth, predictions = make_fold_data(60)
    steady, plain = (
        average_folds(make(scoring), truth, [predictions], ones(truth))
        for make in (make_steady_metric, make_metric)
    )
    assert steady == pytest.approx(plain)


@pytest.mark.parametrize("n_rows", [20, 60, 200])
@pytest.mark.parametrize("scoring", STEADY)
def test_a_single_configuration_is_corrected_to_its_own_value(scoring: str, n_rows: int) -> None:
    truth, predictions = make_fold_data(n_rows)
    [[value]] = average_folds(make_metric(scoring), truth, [predictions], ones(truth))
    estimate = correct_selection(truth, [predictions], scoring, "maximize").estimate
    assert estimate is not None
    assert estimate.value == pytest.approx(value, abs=0.02 * max(1, abs(value)))
    assert estimate.low < value < estimate.high


def test_a_fold_of_equal_targets_explains_nothing() -> None:
    truth = Truth(np.full(10, 0.1), None, np.zeros(10, dtype=int), np.arange(10))
    predictions = Predictions(np.linspace(0, 1, 10), None)
    assert np.isnan(average_folds(make_steady_metric("r2"), truth, [predictions], ones(truth)))


def test_predictions_without_errors_have_no_root() -> None:
    truth, _ = make_fold_data(20)
    metric = make_steady_metric("neg_root_mean_squared_error")
    assert average_folds(metric, truth, [Predictions(truth.y, None)], ones(truth)) == 0


def test_a_score_that_grows_with_the_rows_is_refused() -> None:
    truth, predictions = make_fold_data(20)
    correction = correct_selection(truth, [predictions], "neg_max_error", "maximize")
    assert correction.estimate is None
    assert "depends on the number of rows" in correction.note
