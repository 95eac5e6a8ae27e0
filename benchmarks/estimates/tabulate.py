"""The tables of docs/reference/simulations.md."""

from collections.abc import Iterator
from itertools import groupby
from pathlib import Path
from typing import Any

import pandas as pd

from benchmarks.estimates.judge import judge_cells, tabulate_cells
from benchmarks.estimates.test_intervals import TARGET
from benchmarks.markdown import make_table
from benchmarks.wines import ROOT


def find_searches(name: str) -> Path:
    """Find the file with every simulated search of a part."""
    return ROOT / f"docs/reference/simulations/{name}.csv.gz"


def tabulate(results: dict[str, Any]) -> str:
    """Make the tables of all that was measured."""
    by = ["score", "rows", "signal"]
    shipped = pd.read_csv(find_searches("shipped"))
    searches = [
        pd.read_csv(find_searches("estimates")),
        *(kind for _, kind in shipped.groupby("search")),
    ]
    tables = [tabulate_cells(judge_cells(found, by)) for found in searches]
    splits = results["splits"]
    tables.append(make_table(list(splits), [[f"{value:.4f}" for value in splits.values()]]))
    tables.append(_tabulate_quality(results["quality"]))
    if null_model := results.get("null_model"):  # it may not have been measured yet
        tables.append(_tabulate_null_model(null_model))
    return "\n\n".join([*tables, *_tabulate_test_intervals(results["test_intervals"])])


def _tabulate_test_intervals(cells: list[dict[str, Any]]) -> Iterator[str]:
    """Show which share of the intervals hold the truth, and how many there are if not all; misses bold."""

    def show(cell: dict[str, Any]) -> str:
        if not cell["given"]:
            return "none"
        coverage = 1 - (cell["too_high"] + cell["too_low"]) / cell["given"]
        shown = f"{coverage:.1%}" if TARGET[0] <= coverage <= TARGET[1] else f"**{coverage:.1%}**"
        given = cell["given"] / cell["repetitions"]
        return shown if given == 1 else f"{shown} of {given:.0%}"

    for unit in ("rows", "groups"):
        found = [cell for cell in cells if cell["unit"] == unit]
        sizes = sorted({cell["size"] for cell in found})
        lines = groupby(
            sorted(found, key=lambda cell: (cell["score"], cell["scenario"])),  # sizes stay in order
            key=lambda cell: (cell["score"], cell["scenario"]),
        )
        rows = [[*case, *map(show, of_case)] for case, of_case in lines]
        yield make_table(["score", "scenario", *(f"{size} {unit}" for size in sizes)], rows)


def _tabulate_quality(rows: list[dict[str, Any]]) -> str:
    return make_table(
        ["table", "score", "Kedro Sweep", "skrub, untuned", "difference", "standard error"],
        [
            [
                row["table"],
                row["score"],
                f"{row['ours']:.3f}",
                f"{row['theirs']:.3f}",
                f"{row['difference']:+.3f}",
                f"{row['standard_error']:.3f}",
            ]
            for row in rows
        ],
    )


def _tabulate_null_model(found: dict[str, Any]) -> str:
    met = found["cells"] - len(found["missed"])
    rows = [
        [
            cell["target"],
            f"{cell['rows']}",
            "yes" if cell["signal"] else "no",
            cell["score"],
            f"{cell['better']:.0%}",
        ]
        for cell in found["missed"]
    ]
    table = make_table(["target", "rows", "signal", "score", "clearly better than the dummy"], rows)
    return f"Goal met in {met} of {found['cells']} cells; missed in:\n\n{table}"
