"""Simulate whether the estimates are right: `make bench-estimates`."""

import argparse
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd

from benchmarks.estimates.collect import find_searches
from benchmarks.estimates.drift import simulate_drift
from benchmarks.estimates.judge import judge_cells
from benchmarks.estimates.null_model import simulate_null_model
from benchmarks.estimates.quality import bench_quality
from benchmarks.estimates.racing import simulate_racing
from benchmarks.estimates.racing_tables import judge_racing
from benchmarks.estimates.runs import simulate_runs
from benchmarks.estimates.search_and_test import judge_alarms, simulate_search_and_test
from benchmarks.estimates.search_findings import simulate
from benchmarks.estimates.shipped import simulate_shipped
from benchmarks.estimates.simulation import simulate_all
from benchmarks.estimates.slices import simulate_slices
from benchmarks.estimates.splits import compare_over_splits
from benchmarks.estimates.tabulate import tabulate
from benchmarks.estimates.test_intervals import bench_test_intervals
from benchmarks.estimates.time_blocks import simulate_time_blocks
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
    "slices": simulate_slices,
    "drift": simulate_drift,
    "calibration": lambda: judge("calibration", simulate_all("calibration", "calibration")),
    "estimates": lambda: judge("estimates", simulate_all("estimates", "published")),
    "shipped": lambda: judge("shipped", simulate_shipped(), "search"),
    "runs": lambda: judge("runs", simulate_runs()),
    "time_blocks": lambda: judge("time_blocks", simulate_time_blocks(), "method"),
    "search_and_test": lambda: keep("search_and_test", judge_alarms(simulate_search_and_test())),
    "racing": lambda: keep("racing", judge_racing(simulate_racing(), ["search", "signal"])),
}


def judge(name: str, searches: pd.DataFrame, *by: str) -> dict[str, int]:
    """Judge the cells of a simulation by their bias and coverage."""
    cells = judge_cells(searches, [*by, "kind", "signal", "score", "rows"])
    return keep(name, cells.assign(is_missed=cells["is_biased"] | cells["is_off"]))


def keep(name: str, cells: pd.DataFrame) -> dict[str, int]:
    """Write the figures of all cells to a file, and count those that miss a target."""
    cells.round(4).to_csv(find_searches(name).with_name(f"{name}_cells.csv"), index=False)
    return {"cells": len(cells), "misses": int(cells["is_missed"].sum())}


def main() -> None:
    """Measure, save the results of each part as soon as it ends, and print the tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--parts", nargs="*", choices=PARTS, default=list(PARTS), help="none: only print"
    )
    parser.add_argument("--again", action="store_true", help="simulate known searches again, too")
    parser.add_argument("--output", type=Path, default=ROOT / "docs")
    options = parser.parse_args()
    silence()
    for name in options.parts if options.again else ():
        find_searches(name).unlink(missing_ok=True)

    machine = describe_machine("optuna", "scikit-learn", "pandas", "skrub")
    parts = {name: PARTS[name] for name in options.parts}
    results = measure_parts(parts, options.output / "reference/simulations.json", machine)
    print(tabulate(results))


if __name__ == "__main__":
    main()
