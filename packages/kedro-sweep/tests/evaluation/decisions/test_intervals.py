"""Intervals and sets hold the truth of new rows as often as they say."""

import json
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from scipy.stats import binomtest

from kedro_sweep.evaluation.decisions._intervals import (
    describe_coverage,
    fit_intervals,
    measure_coverage,
    predict_intervals,
    predict_sets,
)
from kedro_sweep.evaluation.predictions import Array, Predictions, Truth

CLASSES = np.array(["a", "b", "c"])


def describe(y: Array, classes: Array | None = None, units: Array | None = None) -> Truth:
    return Truth(y, classes, np.zeros(len(y), dtype=int), np.arange(len(y)) if units is None else units)


def draw(n_rows: int, growth: float = 0.0, seed: int = 0) -> tuple[Truth, Predictions]:
    """Draw numbers whose errors grow with the prediction."""
    random = np.random.default_rng(seed)
    mean = random.uniform(0, 10, n_rows)
    errors = random.normal(size=n_rows) * (1 + growth * mean)
    return describe(mean + errors), Predictions(mean, None)


def draw_classes(n_rows: int, seed: int = 0) -> tuple[Truth, Predictions]:
    random = np.random.default_rng(seed)
    shares = random.dirichlet([0.7] * 3, n_rows)
    y = (random.random((n_rows, 1)) > shares.cumsum(axis=1)[:, :-1]).sum(axis=1)
    return describe(y, CLASSES), Predictions(shares.argmax(axis=1), shares)


def cover(record: dict[str, Any], new: tuple[Truth, Predictions]) -> float:
    covered: float = measure_coverage(record, *new)["covered"]
    return covered


@pytest.mark.parametrize("level", [0.5, 0.9])
@pytest.mark.parametrize("growth", [0.0, 0.5])
def test_intervals_hold_new_targets_as_often_as_they_say(growth: float, level: float) -> None:
    shares = [
        cover(fit_intervals(*draw(200, growth, seed), level), draw(2_000, growth, seed + 100))
        for seed in range(20)
    ]
    assert np.mean(shares) == pytest.approx(level, abs=0.02)


def test_the_margin_is_the_conformal_quantile_of_the_errors() -> None:
    truth, predictions = draw(50)
    record = fit_intervals(truth, predictions, 0.9)
    errors = np.sort(np.abs(truth.y - predictions.labels))
    assert record["margin"] == errors[45]  # the 46th, for 0.9 times 51
    assert record["knots"] is None
    low, high = predict_intervals(record, np.array([3.0]))
    assert [*low, *high] == [3 - errors[45], 3 + errors[45]]


@pytest.mark.parametrize("sign", [1, -1])
def test_the_margin_follows_the_prediction_if_the_errors_do(sign: int) -> None:
    truth, predictions = draw(500, 0.5)
    flipped = replace(truth, y=sign * truth.y), replace(predictions, labels=sign * predictions.labels)
    record = json.loads(json.dumps(fit_intervals(*flipped, 0.9)))
    low, high = predict_intervals(record, sign * np.array([1.0, 9.0]))
    narrow, wide = high - low
    assert wide > 2 * narrow > 0


def test_sets_hold_new_classes_as_often_as_they_say() -> None:
    shares, sizes = [], []
    for seed in range(20):
        record = fit_intervals(*draw_classes(200, seed), 0.9)
        found = measure_coverage(record, *draw_classes(2_000, seed + 100))
        shares.append(found["covered"])
        sizes.append(found["mean_size"])
    assert np.mean(shares) == pytest.approx(0.9, abs=0.02)
    assert 1.2 < np.mean(sizes) < 2.5


def test_the_most_probable_class_is_always_in_the_set() -> None:
    truth, predictions = draw_classes(300)
    right = replace(truth, y=predictions.labels)
    record = fit_intervals(right, predictions, 0.5)
    sets = predict_sets(record, predictions.need_probabilities())
    assert sets[np.arange(300), predictions.labels].all()
    assert (sets.sum(axis=1) == 1).mean() > 0.5
    single = predictions.need_probabilities().astype(np.float32).astype(float)
    assert (predict_sets(record, single) == sets).all()


