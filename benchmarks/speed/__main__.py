"""Measure the speed of the search, part by part: `make bench`."""

import argparse
import json
import time
from collections.abc import Callable
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple

from benchmarks.machine import describe_machine
from benchmarks.parts import silence
from benchmarks.speed.chart import draw_chart
from benchmarks.speed.commands import bench_commands
from benchmarks.speed.forests import Curves, bench_few, bench_many
from benchmarks.speed.growth import bench_growth
from benchmarks.speed.memory import bench_memory
from benchmarks.speed.no_reuse import bench_no_reuse
from benchmarks.speed.others import bench_others
from benchmarks.speed.page import make_page, make_rows
from benchmarks.speed.row import Row
from benchmarks.speed.text import bench_text
from benchmarks.wines import ROOT


class Part(NamedTuple):
    """How to measure a part, and about how many minutes it takes on two cores."""

    bench: Callable[[int], tuple[list[Row], Curves]]
    minutes: float


def without_curves(bench: Callable[[int], list[Row]]) -> Callable[[int], tuple[list[Row], Curves]]:
    """Give a part that only has rows the same form as the others.

    Args:
        bench: Measures a part.

    Returns:
        The same function, which also returns empty curves.
    """
    return lambda repeats: (bench(repeats), {})


PARTS = {
    "few": Part(bench_few, 4),
    "many": Part(bench_many, 3),
    "others": Part(without_curves(bench_others), 3),
    "growth": Part(without_curves(bench_growth), 7),
    "no_reuse": Part(without_curves(bench_no_reuse), 5),
    "text": Part(without_curves(bench_text), 4),
    "memory": Part(without_curves(lambda _: bench_memory()), 1),
    "commands": Part(without_curves(bench_commands), 3),
}


def main() -> None:
    """Measure, save each part as soon as it ends, print the table, and write the page and the chart."""
    minutes = {name: part.minutes for name, part in PARTS.items()}
    parser = argparse.ArgumentParser(description=__doc__, epilog=f"Minutes by part: {minutes}")
    parser.add_argument(
        "--parts",
        nargs="*",
        choices=PARTS,
        default=list(PARTS),
        help="none: write the page and the chart again",
    )
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--output", type=Path, default=ROOT / "docs")
    options = parser.parse_args()
    silence()

    (options.output / "images").mkdir(parents=True, exist_ok=True)
    (options.output / "reference").mkdir(parents=True, exist_ok=True)
    path = options.output / "reference" / "benchmarks.json"
    results: dict[str, Any] = json.loads(path.read_text()) if path.exists() else {}
    for name in options.parts:
        print(f"{name}: about {PARTS[name].minutes:g} minutes", flush=True)
        start = time.perf_counter()
        rows, curves = PARTS[name].bench(options.repeats)
        keep(results, name, rows, curves)
        path.write_text(json.dumps(results, indent=1) + "\n")
        took = (time.perf_counter() - start) / 60
        print(f"{make_rows({name: results['rows'][name]})}\n{took:.1f} minutes\n", flush=True)
    draw_chart(results["curves"], results["rows"], options.output / "images/benchmark.png")
    (options.output / "reference" / "benchmarks.md").write_text(
        make_page(results, round(sum(minutes.values())))
    )


def keep(results: dict[str, Any], part: str, rows: list[Row], curves: Curves) -> None:
    """Add the measurements of a part to the results.

    Args:
        results: All measurements so far.
        part: Name of the part.
        rows: Its rows.
        curves: For each way, the seconds after which each trial was finished.
    """
    results.setdefault("rows", {})[part] = [asdict(row) for row in rows]
    results["rows"] = {name: results["rows"][name] for name in PARTS if name in results["rows"]}
    results["curves"] = results.get("curves", {}) | curves
    results.setdefault("measured", {})[part] = datetime.now(UTC).date().isoformat()
    results["machine"] = describe_machine("kedro", "optuna", "scikit-learn", "pandas")


if __name__ == "__main__":
    main()
