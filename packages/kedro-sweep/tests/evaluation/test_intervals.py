import numpy as np
import pytest
from sklearn.metrics import balanced_accuracy_score, log_loss

from kedro_sweep.evaluation import effort
from kedro_sweep.evaluation.intervals import estimate_metrics
from kedro_sweep.evaluation.out_of_fold import Predictions, Truth


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


def test_the_value_is_the_score_of_all_rows() -> None:
    truth, predictions = make_table()
    found = estimate_metrics(truth, predictions, ["balanced_accuracy", "neg_log_loss"], 0)
    assert found["balanced_accuracy"].value == pytest.approx(
        balanced_accuracy_score(truth.y, predictions.labels)
    )
    assert found["neg_log_loss"].value == pytest.approx(-log_loss(truth.y, predictions.probabilities))


def test_the_interval_of_an_accuracy_is_as_wide_as_the_binomial_one() -> None:
    truth, predictions = make_table()
    value, low, high = estimate_metrics(truth, predictions, ["accuracy"], 0)["accuracy"]
    assert low < value < high
    assert high - low == pytest.approx(2 * 1.96 * np.sqrt(value * (1 - value) / 400), rel=0.1)


def test_groups_that_are_right_or_wrong_as_a_whole_make_it_wider() -> None:
    _, low, high = estimate_metrics(*make_table(), ["accuracy"], 0)["accuracy"]
    _, group_low, group_high = estimate_metrics(*make_table(n_groups=20), ["accuracy"], 0)["accuracy"]
    assert group_high - group_low > 2 * (high - low)


def test_a_score_that_is_called_draw_by_draw_has_an_interval_too(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(effort, "CALLS", 100)
    found = estimate_metrics(*make_table(60), ["d2_brier_score"], 0)["d2_brier_score"]
    assert found.low < found.value < found.high


def test_a_score_that_cannot_be_had_is_missing() -> None:
    truth, predictions = make_table(60)
    without = Predictions(predictions.labels, None)
    assert estimate_metrics(truth, without, ["roc_auc", "accuracy"], 0).keys() == {"accuracy"}


def test_the_same_seed_gives_the_same_interval() -> None:
    table = make_table(60)
    assert estimate_metrics(*table, ["f1_macro"], 3) == estimate_metrics(*table, ["f1_macro"], 3)
