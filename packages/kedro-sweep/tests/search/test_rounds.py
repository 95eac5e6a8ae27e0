"""Candidates share a number of trials, and the worst get no more."""

from collections.abc import Mapping

import pytest

from kedro_sweep.search.rounds import count_rounds, plan_rounds
from kedro_sweep.search.settings import ContestRule


def plan(values: Mapping[str, float | None], n_trials: int, **rule: int) -> list[dict[str, int]]:
    """Plan the rounds of candidates whose best value never changes."""
    rounds = plan_rounds([*values], n_trials, ContestRule(**rule), lambda name, _: values[name])
    return [dict(turns) for turns in rounds]


def test_every_candidate_gets_a_turn_and_then_the_better_half() -> None:
    values = {"a": 0.1, "b": 0.9, "c": 0.5, "d": 0.7, "e": 0.3}
    assert plan(values, 100, turn=10, survivors=1) == [
        {"a": 10, "b": 10, "c": 10, "d": 10, "e": 10},
        {"b": 20, "c": 20, "d": 20},
        {"b": 30, "d": 30},
    ]


def test_the_survivors_share_the_rest() -> None:
    values = {name: float(rank) for rank, name in enumerate("abcdefghi")}
    rounds = plan(values, 200, turn=10, survivors=3)
    assert [len(turns) for turns in rounds] == [9, 5, 3, 3]
    assert rounds[-1] == {"g": 40, "h": 40, "i": 40}


@pytest.mark.parametrize("n_trials", [1, 9, 10, 37, 90, 91, 143, 500])
def test_a_total_is_given_out_to_the_last_trial(n_trials: int) -> None:
    values = {name: float(rank) for rank, name in enumerate("abcdefghi")}
    last: dict[str, int] = {}
    for turns in plan(values, n_trials, turn=10, survivors=3):
        last |= turns
    assert sum(last.values()) == n_trials


def test_of_two_equals_the_earlier_one_goes_on() -> None:
    rounds = plan({"a": 0.6, "b": 0.5, "c": 0.5}, 50, turn=10, survivors=2)
    assert rounds[1] == {"a": 20, "b": 20}


def test_a_candidate_without_a_value_is_out_even_among_the_survivors() -> None:
    rounds = plan({"a": 0.5, "b": None}, 40, turn=10, survivors=3)
    assert rounds == [{"a": 10, "b": 10}, {"a": 20}, {"a": 30}]


def test_a_contest_in_which_no_candidate_has_a_value_ends() -> None:
    assert plan({"a": None, "b": None}, 40, turn=10, survivors=3) == [{"a": 10, "b": 10}]


def test_a_larger_total_only_adds_turns() -> None:
    values = {name: float(rank) for rank, name in enumerate("abcde")}
    few, many = (plan(values, n_trials, turn=10, survivors=2) for n_trials in (80, 160))
    assert many[: len(few)] == few


@pytest.mark.parametrize(
    ("n_candidates", "survivors", "n_rounds"), [(9, 3, 3), (6, 3, 2), (3, 3, 1), (2, 3, 1), (4, 1, 3)]
)
def test_the_time_is_divided_by_the_rounds_up_to_that_of_the_survivors(
    n_candidates: int, survivors: int, n_rounds: int
) -> None:
    assert count_rounds(n_candidates, ContestRule(survivors=survivors)) == n_rounds
