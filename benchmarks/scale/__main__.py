"""Measure more workers and other storages: `make bench-scale`."""

import argparse
import json
import logging
import warnings
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import optuna

from benchmarks.machine import describe_machine
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
    parser.add_argument("--parts", nargs="+", choices=PARTS, default=list(PARTS))
    parser.add_argument("--seconds", type=float, default=15, help="seconds per measurement")
    parser.add_argument("--output", type=Path, default=ROOT / "docs")
    options = parser.parse_args()
    logging.disable()
    warnings.simplefilter("ignore")
    optuna.logging.set_verbosity(optuna.logging.ERROR)

    (options.output / "reference").mkdir(parents=True, exist_ok=True)
    path = options.output / "reference" / "scale.json"
    results: dict[str, Any] = json.loads(path.read_text()) if path.exists() else {"measured": {}}
    results["machine"] = describe_machine("optuna", "joblib", "sqlalchemy", "psycopg")
    server = PostgresServer(durable=True)
    results["machine"]["postgresql"] = server.version
    try:
        for name in options.parts:
            print(name, flush=True)
            results[name] = PARTS[name](options.seconds, server)
            results["measured"][name] = datetime.now(UTC).date().isoformat()
            path.write_text(json.dumps(results, indent=1) + "\n")
    finally:
        server.close()
    (options.output / "reference" / "scale.md").write_text(make_page(results, MINUTES))


if __name__ == "__main__":
    main()
