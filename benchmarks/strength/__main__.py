"""Measure how good the models of different tools are, in slices: `make bench-strength`.

Each result is written at once, and what has a result is not measured again. So a slice that was stopped
goes on with the same command.
"""

import argparse
import sys
import time
from pathlib import Path
from signal import SIGTERM, signal

from benchmarks.parts import silence
from benchmarks.strength.measure import measure, warm_up
from benchmarks.strength.page import write_page
from benchmarks.strength.plan import expect_seconds, list_missing
from benchmarks.strength.results import Result, append_result, load_results
from benchmarks.strength.servers import Server
from benchmarks.strength.tables import TABLES
from benchmarks.strength.targets import PLANNED
from benchmarks.strength.tools import TOOLS
from benchmarks.wines import ROOT


def main() -> None:
    """Measure what is missing, then write the page."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--limit", type=float, default=10, help="seconds of each tool; 0 for no limit")
    parser.add_argument("--splits", type=int, help="how many; the planned number if left out")
    parser.add_argument("--tables", nargs="+", choices=TABLES, default=list(TABLES))
    parser.add_argument("--tools", nargs="+", choices=TOOLS, help="all that fit the limit if left out")
    parser.add_argument("--again", action="store_true", help="measure anew what has a result")
    parser.add_argument("--page", action="store_true", help="measure nothing, only write the page")
    parser.add_argument("--output", type=Path, default=ROOT / "docs")
    options = parser.parse_args()
    silence()

    path = options.output / "reference/strength.jsonl"
    results = load_results(path)
    tools = options.tools or [name for name, tool in TOOLS.items() if bool(options.limit) in tool.limits]
    splits = range(options.splits or PLANNED.get(options.limit, 5))
    done = {} if options.again else results
    missing = list_missing(tools, options.tables, splits, options.limit, done)
    if options.page:
        missing = []
    minutes = expect_seconds(missing, results) / 60
    print(f"{len(missing)} measurements, about {minutes:.0f} minutes", flush=True)
    servers = {tool: Server(tool, TOOLS[tool]) for tool in tools}
    start = time.perf_counter()
    signal(SIGTERM, lambda *_: sys.exit("stopped"))  # which also ends the servers
    try:
        for number, key in enumerate(missing, 1):
            tool = key[0]
            if not servers[tool].is_running:
                warm_up(servers[tool], tool)
            results[key] = measure(servers[tool], key)
            append_result(results[key], path)
            minutes = (time.perf_counter() - start) / 60
            print(f"{number} of {len(missing)}, {minutes:.0f} min: {describe(results[key])}", flush=True)
    finally:
        for server in servers.values():
            server.close()
    if results:
        write_page(results.values(), options.output)


def describe(result: Result) -> str:
    """Describe a result in one line."""
    reached = (result.error or "")[:200] if result.score is None else f"{result.score:.4f}"
    return (
        f"{result.table}, split {result.split}, {result.tool}: {reached} in {result.seconds or 0:.1f} s"
    )


if __name__ == "__main__":
    main()
