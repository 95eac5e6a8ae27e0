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
from benchmarks.scale.page import make_page
from benchmarks.scale.rates import bench_draws, bench_storages, bench_throughput
from benchmarks.wines import ROOT

PARTS: dict[str, Callable[[float, PostgresServer], Any]] = {
    "draws": lambda _, __: bench_draws(),
    "storages": bench_storages,
    "throughput": bench_throughput,
}
MINUTES = 6


def main() -> None:
    """Measure each part, save its results at once, and write the page."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--parts", nargs="*", choices=PARTS, default=list(PARTS), help="none: write the page again"
    )
    parser.add_argument("--seconds", type=float, default=15, help="seconds per measurement")
    parser.add_argument("--output", type=Path, default=ROOT / "docs")
    options = parser.parse_args()
    silence()

    folder = options.output / "reference"
    with closing(PostgresServer(durable=True)) as server:
        machine = describe_machine("optuna", "joblib", "sqlalchemy", "psycopg")
        results = measure_parts(
            {name: partial(PARTS[name], options.seconds, server) for name in options.parts},
            folder / "scale.json",
            machine | {"postgresql": server.version},
        )
    (folder / "scale.md").write_text(make_page(results, MINUTES))


if __name__ == "__main__":
    main()
