"""The tables of docs/reference/scale.md."""

from collections.abc import Mapping, Sequence
from statistics import median
from typing import Any, NamedTuple

from benchmarks.markdown import make_table
from benchmarks.scale.rates import N_TRIALS

MACHINE_CORES = 8
# Seconds that a larger setup must save, which is about the time it takes to set up a database.
SETUP = 600.0
TRIALS = [0.01, 0.1, 1.0, 10.0, 60.0, 600.0]


class Setup(NamedTuple):
    """A number of workers, and the storage of their trials."""

    name: str
    n_workers: int
    storage: str


SETUPS = [
    Setup("one core", 1, "journal"),
    Setup("one machine", MACHINE_CORES, "journal"),
    Setup("4 machines", 4 * MACHINE_CORES, "PostgreSQL"),
    Setup("16 machines", 16 * MACHINE_CORES, "PostgreSQL"),
]


def tabulate(results: dict[str, Any]) -> str:
    """Make the tables of all that was measured."""
    draws = [1000 * draw for draw in results["draws"]["1000"]]
    return "\n\n".join(
        [
            _tabulate_throughput(results["throughput"]),
            _tabulate_storages(results["storages"]),
            f"Milliseconds to draw parameters in a study of 1,000 trials: {_describe(draws, 1)}",
            _tabulate_choice(results),
        ]
    )


def find_cap(rates: Mapping[str, list[float] | None]) -> float:
    """Find how many trials per second a storage can handle: the highest median."""
    return max(median(figures) for figures in rates.values() if figures is not None)


def estimate_seconds(seconds: float, setup: Setup, results: dict[str, Any]) -> float:
    """Estimate how long 1,000 trials take that each take some seconds on one core.

    A worker finishes a trial in the time of its fits, of drawing its parameters, and of its storage. All
    workers together finish no more than the storage can handle.
    """
    rates: dict[str, list[float]] = results["storages"][setup.storage]
    a_trial: float = seconds + median(results["draws"]["1000"]) + 1 / median(rates["1"])
    rate = setup.n_workers / a_trial
    return N_TRIALS / (rate if setup.n_workers == 1 else min(rate, find_cap(rates)))


def choose(seconds: float, results: dict[str, Any]) -> Setup:
    """Choose the smallest setup that no larger one beats by more than the time to set it up."""
    times = [estimate_seconds(seconds, setup, results) for setup in SETUPS]
    return next(
        setup
        for position, setup in enumerate(SETUPS)
        if all(times[position] - later < SETUP for later in times[position + 1 :])
    )


def find_ratios(rates: Mapping[str, Sequence[float]], n_workers: str) -> list[float]:
    """Compare a number of workers with one worker of the same round."""
    return [many / one for many, one in zip(rates[n_workers], rates["1"], strict=True)]


def _tabulate_throughput(rates: dict[str, list[float]]) -> str:
    rows = []
    for name, figures in rates.items():
        ratios = find_ratios(rates, name)
        efficiency = f"{median(ratios) / int(name):.0%}"
        rows.append([name, _describe(figures, 2), _describe(ratios, 1), efficiency])
    return make_table(["workers", "trials per second", "times one worker", "efficiency"], rows)


def _tabulate_storages(storages: dict[str, dict[str, list[float] | None]]) -> str:
    numbers = list(next(iter(storages.values())))
    rows = [
        [name, *("-" if figures is None else _describe(figures, 0) for figures in rates.values())]
        for name, rates in storages.items()
    ]
    header = [f"{number} worker{'s' if number != '1' else ''}" for number in numbers]
    return make_table(["trials per second", *header], rows)


def _tabulate_choice(results: dict[str, Any]) -> str:
    rows = []
    for seconds in TRIALS:
        times = [estimate_seconds(seconds, setup, results) for setup in SETUPS]
        rows.append([f"{seconds:g} s", *map(_describe_time, times), choose(seconds, results).name])
    return make_table(["a trial takes", *(setup.name for setup in SETUPS), "choose"], rows)


def _describe_time(seconds: float) -> str:
    for size, unit in ((86400, "days"), (3600, "h"), (60, "min")):
        if seconds >= 2 * size:
            return f"{seconds / size:.1f} {unit}"
    return f"{seconds:.0f} s"


def _describe(figures: list[float], digits: int) -> str:
    middle, low, high = (f"{find(figures):,.{digits}f}" for find in (median, min, max))
    return f"{middle} ({low} to {high})"
