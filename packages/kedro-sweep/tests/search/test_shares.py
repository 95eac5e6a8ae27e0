"""In a contest without rounds, the candidates get equal shares."""

from itertools import pairwise

import pytest

from kedro_sweep.search.shares import plan_shares, share_time


@pytest.mark.parametrize(
    ("n_trials", "shares"), [(9, [3, 3, 3]), (10, [4, 3, 3]), (11, [4, 4, 3]), (2, [1, 1, 0])]
)
def test_shares_differ_by_at_most_one(n_trials: int, shares: list[int]) -> None:
    assert plan_shares("abc", n_trials) == dict(zip("abc", shares, strict=True))


def test_a_larger_total_takes_no_trial_away() -> None:
    plans = [plan_shares("abc", n_trials) for n_trials in range(20)]
    for smaller, larger in pairwise(plans):
        assert all(smaller[name] <= larger[name] for name in "abc")


def test_the_time_that_is_left_is_divided_by_the_number_of_candidates_left() -> None:
    assert share_time(10.0, 40.0, 3) == 20.0
    assert share_time(50.0, 40.0, 3) == 50.0
    assert share_time(10.0, float("inf"), 3) == float("inf")
