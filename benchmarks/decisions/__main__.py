"""Measure how good decisions are, in parts and slices: `make bench-decisions`.

Each result is written at once, and what has a result is not measured again. So a slice that was stopped
goes on with the same command.
"""

import argparse
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from itertools import product
from pathlib import Path
from typing import Any

from benchmarks.decisions import thresholds
from benchmarks.decisions.autogluon import AutoGluon
from benchmarks.decisions.costs import simulate_costs
from benchmarks.decisions.fitting import MODELS, fit
from benchmarks.decisions.interval_tables import measure_intervals
from benchmarks.decisions.intervals import COVERAGE, simulate_intervals
from benchmarks.decisions.page import N_SPLITS, write_page
from benchmarks.decisions.rules import compare_rules
from benchmarks.decisions.simplest import measure_speed, simulate_simplest
from benchmarks.decisions.tables import NUMBERS, TABLES
from benchmarks.estimates.collect import find_searches
from benchmarks.lines import append_line, read_lines
from benchmarks.machine import describe_machine
from benchmarks.parts import silence
from benchmarks.strength.servers import ENVIRONMENTS, find_python
from benchmarks.strength.tools import MEDIUM, TOOLS
from benchmarks.wines import ROOT

Key = tuple[str, str, int, str]


def find_key(record: dict[str, Any]) -> Key:
    """Identify what was measured."""
    return record["part"], record["table"], record["split"], record["model"]


def measure_thresholds(missing: Sequence[Key], keep: Callable[[Key, dict[str, Any]], None]) -> None:
    """Choose thresholds on splits of the tables with a rare class."""
    gluon = AutoGluon(find_python(TOOLS[MEDIUM]))
    ways = thresholds.WAYS | {thresholds.AUTOGLUON: gluon.choose}
    try:
        for key in missing:
            _, table, split, model = key
            known = ENVIRONMENTS / f"decisions/{table}-{split}-{model}.npz"
            fitted = fit(TABLES[table], model, split, known)
            values: dict[str, dict[str, float]] = {name: {} for name in ways}
            chosen: dict[str, dict[str, float]] = {name: {} for name in ways}
            for way, measure, threshold, value in thresholds.judge(fitted, ways, TABLES[table].costs):
                values[way][measure], chosen[way][measure] = round(value, 6), round(threshold, 6)
            keep(key, {"values": values, "thresholds": chosen, "autogluon": gluon.version})
    finally:
        gluon.close()


def measure_interval_tables(missing: Sequence[Key], keep: Callable[[Key, dict[str, Any]], None]) -> None:
    """Predict intervals on splits of the tables with numbers."""
    for key in missing:
        keep(key, {"values": measure_intervals(*key[1:3])})


# Parts in slices: what measures them, their tables and models.
SLICED: dict[str, tuple[Any, Sequence[str], Sequence[str]]] = {
    "thresholds": (measure_thresholds, list(TABLES), MODELS),
    "interval_tables": (measure_interval_tables, list(NUMBERS), ["forest"]),
}
# Parts with a file of their own, which is kept up to date while they run.
SIMULATED: dict[str, tuple[Callable[[], Any], Path]] = {
    "costs": (simulate_costs, find_searches("decisions")),
    "rules": (compare_rules, find_searches("decision_rules")),
    "intervals": (simulate_intervals, COVERAGE),
    "simplest": (simulate_simplest, find_searches("simplest")),
    "speed": (measure_speed, find_searches("simplest_speed")),
}


def main() -> None:
    """Measure what is missing, then write the page."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--parts", nargs="*", choices=[*SLICED, *SIMULATED], default=[*SLICED, *SIMULATED]
    )
    parser.add_argument("--tables", nargs="+", choices=[*TABLES, *NUMBERS], default=[*TABLES, *NUMBERS])
    parser.add_argument("--splits", type=int, default=N_SPLITS)
    parser.add_argument("--again", action="store_true", help="measure anew what has a result")
    parser.add_argument("--output", type=Path, default=ROOT / "docs")
    options = parser.parse_args()
    silence()

    path = options.output / "reference/decisions.jsonl"
    results = {find_key(record): record for record in read_lines(path)}
    machine = describe_machine("scikit-learn", "skrub", "mapie")
    start = time.perf_counter()

    def keep(key: Key, found: dict[str, Any]) -> None:
        facts = {"day": datetime.now(UTC).date().isoformat(), "given": machine}
        results[key] = dict(zip(("part", "table", "split", "model"), key, strict=True)) | found | facts
        append_line(results[key], path)
        minutes = (time.perf_counter() - start) / 60
        print(f"{minutes:.0f} min: {' '.join(map(str, key))}", flush=True)

    for name in (name for name in SLICED if name in options.parts):
        measure, tables, models = SLICED[name]
        keys = [
            (name, table, split, model)
            for split, table, model in product(range(options.splits), tables, models)
            if table in options.tables
        ]
        if missing := [key for key in keys if options.again or key not in results]:
            print(f"{name}: {len(missing)} measurements", flush=True)
            measure(missing, keep)
    for name in (name for name in SIMULATED if name in options.parts):
        simulate, file = SIMULATED[name]
        if options.again:
            file.unlink(missing_ok=True)
        print(name, flush=True)
        simulate()
    write_page(results.values(), options.output)


if __name__ == "__main__":
    main()
