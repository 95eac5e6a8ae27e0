"""The tables of docs/reference/simulations.md."""

from collections.abc import Iterator
from itertools import groupby
from typing import Any

from benchmarks.estimates.test_intervals import TARGET
from benchmarks.markdown import make_table


def tabulate(results: dict[str, Any]) -> str:
    """Make the tables of all that was measured."""
    estimates = results["estimates"]
    random = estimates["samplers"][1]
    return "\n\n".join(
        [
            _tabulate_cases(estimates["cases"]),
            _tabulate_cases(estimates["samplers"]),
            f"Less optimistic by {random['less']:.4f} ± {random['less_standard_error']:.4f}",
            _tabulate_nested(estimates["nested"]),
            make_table(
                list(results["splits"]), [[f"{value:.4f}" for value in results["splits"].values()]]
            ),
            _tabulate_quality(results["quality"]),
            *_tabulate_test_intervals(results["test_intervals"]),
        ]
    )


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


def _tabulate_cases(cases: list[dict[str, Any]]) -> str:
    return make_table(
        [
            "search",
            "repetitions",
            "best - truth",
            "corrected - truth",
            "interval holds the truth",
            "width",
            "goal met",
        ],
        [
            [
                case.get("table") or case.get("sampler") or f"{case['model']}, {case['rows']:,} rows",
                f"{case['repetitions']}",
                f"{case['best_error']:+.4f} ± {case['best_standard_error']:.4f}",
                f"{case['error']:+.4f} ± {case['standard_error']:.4f}",
                f"{case['coverage']:.1%}",
                f"{case['relative_width']:.2f}",
                "yes" if case["met"] else "**no**",
            ]
            for case in cases
        ],
    )


def _tabulate_nested(rows: list[dict[str, Any]]) -> str:
    return make_table(
        ["search", "repetitions", "estimate", "estimate - truth", "width", "fits"],
        [
            [
                f"{row['model']}, {row['rows']:,} rows",
                f"{row['repetitions']}",
                name,
                f"{row[f'{prefix}error']:+.4f} ± {row[f'{prefix}standard_error']:.4f}",
                f"{row[f'{prefix}width']:.3f}",
                fits,
            ]
            for row in rows
            for name, prefix, fits in (
                ("corrected", "", "1"),
                ("nested", "nested_", f"{row['cost']:.1f}"),
            )
        ],
    )


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
