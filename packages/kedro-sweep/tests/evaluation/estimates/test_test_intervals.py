"""Intervals of the scores on test rows hold the true score, or there is a reason why there is none."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.special import expit
from sklearn.metrics import balanced_accuracy_score, log_loss

from kedro_sweep.evaluation.estimates._correction import Estimate
from kedro_sweep.evaluation.estimates._test_intervals import (
    FEWEST_GROUPS,
    FEWEST_ROWS,
    estimate_metrics,
    explain_missing,
)
from kedro_sweep.evaluation.metrics._metrics import METRICS
from kedro_sweep.evaluation.predictions._out_of_fold import Predictions, Truth

ERRORS = ("neg_mean", "neg_root")
NUMBERS = np.random.default_rng(0).normal(size=1_000)
OF_NUMBERS = ["r2", "explained_variance", *(name for name in METRICS if name.startswith(ERRORS))]
OF_CLASSES = [name for name in METRICS if name not in OF_NUMBERS]


def make_table(n_rows: int = 400, n_groups: int | None = None) -> tuple[Truth, Predictions]:
    """Make a table of two classes and predictions that are right for 7 of 10 rows, or groups."""
    random = np.random.default_rng(0)
    units = np.arange(n_rows) % (n_groups or n_rows)
    y = random.integers(2, size=n_rows)
    is_right = (random.random(units.max() + 1) < 0.7)[units]
    labels = np.where(is_right, y, 1 - y)
    probabilities = np.where(np.eye(2)[labels], 0.7, 0.3)
    truth = Truth(y, np.array([0, 1]), np.zeros(n_rows, dtype=int), units)
    return truth, Predictions(labels, probabilities)


def estimate(
    table: tuple[Truth, Predictions], scoring: str = "accuracy", random_seed: int = 0
) -> Estimate:
    estimates, reasons = estimate_metrics(*table, [scoring], random_seed)
    assert not reasons
    return estimates[scoring]


def explain(table: tuple[Truth, Predictions], scoring: str) -> str:
    estimates, reasons = estimate_metrics(*table, [scoring], 0)
    assert not estimates
    return reasons[scoring]


def predict_always(label: int, n_rows: int) -> tuple[Truth, Predictions]:
    """Make a table of one class, and predict a class with certainty."""
    labels = np.full(n_rows, label)
    truth = Truth(np.zeros(n_rows, dtype=int), np.array([0, 1]), np.zeros(n_rows), np.arange(n_rows))
    return truth, Predictions(labels, np.eye(2)[labels])


def test_the_value_is_the_score_of_all_rows() -> None:
    truth, predictions = make_table()
    balanced = balanced_accuracy_score(truth.y, predictions.labels)
    assert estimate((truth, predictions), "balanced_accuracy").value == pytest.approx(balanced)
    loss = log_loss(truth.y, predictions.probabilities)
    assert estimate((truth, predictions), "neg_log_loss").value == pytest.approx(-loss)


@pytest.mark.parametrize(("n_right", "expected"), [(15, (0.76, 1)), (12, (0.54, 0.94)), (0, (0, 0.24))])
def test_the_interval_of_an_accuracy_is_that_of_agresti_and_coull(
    n_right: int, expected: tuple[float, float]
) -> None:
    labels = np.repeat([0, 1], [n_right, 15 - n_right])
    truth, _ = predict_always(0, 15)
    _, low, high = estimate((truth, Predictions(labels, None)))
    # With 14 degrees of freedom, Student's t is a bit wider than the normal distribution.
    assert (low, high) == pytest.approx(expected, abs=0.025)


def test_many_rows_in_blocks_have_about_the_binomial_interval() -> None:
    value, low, high = estimate(make_table(5_000))
    assert high - low == pytest.approx(2 * 1.96 * np.sqrt(value * (1 - value) / 5_000), rel=0.15)


def test_groups_that_are_right_or_wrong_as_a_whole_make_it_wider() -> None:
    _, low, high = estimate(make_table())
    _, group_low, group_high = estimate(make_table(n_groups=20))
    assert group_high - group_low > 2 * (high - low)


def test_the_same_seed_gives_the_same_interval() -> None:
    assert estimate(make_table(60), "f1_macro", 3) == estimate(make_table(60), "f1_macro", 3)


def test_a_score_that_has_to_be_called_for_each_draw_has_an_interval_too() -> None:
    value, low, high = estimate(make_table(60), "d2_brier_score")
    assert low < value < high


def test_a_class_without_a_test_row_is_a_reason_against_scores_by_class() -> None:
    table = predict_always(0, 40)
    assert explain(table, "f1_macro") == "No test row has the class 1."
    assert estimate(table).high == 1


@pytest.mark.parametrize(
    ("table", "scoring", "reason"),
    [
        (make_table(FEWEST_ROWS - 1), "accuracy", "The test has 9 rows, and an interval takes 10."),
        (make_table(29), "d2_brier_score", "The test has 29 rows, and an interval takes 30."),
        (
            make_table(40, n_groups=FEWEST_GROUPS - 1),
            "roc_auc",
            "The test has 4 groups, and an interval takes 5.",
        ),
    ],
)
def test_few_rows_or_groups_are_a_reason(
    table: tuple[Truth, Predictions], scoring: str, reason: str
) -> None:
    assert explain(table, scoring) == reason


def test_predictions_that_do_not_vary_are_a_reason() -> None:
    truth, _ = make_table(60)
    tied = Predictions(np.ones(60, dtype=int), np.full((60, 2), 0.5))
    assert "do not show" in explain((truth, tied), "roc_auc")
    exact = Truth(NUMBERS[:60], None, np.zeros(60), np.arange(60))
    assert "do not show" in explain((exact, Predictions(NUMBERS[:60], None)), "neg_mean_squared_error")


def test_a_score_that_needs_more_than_predictions_has_the_reason() -> None:
    truth, predictions = make_table(60)
    reason = explain((truth, Predictions(predictions.labels, None)), "roc_auc")
    assert "'roc_auc' cannot be computed from stored predictions alone" in reason


def test_reasons_that_many_metrics_share_are_named_once() -> None:
    assert explain_missing({"acc": "Few.", "r2": "Why.", "mae": "Few."}) == [
        "No interval of acc, mae: Few.",
        "No interval of r2: Why.",
    ]


@given(
    scoring=st.sampled_from(OF_CLASSES),
    n_rows=st.integers(1, 60),
    n_classes=st.integers(2, 4),
    is_grouped=st.booleans(),
    certainty=st.sampled_from([0.0, 1.0, 50.0]),
    seed=st.integers(0, 9),
)
def test_no_interval_of_a_classifier_is_without_width(
    scoring: str, n_rows: int, n_classes: int, is_grouped: bool, certainty: float, seed: int
) -> None:
    random = np.random.default_rng(seed)
    y = random.integers(n_classes, size=n_rows)
    logits = random.normal(size=(n_rows, n_classes)) + certainty * np.eye(n_classes)[y]
    probabilities = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    units = np.arange(n_rows) // 4 if is_grouped else np.arange(n_rows)
    truth = Truth(y, np.arange(n_classes), np.zeros(n_rows, dtype=int), units)
    check_width(truth, Predictions(np.argmax(probabilities, axis=1), probabilities), scoring)


@given(
    scoring=st.sampled_from(OF_NUMBERS),
    n_rows=st.integers(1, 60),
    spread=st.sampled_from([0.0, 1e-9, 0.5]),
    is_grouped=st.booleans(),
)
def test_no_interval_of_a_regressor_is_without_width(
    scoring: str, n_rows: int, spread: float, is_grouped: bool
) -> None:
    y = np.exp(NUMBERS[:n_rows])
    units = np.arange(n_rows) // 4 if is_grouped else np.arange(n_rows)
    truth = Truth(y, None, np.zeros(n_rows, dtype=int), units)
    check_width(truth, Predictions(y * np.exp(spread * NUMBERS[-n_rows:]), None), scoring)


def check_width(truth: Truth, predictions: Predictions, scoring: str) -> None:
    estimates, reasons = estimate_metrics(truth, predictions, [scoring], 0)
    assert estimates.keys() | reasons.keys() == {scoring}
    assert all(reasons.values())
    for value, low, high in estimates.values():
        assert low <= value <= high
        assert low < high


def draw_classes(
    random: np.random.Generator, n_rows: int, group_size: int = 1
) -> tuple[Truth, Predictions]:
    """Draw classes that a model predicts well; the rows of a group have something in common."""
    units = np.arange(n_rows) // group_size
    known = 5 * random.normal(size=n_rows)
    hidden = random.normal(size=n_rows)[units] * (group_size > 1)
    y = (random.random(n_rows) < expit(known + hidden)).astype(int)
    probabilities = np.column_stack([expit(-known), expit(known)])
    truth = Truth(y, np.array([0, 1]), np.zeros(n_rows, dtype=int), units)
    return truth, Predictions((known > 0).astype(int), probabilities)


def draw_groups(random: np.random.Generator, n_rows: int) -> tuple[Truth, Predictions]:
    return draw_classes(random, n_rows, group_size=10)


def draw_numbers(random: np.random.Generator, n_rows: int) -> tuple[Truth, Predictions]:
    """Draw numbers with errors whose squares have no variance."""
    known = random.normal(size=n_rows)
    y = known + random.standard_t(3, size=n_rows)
    return Truth(y, None, np.zeros(n_rows, dtype=int), np.arange(n_rows)), Predictions(known, None)


@pytest.mark.parametrize(
    ("draw", "n_rows", "scorings"),
    [
        (draw_classes, 20, ["accuracy", "f1_macro", "roc_auc", "neg_log_loss"]),
        (draw_groups, 60, ["accuracy", "roc_auc", "neg_log_loss"]),
        (draw_numbers, 40, ["neg_root_mean_squared_error", "r2"]),
    ],
)
def test_intervals_hold_the_true_score(
    draw: Callable[[np.random.Generator, int], tuple[Truth, Predictions]],
    n_rows: int,
    scorings: list[str],
) -> None:
    """A small version of benchmarks/estimates/test_intervals.py."""
    truth, predictions = draw(np.random.default_rng(1), 200_000)
    all_rows = np.ones((1, len(truth.y)))
    random = np.random.default_rng(2)
    found = [estimate_metrics(*draw(random, n_rows), scorings, 0)[0] for _ in range(200)]
    for scoring in scorings:
        true = METRICS[scoring](truth, predictions, all_rows)[0]
        given = [estimates[scoring] for estimates in found if scoring in estimates]
        assert len(given) > 150
        # They should hold it in at least 92%; two standard errors of 200 repetitions are 4%.
        assert np.mean([one.low <= true <= one.high for one in given]) > 0.88, scoring


def test_the_greatest_error_has_no_interval() -> None:
    assert "depends on the number of rows" in explain(
        draw_numbers(np.random.default_rng(0), 60), "neg_max_error"
    )


@pytest.mark.parametrize("scoring", ["accuracy", "f1_macro", "neg_log_loss", "roc_auc"])
@pytest.mark.parametrize("n_groups", [None, 40])
def test_equal_weights_leave_an_interval_as_it_is(scoring: str, n_groups: int | None) -> None:
    truth, predictions = make_table(n_groups=n_groups)
    weighted = replace(truth, weights=np.full(len(truth.y), 2.0))
    expected = estimate((truth, predictions), scoring)
    assert estimate((weighted, predictions), scoring) == pytest.approx(expected)


@pytest.mark.parametrize("scoring", ["accuracy", "balanced_accuracy", "f1_macro", "neg_log_loss"])
def test_unequal_weights_make_an_interval_as_wide_as_fewer_rows_do(scoring: str) -> None:
    truth, predictions = make_table(5_000)
    weights = np.random.default_rng(1).choice([1.0, 9.0], 5_000)
    _, low, high = estimate((truth, predictions), scoring)
    _, weighted_low, weighted_high = estimate((replace(truth, weights=weights), predictions), scoring)
    # So many rows with equal weights would have the same variance (Kish, 1965).
    n_effective = weights.sum() ** 2 / (weights**2).sum()
    expected = np.sqrt(5_000 / n_effective)
    assert (weighted_high - weighted_low) / (high - low) == pytest.approx(expected, rel=0.15)


def test_an_interval_of_numbers_is_weighted() -> None:
    random, is_heavy = np.random.default_rng(0), np.arange(300) < 150
    y = random.normal(size=300)
    truth = Truth(y, None, np.zeros(300, dtype=int), np.arange(300))
    found = Predictions(y + random.normal(size=300) * np.where(is_heavy, 1, 0.2), None)
    weighted = replace(truth, weights=np.where(is_heavy, 1000.0, 1.0))
    value, low, high = estimate((weighted, found), "neg_mean_absolute_error")
    part = np.arange(150)
    expected = estimate((truth.take(part), found.take(part)), "neg_mean_absolute_error")
    assert value == pytest.approx(expected.value, abs=0.01)
    # The row that joins them has the mean weight, half of that of a heavy row.
    assert high - low == pytest.approx(expected.high - expected.low, rel=0.2)
