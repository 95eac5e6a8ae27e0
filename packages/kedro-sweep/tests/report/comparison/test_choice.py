"""Comparable runs are compared in pairs, and the best of them is corrected for the choice."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest

from kedro_sweep.evaluation.estimates import Estimate
from kedro_sweep.report._runs import Run
from kedro_sweep.report.comparison._choice import (
    Choice,
    choose_run,
    describe_choice,
    describe_gain,
    find_better,
    rank_runs,
)
from kedro_sweep.text import MINUS

Runs = Callable[..., list[Run]]
Table = Callable[..., pd.DataFrame]
Tracked = Callable[..., Any]
FIRST, SECOND, THIRD = (f"2026-01-0{day}T12.30.00.000Z" for day in (1, 2, 3))


@pytest.fixture
def run(tracked: Tracked, draws: Tracked) -> Tracked:
    """Make a run that found so good a model in these studies, among so many configurations."""

    def make(value: float, studies: str = "a", n: int = 100, **more: Any) -> Any:
        summary = {
            "candidates": [{"study": study} for study in studies],
            "corrected_trials": n,
            "corrected_value": value,
        }
        return tracked(value + 0.02, sweep_summary=summary | more, selection_draws=draws(value))

    return make


def choose(runs: list[Run], reference: str = "") -> Choice:
    choice = choose_run(runs, reference)
    assert choice is not None
    return choice


def test_runs_are_compared_with_the_oldest_or_with_the_one_that_is_asked_for(
    runs: Runs, run: Tracked
) -> None:
    three = runs(run(0.6), run(0.65), run(0.62))
    assert {name: round(gain.value, 2) for name, gain in choose(three).gains.items()} == {
        THIRD: 0.02,
        SECOND: 0.05,
    }
    assert {name: round(gain.value, 2) for name, gain in choose(three, SECOND).gains.items()} == {
        THIRD: -0.03,
        FIRST: -0.05,
    }


def test_the_best_run_is_corrected_for_the_choice(runs: Runs, run: Tracked) -> None:
    choice = choose(runs(run(0.6), run(0.65), run(0.62)))
    assert choice.best.id == SECOND
    assert choice.corrected.value == pytest.approx(0.65, abs=0.005)
    assert choice.gain.low > 0.04
    verdict, best, gain = describe_choice(choice, "accuracy")
    assert verdict == "The best run is clearly better than the reference."
    assert "best of 3 runs by its cross-validated value is SVC · 100 trials (2026-01-02 12:30)" in best
    assert "among up to 100 configurations" in best
    assert "SVC · 100 trials (2026-01-01 12:30), that is better by 0.05" in gain


def test_a_best_run_that_is_the_reference_is_not_compared_with_itself(runs: Runs, run: Tracked) -> None:
    choice = choose(runs(run(0.65), run(0.6)))
    assert choice.best is choice.reference
    assert not choice.is_better
    verdict, _, gain = describe_choice(choice, "accuracy")
    assert (verdict, gain) == ("The reference is the best run.", "")


def test_any_run_can_be_the_reference_of_the_others(runs: Runs, run: Tracked) -> None:
    three = runs(run(0.6), run(0.65), run(0.62))
    assert len(choose(three).turn(three)) == 3
    for turned in choose(three).turn(three):
        expected = choose(three, turned.reference.id).gains
        assert turned.gains.keys() == expected.keys()
        for run_id, gain in turned.gains.items():
            assert gain == pytest.approx(expected[run_id], abs=1e-12)


def test_no_run_is_called_better_that_is_so_by_the_luck_of_being_one_of_many(
    runs: Runs, tracked: Tracked, draws: Tracked
) -> None:
    rng = np.random.default_rng(67)  # one of six such pages has a gain above 0, this one four
    # Twenty models that are right on 70% of the rows, mostly on the same ones.
    is_own = rng.random((20, 500)) < 0.2
    right = 1.0 * (np.where(is_own, rng.random((20, 500)), rng.random(500)) < 0.7)
    times = rng.multinomial(500, np.full(500, 1 / 500), size=200)
    drawn = (times @ right.T / 500).T
    left_out = ((times == 0) @ right.T / (times == 0).sum(axis=1, keepdims=True)).T
    scores = [
        {"drawn": [*one], "left_out": [*other]} for one, other in zip(drawn, left_out, strict=True)
    ]
    values = right.mean(axis=1)
    equal = [
        tracked(value, selection_draws=draws(0.7) | found)
        for value, found in zip(values, scores, strict=True)
    ]
    choice = choose(runs(*equal))
    words = {choice.judge(run) for run in choice.runs if run is not choice.reference}
    assert words == {"above 0", "chance"}
    assert not choice.is_better
    assert describe_choice(choice, "accuracy")[0].startswith("The best run is not clearly better")


def test_runs_that_did_not_finish_change_no_number(runs: Runs, run: Tracked) -> None:
    stopped: dict[str, Any] = {"session": {"finished": False}}
    choice = choose([found for found in runs(run(0.6), stopped, run(0.65)) if found.is_searched])
    assert "up to 100 configurations" in describe_choice(choice, "accuracy")[1]


@pytest.mark.parametrize(
    ("studies", "expected"),
    [("aaa", 100), ("abc", 300), (("ab", "ba", "c"), 200)],
)
def test_runs_of_the_same_studies_share_their_configurations(
    studies: Any, expected: int, runs: Runs, run: Tracked
) -> None:
    found = choose(runs(*(run(0.6 + i / 100, names) for i, names in enumerate(studies))))
    assert f"up to {expected} configurations" in describe_choice(found, "accuracy")[1]


def test_the_largest_of_several_totals_of_a_study_counts(runs: Runs, run: Tracked) -> None:
    found = choose(runs(run(0.6, n=100), run(0.61, n=250)))
    assert "up to 250 configurations" in describe_choice(found, "accuracy")[1]


def test_runs_without_shared_draws_take_no_part(
    runs: Runs, run: Tracked, tracked: Tracked, draws: Tracked
) -> None:
    other_seed = tracked(0.9, selection_draws=draws(0.9, random_seed=7))
    both = run(0.6), run(0.61)
    choice = choose(runs(*both, other_seed, tracked(0.99)))
    assert len(choice.runs) == 2
    assert choice.best.id == SECOND
    without_partner = tracked(0.5, selection_draws=draws(0.5, random_seed=7))
    assert choose(runs(without_partner, *both)).reference.id == SECOND
    assert choose_run(runs(both[0], tracked(0.9))) is None
    assert choose_run(runs(tracked(0.9))) is None


def test_runs_are_ranked_by_the_value_of_what_they_deliver(runs: Runs, tracked: Tracked) -> None:
    ensemble = tracked(0.6, sweep_summary={"ensemble_value": 0.65})
    ranked = rank_runs(runs(ensemble, tracked(0.7), tracked(0.6), tracked(0.6)))
    assert [found.id[8:10] for found in ranked] == ["02", "01", "04", "03"]
    minimized = {"direction": "minimize"}
    errors = runs(*(tracked(value, sweep_summary=minimized) for value in (2.0, 1.0, 3.0)))
    assert [found.id[8:10] for found in rank_runs(errors)] == ["02", "01", "03"]


@pytest.mark.parametrize(
    ("gain", "expected"),
    [
        ((0.02, 0.01, 0.03), "better by 0.020 (0.010 to 0.030)"),
        ((-0.02, -0.03, -0.01), "worse by 0.020 (0.010 to 0.030)"),
        ((0.02, -0.01, 0.05), f"better by 0.020 ({MINUS}0.010 to 0.050), maybe by chance"),
        ((0, 0, 0), "equally good in nearly every draw"),
    ],
)
def test_a_gain_says_whether_it_may_be_chance(gain: Any, expected: str) -> None:
    assert describe_gain(Estimate(*gain)) == expected


def test_a_model_that_is_clearly_better_is_named(table: Table, run: Tracked) -> None:
    runs = table(run(0.65), run(0.6))
    own, version, gain = find_better(runs, SECOND, {FIRST, SECOND})
    assert own == "SVC, corrected accuracy 0.6000"
    assert version == FIRST
    assert gain.startswith("the best of 2 (SVC, accuracy 0.6")


def test_a_model_that_may_be_better_by_chance_is_not_named(table: Table, run: Tracked) -> None:
    runs = table(run(0.6001), run(0.6))
    assert find_better(runs, SECOND, {FIRST, SECOND}) == ("SVC, corrected accuracy 0.6000", "", "")


def test_only_comparable_runs_with_a_model_and_draws_can_be_better(
    table: Table, run: Tracked, tracked: Tracked
) -> None:
    better, chosen = run(0.9), run(0.6)
    assert find_better(table(better, chosen), SECOND, {SECOND})[1] == ""
    other = run(0.9, comparable="b")
    assert find_better(table(other, chosen), SECOND, {FIRST, SECOND})[1] == ""
    earlier = tracked(0.9, sweep_summary={"corrected_value": 0.9})
    assert find_better(table(earlier, chosen), SECOND, {FIRST, SECOND})[1] == ""
    assert find_better(table(better, earlier), SECOND, {FIRST, SECOND})[1] == ""


def test_what_is_not_known_is_left_out(table: Table, tracked: Tracked) -> None:
    runs = table(tracked(0.9), tracked(0.6))
    assert find_better(runs, SECOND, {FIRST, SECOND}) == ("SVC", "", "")
    assert find_better(runs, "2020", {"2020"}) == ("", "", "")
