"""The page of the docs about more workers and other storages."""

from collections.abc import Mapping
from statistics import median
from typing import Any, NamedTuple

from benchmarks.machine import describe_days
from benchmarks.markdown import make_table
from benchmarks.scale.rates import N_TRIALS

PAGE = """# Scale

`make bench-scale` measures these figures in about {minutes} minutes and writes this page. Each figure is the median of
{rounds}, with the smallest and the largest in parentheses. A round measures each figure once. Every second round runs
in reverse order, so no figure gains if the machine slows down. [Clusters](../how_to/cluster.md) explains how to use
more than one machine.

## Trials of one second

Here a trial is a model that only waits for one second, so 16 workers fit on one machine. They share a study in
PostgreSQL and draw parameters with `TPESampler`. The measurement starts when all of them are running trials. The third
column compares the rates of the same round:

{throughput}

Target: 16 workers are at least {target:g} times as fast as one. Met: {met}.

## What a storage can handle

These trials compute nothing and draw their parameters at random, so only the storage takes time. All workers and the
server ran on the {cores} cores of this machine. With more cores, several workers would finish more trials. Each study
ends after a few seconds or {n_trials:,} trials, whichever comes first. In larger studies, trials take longer, because
each one is compared with all earlier ones.

{storages}

A study in memory belongs to one process. Optuna advises against SQLite for several processes.

## What to choose

The medians above give the time that 1,000 trials take. With *T* seconds per trial on one core and *W* workers:

- Each worker finishes a trial every *T* + *d* + *s* seconds. *d* is the time to draw the parameters:
  {draw} in a study of 1,000 trials. *s* is the time that the storage takes with one worker:
  {journal:.1f} ms for the journal, {postgres:.1f} ms for PostgreSQL.
- All workers together finish *W* / (*T* + *d* + *s*) trials per second, but no more than the storage can handle with
  up to {busiest} workers ({journal_cap:,.0f} per second for the journal, {postgres_cap:,.0f} for PostgreSQL).

The table assumes machines with {machine_cores} cores. The last column names the smallest setup that no larger one
beats by more than ten minutes, which is about the time it takes to set up a database:

{choice}

Forests that [share trees](../how_to/scaling.md#reuse) are an exception. On a small table, one machine scores 1,000 of
them in seconds, because each trial reuses the trees of earlier trials. Other machines would have to fit the same trees
again.

Measured: {days}. Machine and versions: {machine}. All figures are in [scale.json](scale.json).
"""

TARGET = 14.0
MACHINE_CORES = 8
# Seconds that a larger setup must save.
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


def make_page(results: dict[str, Any], minutes: int) -> str:
    """Make the page.

    Args:
        results: All results.
        minutes: Duration of the measurements.

    Returns:
        The text of the page.
    """
    storages = results["storages"]
    ratio = median(_find_ratios(results["throughput"], "16"))
    return PAGE.format(
        minutes=minutes,
        rounds=_count_rounds(results),
        throughput=_tabulate_throughput(results["throughput"]),
        target=TARGET,
        met=f"yes ({ratio:.1f} times)" if ratio >= TARGET else f"**no** ({ratio:.1f} times)",
        storages=_tabulate_storages(storages),
        cores=results["machine"]["cores"],
        n_trials=N_TRIALS,
        draw=_say([1000 * draw for draw in results["draws"]["1000"]], 1, " ms"),
        journal=1000 / median(storages["journal"]["1"]),
        postgres=1000 / median(storages["PostgreSQL"]["1"]),
        journal_cap=find_cap(storages["journal"]),
        postgres_cap=find_cap(storages["PostgreSQL"]),
        busiest=max(map(int, storages["journal"])),
        machine_cores=MACHINE_CORES,
        choice=_tabulate_choice(results),
        machine=", ".join(f"{name} {value}" for name, value in results["machine"].items()),
        days=describe_days(results["measured"].values()),
    )


def find_cap(rates: Mapping[str, list[float] | None]) -> float:
    """Find how many trials per second a storage can handle.

    Args:
        rates: Trials per second in each round, by number of workers.

    Returns:
        The highest median.
    """
    return max(median(figures) for figures in rates.values() if figures is not None)


def estimate_seconds(seconds: float, setup: Setup, results: dict[str, Any]) -> float:
    """Estimate how long 1,000 trials take.

    Args:
        seconds: The time of a trial on one core.
        setup: The workers and their storage.
        results: All results.

    Returns:
        The time, in seconds.
    """
    rates: dict[str, list[float]] = results["storages"][setup.storage]
    a_trial: float = seconds + median(results["draws"]["1000"]) + 1 / median(rates["1"])
    rate = setup.n_workers / a_trial
    return N_TRIALS / (rate if setup.n_workers == 1 else min(rate, find_cap(rates)))


def choose(seconds: float, results: dict[str, Any]) -> Setup:
    """Choose the smallest setup that no larger one beats by more than the time to set it up.

    Args:
        seconds: The time of a trial on one core.
        results: All results.

    Returns:
        The setup.
    """
    times = [estimate_seconds(seconds, setup, results) for setup in SETUPS]
    return next(
        setup
        for position, setup in enumerate(SETUPS)
        if all(times[position] - later < SETUP for later in times[position + 1 :])
    )


def _count_rounds(results: dict[str, Any]) -> str:
    figures = (results["draws"]["1000"], results["storages"]["journal"]["1"], results["throughput"]["1"])
    numbers = sorted({len(of_part) for of_part in figures})
    return " or ".join(_count(number, "round") for number in numbers)


def _tabulate_throughput(rates: dict[str, list[float]]) -> str:
    rows = []
    for name, figures in rates.items():
        ratios = _find_ratios(rates, name)
        rows.append([name, _say(figures, 2), _say(ratios, 1), f"{median(ratios) / int(name):.0%}"])
    return make_table(["workers", "trials per second", "times one worker", "efficiency"], rows)


def _find_ratios(rates: dict[str, list[float]], n_workers: str) -> list[float]:
    return [many / one for many, one in zip(rates[n_workers], rates["1"], strict=True)]


def _tabulate_storages(storages: dict[str, dict[str, list[float] | None]]) -> str:
    numbers = list(next(iter(storages.values())))
    rows = [
        [name, *("-" if figures is None else _say(figures, 0) for figures in rates.values())]
        for name, rates in storages.items()
    ]
    header = [_count(int(number), "worker") for number in numbers]
    return make_table(["trials per second", *header], rows)


def _tabulate_choice(results: dict[str, Any]) -> str:
    rows = [
        [
            f"{seconds:g} s",
            *(_say_time(estimate_seconds(seconds, setup, results)) for setup in SETUPS),
            choose(seconds, results).name,
        ]
        for seconds in TRIALS
    ]
    return make_table(["a trial takes", *(setup.name for setup in SETUPS), "choose"], rows)


def _say_time(seconds: float) -> str:
    for size, unit in ((86400, "days"), (3600, "h"), (60, "min")):
        if seconds >= 2 * size:
            return f"{seconds / size:.1f} {unit}"
    return f"{seconds:.0f} s"


def _say(figures: list[float], digits: int, unit: str = "") -> str:
    middle, low, high = (f"{find(figures):,.{digits}f}" for find in (median, min, max))
    return f"{middle}{unit} ({low} to {high})"


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'s' if number != 1 else ''}"
