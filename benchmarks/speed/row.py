"""A promise, and the measurement that checks it."""

from dataclasses import dataclass
from statistics import median

TIMES = "\N{MULTIPLICATION SIGN}"


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


def at_least(what: str, against: str, ours: list[float], theirs: list[float], target: float) -> Row:
    """Compare two times: ours should be at least this many times shorter.

    Args:
        what: What was run.
        against: What it is compared with.
        ours: Our seconds.
        theirs: The other's seconds.
        target: The ratio to reach.

    Returns:
        The row.
    """
    ratio = median(theirs) / median(ours)
    return Row(what, against, ours, theirs, "s", ratio, TIMES, f"≥ {target:g}{TIMES}", ratio >= target)


def at_most_times(
    what: str, against: str, ours: list[float], theirs: list[float], target: float, unit: str = "s"
) -> Row:
    """Compare two figures: ours should be at most this many times the other.

    Args:
        what: What was run.
        against: What it is compared with.
        ours: Our figures.
        theirs: The other's figures.
        target: The ratio not to exceed.
        unit: Unit of both.

    Returns:
        The row.
    """
    ratio = median(ours) / median(theirs)
    return Row(what, against, ours, theirs, unit, ratio, TIMES, f"≤ {target:g}{TIMES}", ratio <= target)


def at_most_more(
    what: str, against: str, ours: list[float], theirs: list[float], target: float, unit: str = "s"
) -> Row:
    """Compare two figures: ours should exceed the other by at most this much.

    Args:
        what: What was run.
        against: What it is compared with.
        ours: Our figures.
        theirs: The other's figures.
        target: The difference not to exceed.
        unit: Unit of all three.

    Returns:
        The row.
    """
    more = median(ours) - median(theirs)
    words = f"≤ {target:g} {unit} more"
    return Row(what, against, ours, theirs, unit, more, unit, words, more <= target)


def at_most(
    what: str, against: str, ours: list[float], theirs: list[float], target: float, unit: str = "s"
) -> Row:
    """Check a figure that should not exceed a limit; the other is only shown for comparison.

    Args:
        what: What was run.
        against: What it is shown next to.
        ours: Our figures.
        theirs: The other's figures.
        target: The figure not to exceed.
        unit: Unit of all three.

    Returns:
        The row.
    """
    figure = median(ours)
    return Row(what, against, ours, theirs, unit, figure, unit, f"≤ {target:g} {unit}", figure <= target)


def per_trial(seconds: list[float], n_trials: int) -> list[float]:
    """Compute the milliseconds per trial.

    Args:
        seconds: Durations of whole searches.
        n_trials: Number of trials in each.

    Returns:
        The milliseconds.
    """
    return [1000 * total / n_trials for total in seconds]
