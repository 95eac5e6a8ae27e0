"""A promise, the measurement that checks it, and the table of all of them."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from statistics import median
from typing import Any

from benchmarks.markdown import make_table

TIMES = "\N{MULTIPLICATION SIGN}"
HEADER = ["measured", "Kedro Sweep", "compared with", "result", "goal"]


@dataclass
class Row:
    """A promise and its measurement.

    Attributes:
        what: What was run.
        against: What it is compared with.
        ours: Our figure in each run.
        theirs: The other's figure in each run.
        unit: Unit of both.
        result: What the promise is about: a ratio or a difference of the medians, or our median.
        result_unit: Unit of the result; TIMES for a ratio.
        target: The promise, in words.
        met: Whether it holds.
    """

    what: str
    against: str
    ours: list[float]
    theirs: list[float]
    unit: str
    result: float
    result_unit: str
    target: str
    met: bool


# The promises of a part, and what else its charts show: by name of the chart, figures by name.
Measured = tuple[list[Row], dict[str, dict[str, Any]]]


def at_least(what: str, against: str, ours: list[float], theirs: list[float], target: float) -> Row:
    """Compare two times: ours should be at least this many times shorter."""
    ratio = median(theirs) / median(ours)
    return Row(what, against, ours, theirs, "s", ratio, TIMES, f"≥ {target:g}{TIMES}", ratio >= target)


def at_most_times(
    what: str, against: str, ours: list[float], theirs: list[float], target: float, unit: str = "s"
) -> Row:
    """Compare two figures: ours should be at most this many times the other."""
    ratio = median(ours) / median(theirs)
    return Row(what, against, ours, theirs, unit, ratio, TIMES, f"≤ {target:g}{TIMES}", ratio <= target)


def at_most_more(
    what: str, against: str, ours: list[float], theirs: list[float], target: float, unit: str = "s"
) -> Row:
    """Compare two figures: ours should exceed the other by at most this much."""
    more = median(ours) - median(theirs)
    words = f"≤ {target:g} {unit} more"
    return Row(what, against, ours, theirs, unit, more, unit, words, more <= target)


def at_most(
    what: str, against: str, ours: list[float], theirs: list[float], target: float, unit: str = "s"
) -> Row:
    """Check a figure that should not exceed a limit; the other is only shown for comparison."""
    figure = median(ours)
    return Row(what, against, ours, theirs, unit, figure, unit, f"≤ {target:g} {unit}", figure <= target)


def per_trial(seconds: list[float], n_trials: int) -> list[float]:
    """Compute the milliseconds per trial."""
    return [1000 * total / n_trials for total in seconds]


def tabulate(rows: Iterable[Mapping[str, Any]]) -> str:
    """Make the table of saved rows, with medians and ranges; a missed goal is bold."""
    lines = []
    for row in rows:
        ours, theirs = (_show_runs(row[name], row["unit"]) for name in ("ours", "theirs"))
        is_ratio = row["result_unit"] == TIMES
        result = f"{row['result']:.3g}" if is_ratio else f"{_round(row['result'])} "
        result += row["result_unit"]
        goal = row["target"] if row["met"] else f"**{row['target']}: missed**"
        lines.append([row["what"], ours, f"{row['against']}: {theirs}", result, goal])
    return make_table(HEADER, lines)


def _show_runs(figures: Sequence[float], unit: str) -> str:
    """Show the median, and the lowest and the highest figure of several runs."""
    middle, low, high = (_round(found(figures)) for found in (median, min, max))
    return f"{middle} {unit}" if low == high else f"{middle} {unit} ({low} to {high})"


def _round(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"
