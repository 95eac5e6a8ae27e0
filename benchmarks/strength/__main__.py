"""Measure how good the models of a short search are: `make bench-strength`."""

import argparse
import os
from pathlib import Path

from benchmarks.machine import describe_machine
from benchmarks.parts import silence
from benchmarks.strength.compare import compare
from benchmarks.strength.figure import draw_differences
from benchmarks.strength.methods import METHODS
from benchmarks.strength.page import make_page, name_image
from benchmarks.strength.results import Result, load_machine, load_results, save_results
from benchmarks.strength.run import measure, warm_up
from benchmarks.strength.settings import ROOT
from benchmarks.strength.tables import TABLES

PACKAGES = ["scikit-learn", "optuna", "flaml", "lightgbm", "xgboost", "catboost", "skrub", "pandas"]
SPLITS = "their seeds; none: write the page and the figures again"


def main() -> None:
    """Run what is missing, save each result as soon as it exists, and write the page and the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=10, help="of each search")
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
    path = options.output / "reference" / "strength.json"
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
    write(list(results.values()), load_machine(path), options.output)


def describe(result: Result) -> str:
    """Describe a result in one line.

    Args:
        result: The result.

    Returns:
        The line.
    """
    reached = (result.error or "")[:200] if result.score is None else f"{result.score:.4f}"
    return f"{result.table}, split {result.split}, {result.method}: {reached} in {result.seconds:.1f} s"


def write(results: list[Result], machine: dict[str, object], output: Path) -> None:
    """Write the page and a figure for each budget.

    Args:
        results: Results of all budgets.
        machine: The machine they were measured on.
        output: The folder of the documentation.
    """
    (output / "images").mkdir(parents=True, exist_ok=True)
    budgets = sorted({result.budget for result in results})
    comparisons = {
        budget: compare(
            [result for result in results if result.budget == budget], list(TABLES), list(METHODS)
        )
        for budget in budgets
    }
    for budget, comparison in comparisons.items():
        draw_differences(
            comparison, f"After {budget:g} seconds of search", output / "images" / name_image(budget)
        )
        print(comparison.scores.round(4).to_string())
        print(comparison.ranks.round(2).to_string())
    days = sorted(result.day for result in results)
    (output / "reference" / "strength.md").write_text(make_page(comparisons, machine, days))


if __name__ == "__main__":
    main()
