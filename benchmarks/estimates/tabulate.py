"""The tables of docs/reference/simulations.md."""

from collections.abc import Iterator
from itertools import groupby
from typing import Any

import pandas as pd

from benchmarks.estimates.alternatives import compare_widths, compare_with_nested, compare_with_plain
from benchmarks.estimates.collect import find_searches
from benchmarks.estimates.judge import (
    count_misses,
    judge_cells,
    tabulate_cells,
    tabulate_coverage,
    tabulate_misses,
)
from benchmarks.estimates.null_model import CELLS
from benchmarks.estimates.populations import SIGNALS
from benchmarks.estimates.racing_tables import judge_racing, tabulate_racing
from benchmarks.estimates.runs import tabulate_runs
from benchmarks.estimates.search_and_test import judge_alarms
from benchmarks.estimates.test_intervals import TARGET
from benchmarks.estimates.time_blocks import METHODS
from benchmarks.markdown import make_table

MANY_ROWS = 300  # the cells with fewer are in the files only


def tabulate(results: dict[str, Any]) -> str:
    """Make the tables of all that was measured; those of all cells are in the files beside the page."""
    by = ["score", "rows", "signal"]
    estimates, shipped = (pd.read_csv(find_searches(name)) for name in ("estimates", "shipped"))
    pooled, of_shipped = judge_cells(estimates, by), judge_cells(shipped, ["search", *by])
    tables = [tabulate_misses(pooled, "rows"), count_misses(judge_cells(estimates, ["kind", *by]))]
    tables.append(tabulate_misses(of_shipped, "search"))
    tables += [tabulate_coverage(estimates, ["score"]), tabulate_coverage(shipped, ["search"])]
    pooled.round(4).to_csv(find_searches("x").with_name("estimates_pooled.csv"), index=False)
    tables.append(compare_widths(pd.read_csv(find_searches("calibration"))))
    tables += [compare_with_plain(shipped), compare_with_nested(estimates)]
    tables.append(_tabulate_alarms(judge_alarms(pd.read_csv(find_searches("search_and_test")))))
    runs = pd.read_csv(find_searches("runs"))
    tables.append(tabulate_runs(runs[runs["rows"] == MANY_ROWS]))
    blocks = judge_cells(pd.read_csv(find_searches("time_blocks")), ["kind", "method", *by])
    tables.append(_tabulate_blocks(blocks))
    shown = blocks[(blocks["method"] == [*METHODS][-1]) & (blocks["score"] == "accuracy")]
    tables.append(tabulate_cells(shown.assign(score=shown["kind"])))
    tables.append(tabulate_racing(judge_racing(pd.read_csv(find_searches("racing")), []), []))
    splits = results["splits"]
    tables.append(make_table(list(splits), [[f"{value:.4f}" for value in splits.values()]]))
    tables.append(_tabulate_quality(results["quality"]))
    tables.append(_tabulate_null_model(pd.read_csv(CELLS)))
    return "\n\n".join([*tables, *_tabulate_test_intervals(results["test_intervals"])])


def _tabulate_alarms(cells: pd.DataFrame) -> str:
    """Show which share of the tests have the finding, with its interval; misses bold."""
    cells = cells.sort_values(["score", "rows", "shift"], kind="stable")
    rows = []
    for (score, n_rows, shift), found in cells.groupby(["score", "rows", "shift"], sort=False):
        line = [str(score), f"{n_rows:,}", f"{shift}"]
        for signal in SIGNALS:
            cell = found[found["signal"] == signal].to_dict("records")
            text = (
                f"{cell[0]['rate']:.1%} ({cell[0]['low']:.1%} to {cell[0]['high']:.1%})" if cell else ""
            )
            line.append(f"**{text}**" if cell and cell[0]["is_missed"] else text)
        rows.append(line)
    return make_table(["score", "rows", "fall", *SIGNALS], rows)


def _tabulate_blocks(cells: pd.DataFrame) -> str:
    """Show the range of bias and coverage over the cells of each way to draw blocks."""
    rows = []
    for (kind, method), found in cells.groupby(["kind", "method"], sort=False):
        n, n_biased, n_off = len(found), found["is_biased"].sum(), found["is_off"].sum()
        bias, coverage = found["bias"], found["coverage"]
        rows.append(
            [
                f"{kind}, {method}",
                f"{bias.min():+.2f} to {bias.max():+.2f}",
                f"{n_biased} of {n}",
                f"{coverage.min():.0%} to {coverage.max():.0%}, mean {coverage.mean():.0%}",
                f"{n_off} of {n}",
            ]
        )
    return make_table(["signal, blocks", "bias", "misses", "coverage", "misses"], rows)


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


def _tabulate_null_model(cells: pd.DataFrame) -> str:
    rows = [
        [
            cell["target"],
            f"{cell['rows']}",
            "yes" if cell["signal"] else "no",
            cell["score"],
            f"{cell['better']:.0%} ({cell['better_low']:.0%} to {cell['better_high']:.0%})",
        ]
        for cell in cells[~cells["met"]].to_dict("records")
    ]
    table = make_table(["target", "rows", "signal", "score", "clearly better than the dummy"], rows)
    most = cells[~cells["signal"]].groupby(["target", "rows"], sort=False)["better"].agg(["size", "max"])
    return f"{table}\n\n{most}"
