"""Simulate whether the estimates are right: `make bench-estimates`."""

import argparse
from collections.abc import Callable
from pathlib import Path
from typing import Any

from benchmarks.estimates.quality import bench_quality
from benchmarks.estimates.search_findings import simulate
from benchmarks.estimates.simulation import compare, simulate_all, simulate_samplers
from benchmarks.estimates.splits import compare_over_splits
from benchmarks.estimates.tabulate import tabulate
from benchmarks.machine import describe_machine
from benchmarks.parts import measure_parts, silence
from benchmarks.strength.settings import load_parameters
from benchmarks.wines import ROOT, load_all_wine

PARTS: dict[str, Callable[[], Any]] = {
    "quality": bench_quality,
    "splits": lambda: compare_over_splits(load_all_wine(), load_parameters("base")),
    "search_findings": simulate,
    "estimates": lambda: compare(simulate_all(), simulate_samplers()),
}


def main() -> None:
    """Measure, save the results of each part as soon as it ends, and print the tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--parts", nargs="*", choices=PARTS, default=list(PARTS), help="none: only print"
    )
    parser.add_argument("--output", type=Path, default=ROOT / "docs")
    options = parser.parse_args()
    silence()

    machine = describe_machine("optuna", "scikit-learn", "pandas", "skrub")
    parts = {name: PARTS[name] for name in options.parts}
    results = measure_parts(parts, options.output / "reference/simulations.json", machine)
    print(tabulate(results))


if __name__ == "__main__":
    main()
