"""The page of the documentation about more workers and more machines."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from benchmarks.markdown import make_table

PAGE = """# Scale

`make bench-scale` measures these figures in about {minutes} minutes, and writes this page. How to use more than one machine
is in [Clusters](../how_to/cluster.md).

## Trials of one second

A model that waits for a second stands in for one that computes, so that 16 workers fit on one machine. They share a study
in PostgreSQL, draw parameters with `TPESampler`, and are measured once all of them are at work:

{throughput}

Target: at least {target:g} times at 16 workers. Met: {met}.

## What a storage can take

Trials that compute nothing, drawn at random, so that only the storage takes time. All workers ran on the {cores} cores of
this machine, as did the server: with more cores, several workers would finish more.

{storages}

A study in memory belongs to one process. Optuna advises against SQLite for several.

## What to choose

The time that 1,000 trials take, from the figures above. With *T* seconds per trial on one core and *W* workers,

- each worker finishes a trial every *T* + *d* + *s* seconds, where *d* is the time to draw the parameters ({draw:.1f} ms in
  a study of 1,000 trials) and *s* the time that the storage takes ({journal:.1f} ms for the journal, {postgres:.1f} ms for
  PostgreSQL, each with one worker);
- all of them together finish *W* / (*T* + *d* + *s*) trials per second, but no more than the storage takes with
  {busiest} workers ({journal_cap:.0f} per second for the journal, {postgres_cap:.0f} for PostgreSQL).

A machine has {machine_cores} cores here. The last column is the smallest of these that no larger one beats by ten minutes,
about the time it takes to set up a database:

{choice}

Forests that [share trees](../how_to/scaling.md#reuse) are an exception: one machine scores 1,000 of them on a small table
in seconds, because each trial reuses what the others fitted. Other machines would fit the same trees again.

Measured on: {machine}. The days: {days}. All figures are in [scale.json](scale.json).
"""

TARGET = 14.0
MACHINE_CORES = 8
N_TRIALS = 1000
# What a larger setup has to save, in seconds.
SETUP = 600.0
TRIALS = [0.01, 0.1, 1.0, 10.0, 60.0, 600.0]


class Setup(NamedTuple):
    """Workers and where they keep their trials."""

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
        results: All that was measured.
        minutes: How long it takes.

    Returns:
        The text of the page.
    """
    storages = results["storages"]
    ratio = _find_ratio(results["throughput"], "16")
    return PAGE.format(
        minutes=minutes,
        throughput=_tabulate_throughput(results["throughput"]),
        target=TARGET,
        met=f"yes ({ratio:.1f} times)" if ratio >= TARGET else f"**no** ({ratio:.1f} times)",
        storages=_tabulate_storages(storages),
        cores=results["machine"]["cores"],
        draw=1000 * results["draws"]["1000"],
        journal=1000 / storages["journal"]["1"],
        postgres=1000 / storages["PostgreSQL"]["1"],
        journal_cap=find_cap(storages["journal"]),
        postgres_cap=find_cap(storages["PostgreSQL"]),
        busiest=max(map(int, storages["journal"])),
        machine_cores=MACHINE_CORES,
        choice=_tabulate_choice(results),
        machine=", ".join(f"{name} {value}" for name, value in results["machine"].items()),
        days=", ".join(f"{part} {day}" for part, day in results["measured"].items()),
    )


def find_cap(rates: Mapping[str, float | None]) -> float:
    """Find how many trials a second a storage takes.

    Args:
        rates: Trials a second by number of workers.

    Returns:
        The highest.
    """
    return max(rate for rate in rates.values() if rate is not None)


def estimate_seconds(seconds: float, setup: Setup, results: dict[str, Any]) -> float:
    """Estimate how long 1,000 trials take.

    Args:
        seconds: The time of one on one core.
        setup: The workers and their storage.
        results: All that was measured.

    Returns:
        The time, in seconds.
    """
    rates: dict[str, float] = results["storages"][setup.storage]
    a_trial: float = seconds + results["draws"]["1000"] + 1 / rates["1"]
    rate = setup.n_workers / a_trial
    return N_TRIALS / (rate if setup.n_workers == 1 else min(rate, find_cap(rates)))


def choose(seconds: float, results: dict[str, Any]) -> Setup:
    """Choose the smallest setup that no larger one beats by the time of setting it up.

    Args:
        seconds: The time of a trial on one core.
        results: All that was measured.

    Returns:
        The setup.
    """
    times = [estimate_seconds(seconds, setup, results) for setup in SETUPS]
    return next(
        setup
        for position, setup in enumerate(SETUPS)
        if all(times[position] - later < SETUP for later in times[position + 1 :])
    )


def _tabulate_throughput(rates: dict[str, float]) -> str:
    rows = [
        [
            name,
            f"{rate:.2f}",
            f"{_find_ratio(rates, name):.1f}",
            f"{_find_ratio(rates, name) / int(name):.0%}",
        ]
        for name, rate in rates.items()
    ]
    return make_table(["workers", "trials per second", "times one worker", "efficiency"], rows)


def _find_ratio(rates: dict[str, float], n_workers: str) -> float:
    return rates[n_workers] / rates["1"]


def _tabulate_storages(storages: dict[str, dict[str, float | None]]) -> str:
    numbers = list(next(iter(storages.values())))
    rows = [
        [name, *("-" if rates[number] is None else f"{rates[number]:.0f}" for number in numbers)]
        for name, rates in storages.items()
    ]
    header = [f"{number} worker{'s' if number != '1' else ''}" for number in numbers]
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
