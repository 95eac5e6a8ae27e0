"""Dots and bars are drawn at the scores."""

from collections.abc import Callable
from typing import Any

import pytest

from kedro_sweep.report.comparison.dots import MAX_ROWS, arrange_dots, find_ticks
from kedro_sweep.report.comparison.runs import Run

Runs = Callable[..., list[Run]]
Tracked = Callable[..., Any]


def test_marks_are_placed_between_the_lowest_and_the_highest_number(
    runs: Runs, tracked: Tracked
) -> None:
    summary = {"corrected_value": 0.5, "corrected_low": 0.4, "corrected_high": 0.6}
    dots = arrange_dots(runs(tracked(0.6, sweep_summary=summary, test_metrics={"acc": 0.8})))
    [(label, marks)] = dots.rows
    assert label == "2026-01-01 12:30"
    assert [(mark.series, mark.x, mark.bar) for mark in marks] == [
        ("best", 50.0, None),
        ("corrected", 27.0, (4.0, 50.0)),
        ("test", 96.0, None),
    ]
    assert [text for _, text in dots.ticks] == ["0.4", "0.5", "0.6", "0.7", "0.8"]


def test_a_single_number_is_in_the_middle(runs: Runs, tracked: Tracked) -> None:
    [(_, [mark])] = arrange_dots(runs(tracked(0.0, test_metrics={"acc": None}))).rows
    assert mark.x == 50.0


def test_older_runs_are_left_out_and_counted(runs: Runs, tracked: Tracked) -> None:
    dots = arrange_dots(runs(*(tracked() for _ in range(MAX_ROWS + 2))))
    assert (len(dots.rows), dots.left_out) == (MAX_ROWS, 2)


@pytest.mark.parametrize(
    ("low", "high", "ticks"),
    [
        (0.47, 0.72, [0.5, 0.55, 0.6, 0.65, 0.7]),
        (-1.3, 0.2, [-1, -0.5, 0]),
        (11_000, 13_400, [11_000, 11_500, 12_000, 12_500, 13_000]),
        (0, 0.00002, [0, 0.000005, 0.00001, 0.000015, 0.00002]),
    ],
)
def test_ticks_are_round(low: float, high: float, ticks: list[float]) -> None:
    assert find_ticks(low, high) == pytest.approx(ticks)
