"""Measure the speed of the search, part by part, and print the table of docs/reference/benchmarks.md."""

import argparse
import json
from collections.abc import Callable
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from benchmarks.machine import describe_machine
from benchmarks.parts import silence
from benchmarks.speed.chart import draw_chart, draw_growth
from benchmarks.speed.commands import bench_commands
from benchmarks.speed.draws import bench_draws
from benchmarks.speed.first import bench_first
from benchmarks.speed.forests import bench_few, bench_many
from benchmarks.speed.growth import bench_growth, bench_largest, tabulate_growth
from benchmarks.speed.others import (
    bench_cores,
    bench_large,
    bench_memory,
    bench_no_reuse,
    bench_others,
    bench_text,
)
from benchmarks.speed.row import Measured, tabulate
from benchmarks.speed.sharing import bench_sharing
from benchmarks.wines import ROOT

# How to measure each part, and about how many minutes five runs take on two slow cores.
PARTS: dict[str, tuple[Callable[[int], Measured], int]] = {
    "few": (bench_few, 5),
    "many": (bench_many, 4),
    "draws": (bench_draws, 1),
    "others": (bench_others, 4),
    "large": (bench_large, 7),
    "cores": (bench_cores, 8),
    "sharing": (bench_sharing, 3),
    "no_reuse": (bench_no_reuse, 5),
    "text": (bench_text, 5),
    "memory": (bench_memory, 1),
    "commands": (bench_commands, 5),
    "first": (bench_first, 9),
    "growth": (bench_growth, 5),
    "largest": (bench_largest, 8),
}
# The rest takes half an hour.
ONLY_BY_NAME = {"others", "large", "sharing", "no_reuse", "text", "first", "largest"}


def main() -> None:
    """Measure, save each part as soon as it ends, draw the charts, and print the tables."""
    minutes = {name: minutes for name, (_, minutes) in PARTS.items()}
    parser = argparse.ArgumentParser(description=__doc__, epilog=f"Minutes by part: {minutes}")
    parser.add_argument(
        "--parts",
        nargs="*",
        choices=PARTS,
        default=[name for name in PARTS if name not in ONLY_BY_NAME],
        help="none: only print and draw again",
    )
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--output", type=Path, default=ROOT / "docs")
    options = parser.parse_args()
    silence()

    for folder in ("images", "reference"):
        (options.output / folder).mkdir(parents=True, exist_ok=True)
    path = options.output / "reference/benchmarks.json"
    results: dict[str, Any] = json.loads(path.read_text()) if path.exists() else {}
    for name in options.parts:
        bench, about = PARTS[name]
        print(f"{name}: about {about} minutes", flush=True)
        keep(results, name, bench(options.repeats))
        path.write_text(json.dumps(results, indent=1) + "\n")
    draw_chart(results["curves"], results["rows"], options.output / "images/benchmark.png")
    draw_growth(results["growth"], options.output / "images/growth.png")
    print(tabulate(row for part in results["rows"].values() for row in part))
    print(tabulate_growth(results["growth"]))


def keep(results: dict[str, Any], part: str, measured: Measured) -> None:
    """Add the measurements of a part to the results."""
    rows, drawn = measured
    results.setdefault("rows", {})[part] = [asdict(row) for row in rows]
    results["rows"] = {name: results["rows"][name] for name in PARTS if name in results["rows"]}
    for name, figures in drawn.items():
        results[name] = results.get(name, {}) | figures
    results.setdefault("measured", {})[part] = datetime.now(UTC).date().isoformat()
    results["machine"] = describe_machine("kedro", "optuna", "scikit-learn", "pandas")


if __name__ == "__main__":
    main()
