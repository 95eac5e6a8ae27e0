"""A figure of dots with bars: one row per run, with its scores and their intervals."""

import math
from collections.abc import Sequence
from typing import NamedTuple

from kedro_sweep.report.comparison.runs import Run
from kedro_sweep.report.comparison.values import Value, find_summary, find_test_score

# More rows would not be readable.
MAX_ROWS = 30
# The margin on each side, in percent of the width.
PADDING = 4.0
# Steps between ticks; multiplied by powers of ten, they give all other steps.
STEPS = (1, 2, 5, 10)
MAX_STEPS = 5


class Mark(NamedTuple):
    """A dot, with a bar if it has an interval. Positions are in percent of the width.

    Attributes:
        series: `best`, `corrected` or `test`.
        text: The score in words.
        x: Position of the dot.
        bar: Start and end of the bar; None if there is none.
    """

    series: str
    text: str
    x: float
    bar: tuple[float, float] | None


class Dots(NamedTuple):
    """The figure.

    Attributes:
        rows: Label and marks of each run, the newest first.
        ticks: Position and text of each tick below.
        left_out: Number of older runs that are not drawn.
    """

    rows: list[tuple[str, list[Mark]]]
    ticks: list[tuple[float, str]]
    left_out: int


def collect_series(runs: Sequence[Run]) -> dict[str, list[Value | None]]:
    """Collect the values to draw, all of the same score."""
    return {
        "best": [find_summary(run, "best") for run in runs],
        "corrected": [find_summary(run, "corrected") for run in runs],
        "test": [find_test_score(run) for run in runs],
    }


def arrange_dots(runs: Sequence[Run]) -> Dots:
    """Arrange the newest runs of a group."""
    drawn = runs[:MAX_ROWS]
    series = collect_series(drawn)
    found = [value for values in series.values() for value in values if value]
    numbers: list[float] = [
        number for value in found for number in (value.value, *(value.interval or ()))
    ]
    low, high = min(numbers), max(numbers)
    if low == high:
        margin = abs(low) / 10 or 1.0
        low, high = low - margin, high + margin

    def place(number: float) -> float:
        return round(PADDING + (100 - 2 * PADDING) * (number - low) / (high - low), 2)

    def mark(name: str, value: Value) -> Mark:
        bar = (place(value.interval[0]), place(value.interval[1])) if value.interval else None
        return Mark(name, f"{name} {value.describe()}", place(value.value), bar)

    rows = [
        (run.label, [mark(name, value) for name, values in series.items() if (value := values[i])])
        for i, run in enumerate(drawn)
    ]
    ticks = [(place(number), f"{number:.6g}") for number in find_ticks(low, high)]
    return Dots(rows, ticks, len(runs) - len(drawn))


def find_ticks(low: float, high: float) -> list[float]:
    """Choose round numbers within an interval."""
    power = 10.0 ** math.floor(math.log10((high - low) / MAX_STEPS))
    step = next(power * factor for factor in STEPS if (high - low) / (power * factor) <= MAX_STEPS)
    first, last = math.ceil(low / step), math.floor(high / step)
    return [number * step for number in range(first, last + 1)]
