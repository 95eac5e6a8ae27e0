"""Measure how good the models of a short search are: `make bench-strength`."""

import argparse
import os
from pathlib import Path

from benchmarks.machine import describe_machine
from benchmarks.parts import silence
from benchmarks.strength.compare import compare
from benchmarks.strength.figure import draw_differences
from benchmarks.strength.results import Result, load_results, save_results
from benchmarks.strength.run import METHODS, measure, warm_up
from benchmarks.strength.tables import TABLES
from benchmarks.strength.tabulate import describe_tables, tabulate
from benchmarks.wines import ROOT

PACKAGES = ["scikit-learn", "optuna", "flaml", "lightgbm", "xgboost", "catboost", "skrub", "pandas"]
SPLITS = "their seeds; none: only print and draw again"


def main() -> None:
    """Run what is missing, save each result as soon as it exists, print the tables, and draw the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=10, help="of each search; 0 for none")
    parser.add_argument("--tables", nargs="+", choices=TABLES, default=list(TABLES))
    parser.add_argument("--methods", nargs="+", choices=METHODS, default=list(METHODS))
    parser.add_argument("--splits", nargs="*", type=int, default=list(range(5)), help=SPLITS)
    parser.add_argument("--again", action="store_true", help="measure anew what has a result")
    parser.add_argument("--output", type=Path, default=ROOT / "docs")
    options = parser.parse_args()
    silence()
    os.environ["PYTHONWARNINGS"] = "ignore"  # of worker processes

    asked = [
        (table, split, method, options.seconds)
        for split in options.splits
        for table in options.tables
        for method in options.methods
    ]
    (options.output / "reference").mkdir(parents=True, exist_ok=True)
    # Methods without a limit are compared on their own.
    name = "strength.json" if options.seconds else "strength_default.json"
    path = options.output / "reference" / name
    results = {result.key: result for result in load_results(path)}
    reached = {key for key, result in results.items() if result.score is not None}
    missing = [key for key in asked if options.again or key not in reached]
    if missing:
        print("Warming up.", flush=True)
        warm_up(options.methods)
    for number, key in enumerate(missing, 1):
        result = measure(*key)
        results[key] = result
        save_results(list(results.values()), describe_machine(*PACKAGES), path)
        print(f"{number:3} of {len(missing)}: {describe(result)}", flush=True)
    show(list(results.values()), options.output / "images")


def describe(result: Result) -> str:
    """Describe a result in one line."""
    reached = (result.error or "")[:200] if result.score is None else f"{result.score:.4f}"
    return f"{result.table}, split {result.split}, {result.method}: {reached} in {result.seconds:.1f} s"


def show(results: list[Result], images: Path) -> None:
    """Print the tables of each budget, and draw its figure."""
    images.mkdir(parents=True, exist_ok=True)
    print(describe_tables())
    for budget in sorted({result.budget for result in results}):
        of_budget = [result for result in results if result.budget == budget]
        comparison = compare(of_budget, list(TABLES), list(METHODS))
        title = f"After {budget:g} seconds of search" if budget else "Without a time limit"
        draw_differences(comparison, title, images / f"strength_{budget:g}s.png")
        print(f"\n{title}\n\n{tabulate(comparison)}")


if __name__ == "__main__":
    main()
