"""Probabilities are corrected where that helps on new rows, and measured with their uncertainty."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from scipy.special import expit, logit, softmax
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import brier_score_loss, log_loss

from kedro_sweep.errors import InputError
from kedro_sweep.evaluation.decisions import Decision, _calibration, decide, make_rule
from kedro_sweep.evaluation.decisions._calibration import (
    apply_calibrator,
    calibrate,
    fit_calibrator,
    measure_calibration,
)
from kedro_sweep.evaluation.decisions._classifier import make_deciding
from kedro_sweep.evaluation.predictions import Array, Predictions, Truth


@pytest.fixture
def _fewer_draws(monkeypatch: pytest.MonkeyPatch) -> None:
    """Repeat fewer fits: the gains here are far from 0."""
    monkeypatch.setattr(_calibration, "DRAWS", 20)


METHODS = ["sigmoid", "temperature", "isotonic"]


def draw(
    n_rows: int, sharpness: float = 1.0, n_classes: int = 2, seed: int = 0
) -> tuple[Truth, Predictions]:
    """Draw classes; the logarithms of the probabilities are this many times too far apart."""
    random = np.random.default_rng(seed)
    scores = random.normal(size=(n_rows, n_classes)) * 1.5
    shares = softmax(scores, axis=1)
    y = (random.random((n_rows, 1)) > shares.cumsum(axis=1)[:, :-1]).sum(axis=1)
    folds, units = np.zeros(n_rows, dtype=int), np.arange(n_rows)
    truth = Truth(y, np.array([f"class {number}" for number in range(n_classes)]), folds, units)
    return truth, Predictions(shares.argmax(axis=1), softmax(sharpness * scores, axis=1))


@pytest.mark.usefixtures("_fewer_draws")
@pytest.mark.parametrize("n_classes", [2, 4])
@pytest.mark.parametrize("method", METHODS)
def test_probabilities_that_are_too_extreme_are_corrected(method: str, n_classes: int) -> None:
    truth, predictions = draw(3_000, 3, n_classes)
    record = calibrate(truth, predictions, method, 0)
    before, after = record["before"], record["after"]
    assert before["slope"] < 0.6
    assert after["slope"] == pytest.approx(1, abs=0.1)
    assert after["log_loss"] < before["log_loss"]
    assert after["ece"][0] < 0.03 < before["ece"][1]
    value, low, high = record["gain"]
    assert 0 < low < value < high
    new, found = draw(3_000, 3, n_classes, seed=1)
    corrected = apply_calibrator(record["calibrator"], found.need_probabilities())
    assert corrected.sum(axis=1) == pytest.approx(1)
    scores = [brier_score_loss(new.y, each) for each in (corrected, found.need_probabilities())]
    assert scores[0] < scores[1]


@pytest.mark.usefixtures("_fewer_draws")
@pytest.mark.parametrize(
    ("n_classes", "n_rows", "chosen"),
    [(2, 1_000, "sigmoid"), (4, 1_000, "sigmoid"), (9, 60, "temperature"), (12, 400, "temperature")],
)
def test_auto_fits_a_curve_for_each_of_a_few_frequent_classes(
    n_classes: int, n_rows: int, chosen: str
) -> None:
    truth, predictions = draw(n_rows, 4, n_classes)
    record = calibrate(truth, predictions, "auto", 0)
    assert record["chosen"] == chosen
    assert record["calibrator"] == fit_calibrator(chosen, truth.y, predictions.need_probabilities())


@pytest.mark.usefixtures("_fewer_draws")
@pytest.mark.parametrize("n_classes", [2, 4])
def test_auto_leaves_good_probabilities_alone_and_a_named_method_is_used(n_classes: int) -> None:
    truth, predictions = draw(400, 1, n_classes, seed=1)
    record = calibrate(truth, predictions, "auto", 0)
    assert record["gain"][0] < 0
    assert record["calibrator"] is None
    assert "after" not in record
    assert calibrate(truth, predictions, "isotonic", 0)["calibrator"]


@pytest.mark.usefixtures("_fewer_draws")
def test_auto_needs_some_rows_and_a_named_method_does_not() -> None:
    truth, predictions = draw(40, 3)
    record = calibrate(truth, predictions, "auto", 0)
    assert record["note"].startswith("40 rows are too few")
    assert record["calibrator"] is None
    assert "gain" not in record
    rare = replace(truth, y=(np.arange(40) < 2).astype(int))
    assert calibrate(rare, predictions, "sigmoid", 0)["calibrator"]


def test_votes_cannot_be_corrected() -> None:
    truth, predictions = draw(100)
    record = calibrate(truth, replace(predictions, probabilities=None), "auto", 0)
    assert record["calibrator"] is None
    assert record["before"] == {}
    assert "no probabilities" in record["note"]


def test_nothing_is_corrected_unless_it_is_asked_for() -> None:
    record = calibrate(*draw(1_000, 3), "none", 0)
    assert record["calibrator"] is None
    assert "gain" not in record
    assert record["before"]["brier"] > 0


def test_the_measures_are_those_of_scikit_learn() -> None:
    truth, predictions = draw(500, 2)
    found = measure_calibration(truth, predictions, 0)
    positive = predictions.need_probabilities()[:, 1]
    assert found["brier"] == pytest.approx(brier_score_loss(truth.y, positive))
    assert found["log_loss"] == pytest.approx(log_loss(truth.y, positive))


def test_chance_alone_is_no_calibration_error() -> None:
    errors = [measure_calibration(*draw(300, seed=seed), 0)["ece"] for seed in range(10)]
    assert np.mean([value for value, _, _ in errors]) < 0.02
    assert all(low == 0 for _, low, _ in errors)
    assert measure_calibration(*draw(300, 4), 0)["ece"][1] > 0.05


@pytest.mark.usefixtures("_fewer_draws")
def test_rows_of_a_group_are_drawn_together() -> None:
    truth, predictions = draw(400, 2)
    rows = np.tile(np.arange(400), 5)
    together = replace(truth.take(rows), units=truth.units[rows])
    alone = calibrate(truth, predictions, "sigmoid", 0)["gain"]
    assert calibrate(together, predictions.take(rows), "sigmoid", 0)["gain"] == pytest.approx(
        alone, abs=1e-3
    )


@pytest.mark.parametrize("method", METHODS)
def test_the_trained_model_predicts_corrected_probabilities(method: str) -> None:
    random = np.random.default_rng(0)
    X = random.normal(size=(300, 2))
    y = np.array(["no", "yes"])[(X[:, 0] + random.normal(size=300) > 0).astype(int)]
    base = LogisticRegression().fit(X, y)
    calibrator = fit_calibrator(method, (y == "yes").astype(int), base.predict_proba(X) ** 3)
    record = {"calibration": {"calibrator": calibrator}}
    model = make_deciding(LogisticRegression().fit(X, y), record, X, y)
    corrected: Array = model.predict_proba(X)
    assert corrected == pytest.approx(apply_calibrator(calibrator, base.predict_proba(X)))
    assert (model.predict(X) == model.classes_[corrected.argmax(axis=1)]).all()


def test_curves_are_plain_numbers_and_a_sigmoid_is_a_logistic_regression() -> None:
    truth, predictions = draw(5_000, 2)
    positive = predictions.need_probabilities()[:, 1]
    [curve] = fit_calibrator("sigmoid", truth.y, predictions.need_probabilities())["curves"]
    logits = logit(np.clip(positive, 1e-3, 1 - 1e-3))[:, np.newaxis]
    same: Any = LogisticRegression(C=np.inf).fit(logits, truth.y)
    assert curve == pytest.approx({"slope": same.coef_[0, 0], "intercept": same.intercept_[0]}, abs=0.01)


@pytest.mark.usefixtures("_fewer_draws")
def test_everything_else_is_decided_by_the_corrected_probabilities() -> None:
    truth, predictions = draw(1_000, 3)
    rule = make_rule(Decision(threshold="auto"), truth, "f1")
    before, after = (
        decide(rule, truth, predictions, Decision(threshold="auto", calibrate=method))[0]
        for method in ("none", "sigmoid")
    )
    [curve] = after["calibration"]["calibrator"]["curves"]
    known, found = (each["rule"]["threshold"] for each in (before, after))
    assert found == pytest.approx(expit(curve["slope"] * logit(known) + curve["intercept"]), abs=0.01)
    assert after["rule"]["after"] == before["rule"]["after"]
    assert after["interval"]["least"] > before["interval"]["least"]


def test_numbers_have_no_probabilities_to_correct() -> None:
    truth = Truth(np.arange(30.0), None, np.zeros(30, dtype=int), np.arange(30))
    predictions = Predictions(np.arange(30.0), None)
    assert "calibration" not in decide(None, truth, predictions, Decision(calibrate="auto"))[0]
    with pytest.raises(InputError, match=r"decision\.calibrate: 'sigmoid' is for classes"):
        make_rule(Decision(calibrate="sigmoid"), truth, "r2")  # before the search
