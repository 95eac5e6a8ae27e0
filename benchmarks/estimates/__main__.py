"""Simulate whether the estimates are right: `make bench-estimates`."""

import argparse
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd

from benchmarks.estimates.judge import judge_cells
from benchmarks.estimates.null_model import simulate_null_model
from benchmarks.estimates.quality import bench_quality
from benchmarks.estimates.search_findings import simulate
from benchmarks.estimates.shipped import simulate_shipped
from benchmarks.estimates.simulation import simulate_all
from benchmarks.estimates.splits import compare_over_splits
from benchmarks.estimates.tabulate import find_searches, tabulate
from benchmarks.estimates.test_intervals import bench_test_intervals
from benchmarks.machine import describe_machine
from benchmarks.parts import measure_parts, silence
from benchmarks.strength.settings import load_parameters
from benchmarks.wines import ROOT, load_all_wine

PARTS: dict[str, Callable[[], Any]] = {
    "quality": bench_quality,
    "null_model": simulate_null_model,
    "splits": lambda: compare_over_splits(load_all_wine(), load_parameters("base")),
    "search_findings": simulate,
    "test_intervals": bench_test_intervals,
    "calibration": lambda: keep("calibration", simulate_all("calibration")),
    "estimates": lambda: keep("estimates", simulate_all("published")),
    "shipped": lambda: keep("shipped", simulate_shipped()),
}


def keep(name: str, searches: pd.DataFrame) -> dict[str, Any]:
    """Save every search, and list the cells that miss a target."""
    path = find_searches(name)
    path.parent.mkdir(exist_ok=True)
    searches.to_csv(path, index=False, float_format="%.6g", compression={"method": "gzip", "mtime": 0})
    by = ["search"] if "search" in searches else []
    cells = judge_cells(searches, [*by, "kind", "signal", "score", "rows"])
    misses = cells[cells["is_biased"] | cells["is_off"]]
    return {"searches": len(searches), "cells": len(cells), "misses": misses.to_dict("records")}


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
