"""Searches on the same draws can be compared, and a choice between them can be corrected."""

import json
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from numpy.testing import assert_array_equal
from numpy.typing import NDArray

from kedro_sweep.evaluation.decisions import Rule
from kedro_sweep.evaluation.estimates import SelectionDraws, correct_selection
from kedro_sweep.evaluation.estimates._correction import _compare_decisions
from kedro_sweep.evaluation.estimates._draws import Effort
from kedro_sweep.evaluation.estimates._selection_draws import (
    MIN_DRAWS,
    choose_search,
    find_gain,
    share_draws,
    summarize_draws,
)
from kedro_sweep.evaluation.predictions import Predictions, Truth

N_ROWS, N_DRAWS = 150, 300


def make_truth() -> Truth:
    rows = np.arange(N_ROWS)
    y = np.random.default_rng(0).integers(2, size=N_ROWS)
    return Truth(y, np.arange(2), rows * 5 // N_ROWS, rows)


def guess(seed: int, accuracy: float = 0.6) -> Predictions:
    random = np.random.default_rng(seed)
    y = make_truth().y
    labels = np.where(random.random(N_ROWS) < accuracy, y, 1 - y)
    return Predictions(labels, np.eye(2)[labels] * 0.6 + 0.2)


def search(
    *seeds: int,
    scoring: str = "accuracy",
    n_draws: int = N_DRAWS,
    accuracy: float = 0.6,
    random_seed: int = 1,
) -> SelectionDraws:
    """Choose the best of some configurations in each draw."""
    candidates = [guess(seed, accuracy) for seed in seeds]
    effort = Effort(n_draws, np.arange(len(seeds)), "")
    correction = correct_selection(
        make_truth(), candidates, scoring, "maximize", random_seed=random_seed, effort=effort
    )
    assert correction.draws is not None
    return correction.draws


def make_draws(left_out: NDArray[Any], drawn: Any = 0.0, **more: Any) -> SelectionDraws:
    facts: dict[str, Any] = {"scoring": "accuracy", "direction": "maximize"}
    facts |= {"random_seed": 1, "n_units": 200} | more
    n_draws = len(left_out)
    return SelectionDraws(
        **facts, drawn=np.full(n_draws, drawn), left_out=left_out, bias=np.zeros(n_draws)
    )


@pytest.mark.parametrize("scoring", ["accuracy", "roc_auc", "f1"])
def test_choosing_between_searches_is_choosing_among_all_their_configurations(scoring: str) -> None:
    parts = [range(5), range(5, 12), range(12, 20)]
    chosen = choose_search([search(*part, scoring=scoring) for part in parts])
    together = search(*range(20), scoring=scoring)
    assert_array_equal(chosen.drawn, together.drawn)
    assert_array_equal(chosen.left_out, together.left_out)
    # Each search has its own bias.
    assert np.array(summarize_draws(chosen)) == pytest.approx(
        np.array(summarize_draws(together)), abs=0.02
    )


def test_a_search_with_fewer_draws_has_the_first_of_them() -> None:
    few, many = search(0, 1, n_draws=120), search(0, 1)
    assert_array_equal(few.drawn, many.take(120).drawn)
    assert find_gain(few, many) == (0, 0, 0)


def test_the_interval_of_a_gain_is_paired() -> None:
    random = np.random.default_rng(0)
    luck = random.normal(0.7, 0.05, N_DRAWS)
    better = make_draws(luck + random.normal(0.02, 0.005, N_DRAWS))
    gain = find_gain(better, make_draws(luck))
    assert gain.value == pytest.approx(0.02, abs=0.001)
    assert 0.005 < gain.low < gain.high < 0.035
    back = find_gain(make_draws(luck), better)
    assert np.array(back) == pytest.approx([-gain.value, -gain.high, -gain.low])


def test_a_lower_error_is_a_gain() -> None:
    errors = np.random.default_rng(0).normal(2, 0.01, N_DRAWS)
    lower, higher = (make_draws(errors + more, direction="minimize") for more in (0, 1))
    assert find_gain(lower, higher).value == pytest.approx(1)
    chosen = choose_search([make_draws(errors, drawn, direction="minimize") for drawn in (2.0, 1.0)])
    assert_array_equal(chosen.drawn, 1)


def test_the_best_of_many_useless_searches_is_near_chance() -> None:
    searches = [search(*range(start, start + 10), accuracy=0.5) for start in range(0, 200, 10)]
    value, low, high = summarize_draws(choose_search(searches))
    assert max(summarize_draws(each).value for each in searches) > value
    assert low < 0.5 < high
    assert value == pytest.approx(0.5, abs=0.05)


@pytest.mark.parametrize(
    "other",
    [
        {"random_seed": 2},
        {"n_units": 100},
        {"scoring": "f1"},
        {"direction": "minimize"},
    ],
)
def test_searches_with_other_draws_are_not_compared(other: dict[str, Any]) -> None:
    values = np.linspace(0.5, 0.6, N_DRAWS)
    assert share_draws([make_draws(values), make_draws(values)])
    assert not share_draws([make_draws(values), make_draws(values, **other)])


def test_few_shared_draws_are_too_few() -> None:
    values = np.linspace(0.5, 0.6, N_DRAWS)
    mostly_missing = np.where(np.arange(N_DRAWS) < MIN_DRAWS - 1, values, np.nan)
    assert not share_draws([make_draws(values), make_draws(mostly_missing)])
    assert not share_draws([make_draws(values), make_draws(values[: MIN_DRAWS - 1])])


def test_a_draw_without_a_score_takes_no_part() -> None:
    values = np.linspace(0.5, 0.6, N_DRAWS)
    is_missing = np.arange(N_DRAWS) % 2 == 0
    better = replace(
        make_draws(np.where(is_missing, np.nan, values)), drawn=np.where(is_missing, np.nan, 0.9)
    )
    chosen = choose_search([better, make_draws(values + 0.1, 0.5)])
    assert_array_equal(chosen.left_out, np.where(is_missing, values + 0.1, values))


def test_draws_are_tracked_as_plain_values() -> None:
    draws = make_draws(np.array([0.123456789012, np.nan]), drawn=1 / 3)
    plain = draws.to_plain()
    assert plain["left_out"] == [0.123456789, None]
    read = SelectionDraws.from_plain(json.loads(json.dumps(plain)))
    assert read is not None
    assert read.to_plain() == plain


@pytest.mark.parametrize(
    "change", [{"drawn": None}, {"drawn": [1.0]}, {"left_out": "x"}, {"bias": None}, {"n_units": "many"}]
)
def test_what_cannot_be_read_is_no_record(change: dict[str, Any]) -> None:
    assert SelectionDraws.from_plain({}) is None
    assert SelectionDraws.from_plain(make_draws(np.zeros(3)).to_plain() | change) is None


@pytest.mark.parametrize(("scoring", "best"), [("r2", 1.0), ("neg_mean_absolute_error", 0.0)])
def test_no_score_is_better_than_that_of_perfect_predictions(scoring: str, best: float) -> None:
    left_out = np.random.default_rng(0).normal(size=N_DRAWS)
    draws = replace(make_draws(left_out, scoring=scoring), bias=np.full(N_DRAWS, -1e9))  # wild targets
    assert summarize_draws(draws) == (best, best, best)


def test_a_measure_of_decisions_stays_within_its_range() -> None:
    random, of_choice = np.random.default_rng(0), make_draws(np.zeros(300), n_units=8)
    high, low = 1 - random.exponential(0.05, 300).clip(0, 1), random.exponential(0.05, 300).clip(0, 1)
    found = _compare_decisions(Rule("specificity", 1), of_choice, high, low)
    assert summarize_draws(replace(of_choice, scoring="specificity", left_out=high)).high > 1
    assert (found["after"].high, found["before"].low) == (1, 0)
    assert 0.9 < found["after"].value < 1
