"""The tables of docs/reference/simulations.md."""

from pathlib import Path
from typing import Any

import pandas as pd

from benchmarks.estimates.judge import judge_cells, tabulate_cells
from benchmarks.markdown import make_table
from benchmarks.wines import ROOT


def find_searches(name: str) -> Path:
    """Find the file with every simulated search of a part."""
    return ROOT / f"docs/reference/simulations/{name}.csv.gz"


def tabulate(results: dict[str, Any]) -> str:
    """Make the tables of all that was measured."""
    by = ["score", "rows", "signal"]
    tables = [
        tabulate_cells(judge_cells(pd.read_csv(find_searches(name)), by))
        for name in ("estimates", "shipped")
    ]
    splits = results["splits"]
    tables.append(make_table(list(splits), [[f"{value:.4f}" for value in splits.values()]]))
    return "\n\n".join([*tables, _tabulate_quality(results["quality"])])


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