def test_too_few_rows_or_groups_have_no_interval() -> None:
    record = fit_intervals(*draw(8), 0.9)
    assert record["kind"] is None
    assert record["note"].startswith("8 rows are too few")
    assert measure_coverage(record, *draw(8)) == {}
    assert fit_intervals(*draw(9), 0.9)["kind"] == "interval"
    truth, predictions = draw(90)
    grouped = replace(truth, units=np.arange(90) // 15)
    assert fit_intervals(grouped, predictions, 0.9)["note"].startswith("6 groups are too few")


def test_what_remains_assumed_is_noted() -> None:
    truth, predictions = draw(90)
    grouped = replace(truth, units=np.arange(90) // 5)
    assert "new groups" in fit_intervals(grouped, predictions, 0.9)["note"]
    assert "later rows" in fit_intervals(truth, predictions, 0.9, is_ordered=True)["note"]
    assert fit_intervals(truth, predictions, 0.9)["note"] == ""
    # A row that several folds test is no group.
    again = Truth(np.tile(truth.y, 2), None, np.repeat([0, 1], 90), np.tile(truth.units, 2))
    twice = Predictions(np.tile(predictions.labels, 2), None)
    assert fit_intervals(again, twice, 0.9) == fit_intervals(truth, predictions, 0.9)


def test_a_model_without_probabilities_has_no_sets() -> None:
    truth, predictions = draw_classes(100)
    record = fit_intervals(truth, replace(predictions, probabilities=None), 0.9)
    assert record["kind"] is None
    assert "no probabilities" in record["note"]


def test_the_coverage_has_the_interval_of_wilson() -> None:
    record = fit_intervals(*draw(500), 0.9)
    found = measure_coverage(record, *draw(153, seed=1))
    wilson = binomtest(round(found["covered"] * 153), 153).proportion_ci(method="wilson")
    assert (found["low"], found["high"]) == pytest.approx(wilson, abs=1e-6)
    assert found["rows"] == 153
    assert found["mean_width"] == pytest.approx(2 * record["margin"])
    covered, low, high = (f"{found[name]:.0%}" for name in ("covered", "low", "high"))
    assert f"{covered} ({low} to {high}) of 153 test rows" in describe_coverage(found)


def test_groups_of_test_rows_widen_the_interval_of_the_coverage() -> None:
    truth, predictions = draw(200, seed=1)
    record = fit_intervals(*draw(500), 0.5)
    alone = measure_coverage(record, truth, predictions)
    order = np.argsort(np.abs(truth.y - predictions.labels))  # the rows of a group are alike
    units = np.empty(200, dtype=int)
    units[order] = np.arange(200) // 20
    grouped = measure_coverage(record, replace(truth, units=units), predictions)
    assert grouped["covered"] == alone["covered"]
    assert grouped["high"] - grouped["low"] > 2 * (alone["high"] - alone["low"])
    everything = measure_coverage(record | {"margin": 99}, replace(truth, units=units), predictions)
    assert everything["low"] == pytest.approx(binomtest(10, 10).proportion_ci(method="wilson").low)


@pytest.mark.parametrize("level", [0.5, 0.9])
def test_the_rows_of_a_single_group_count_as_one(level: float) -> None:
    truth, predictions = draw(100, seed=1)
    alone = replace(truth, units=np.zeros(100, dtype=int))
    found = measure_coverage(fit_intervals(*draw(500), level), alone, predictions)
    assert found["high"] - found["low"] > 0.7
    assert found["p_value"] > 0.05


def test_the_test_of_the_coverage_is_right_by_chance_as_often_as_it_says() -> None:
    p_values = []
    for seed in range(400):
        record = fit_intervals(*draw(100, seed=seed), 0.9)
        p_values.append(measure_coverage(record, *draw(100, seed=seed + 1_000))["p_value"])
    assert 0.02 < np.mean(np.array(p_values) < 0.05) < 0.08
    wide = fit_intervals(*draw(100), 0.9)
    assert measure_coverage(wide, *draw(100, growth=0.5))["p_value"] < 1e-4


def test_weights_of_rows_count_in_the_margin() -> None:
    errors = np.arange(1.0, 101)
    truth = Truth(
        errors, None, np.arange(100) % 5, np.arange(100), weights=np.where(errors > 50, 0.1, 1)
    )
    even = replace(truth, weights=None)
    zeros = Predictions(np.zeros(100), None)
    weighted, unweighted = (fit_intervals(each, zeros, 0.5)["margin"] for each in (truth, even))
    assert unweighted == 51
    assert weighted < 35
