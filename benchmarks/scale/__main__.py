"""Measure more workers and other storages: `make bench-scale`."""

import argparse
from collections.abc import Callable
from contextlib import closing
from functools import partial
from pathlib import Path
from typing import Any

from benchmarks.machine import describe_machine
from benchmarks.parts import measure_parts, silence
from benchmarks.postgres import PostgresServer
from benchmarks.scale.rates import bench_draws, bench_storages, bench_throughput
from benchmarks.scale.tabulate import tabulate
from benchmarks.wines import ROOT

PARTS = ["draws", "storages", "throughput"]
SECONDS = {"storages": 5.0, "throughput": 15.0}
# In a shorter measurement, too few trials of one second would finish.
MIN_SECONDS = 5


def main() -> None:
    """Measure each part, save its results at once, and print the tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--parts", nargs="*", choices=PARTS, default=PARTS, help="none: only print")
    parser.add_argument("--rounds", type=int, default=5, help="measurements of each figure")
    parser.add_argument("--seconds", type=float, help=f"per measurement; by default {SECONDS}")
    parser.add_argument("--output", type=Path, default=ROOT / "docs")
    options = parser.parse_args()
    if options.rounds < 1:
        parser.error(f"--rounds {options.rounds}: must be at least 1")
    if options.seconds is not None and options.seconds < MIN_SECONDS:
        parser.error(f"--seconds {options.seconds:g}: must be at least {MIN_SECONDS}")
    silence()

    with closing(PostgresServer(durable=True)) as server:
        machine = describe_machine("optuna", "joblib", "sqlalchemy", "psycopg")
        seconds = SECONDS if options.seconds is None else dict.fromkeys(SECONDS, options.seconds)
        parts: dict[str, Callable[[], Any]] = {
            "draws": partial(bench_draws, options.rounds),
            "storages": partial(bench_storages, options.rounds, seconds["storages"], server),
            "throughput": partial(bench_throughput, options.rounds, seconds["throughput"], server),
        }
        results = measure_parts(
            {name: parts[name] for name in options.parts},
            options.output / "reference/scale.json",
            machine | {"postgresql": server.version},
        )
    print(tabulate(results))


if __name__ == "__main__":
    main()
