"""What the command writes on the page: the targets, what was measured, and the tables of each limit."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from itertools import product
from math import isnan
from pathlib import Path

import pandas as pd

from benchmarks.markdown import make_table, set_numbers
from benchmarks.strength.compare import Comparison, compare, keep_complete, keep_longest
from benchmarks.strength.figure import draw_differences
from benchmarks.strength.results import Result
from benchmarks.strength.tables import TABLES, find_measure
from benchmarks.strength.targets import PLANNED, judge
from benchmarks.strength.tools import TOOLS

MARK = "<!-- `make bench-strength` writes what follows. -->\n"


def write_page(results: Iterable[Result], folder: Path) -> None:
    """Write the page's part after the mark, and draw the figures."""
    by_limit: dict[float, list[Result]] = {}
    for result in results:
        by_limit.setdefault(result.limit, []).append(result)
    compared = {limit: keep_complete(found) for limit, found in by_limit.items()}
    comparisons = {limit: compare(found, list(TABLES)) for limit, found in compared.items()}
    (folder / "images").mkdir(parents=True, exist_ok=True)
    differences = pd.concat(_list_differences(*each) for each in comparisons.items())
    differences.round(4).to_csv(folder / "reference/strength_differences.csv", index=False)
    parts = [
        "## Targets",
        *_describe_targets(judge(comparisons, len(TABLES))),
        "## What was measured",
        "How many results a tool has, each of one split of a table:",
        _describe_slices(by_limit),
        _describe_tables(),
    ]
    for limit in sorted(by_limit, key=lambda limit: limit or float("inf")):
        parts += _describe_limit(limit, compared[limit], comparisons[limit], folder / "images")
    path = folder / "reference/strength.md"
    head = path.read_text().partition(MARK)[0] if path.exists() else "# Strength\n\n"
    path.write_text(head + MARK + "\n" + "\n\n".join(parts) + "\n")


def _describe_slices(by_limit: Mapping[float, Sequence[Result]]) -> str:
    """Say for each limit how many results the tools have, of those planned."""
    tools = [name for name, tool in TOOLS.items() if True in tool.limits]
    lines = []
    for limit, splits in PLANNED.items():
        found = by_limit.get(limit, [])
        numbers: dict[int, list[str]] = {}
        for name in tools:
            numbers.setdefault(sum(result.tool == name for result in found), []).append(name)
        counted = [f"{n} of {'; '.join(numbers[n])}" for n in sorted(numbers, reverse=True) if n]
        counted += [
            f"failed {result.tool} on {result.table}" for result in found if result.score is None
        ]
        lines.append(f"- {limit:g} s, {splits * len(TABLES)} planned: {', '.join(counted) or 'none'}.")
    return "\n".join(lines)


def _describe_targets(rows: Sequence[Sequence[str]]) -> list[str]:
    """Show what was measured, and list the rest."""
    header = ["limit", "target", "tool", "measured", "on", "verdict"]
    rest: dict[tuple[str, str], list[str]] = {}
    for limit, target, tool, *_ in (row for row in rows if not row[3]):
        rest.setdefault((target, tool), []).append(limit)
    listed = [f"{target}: {tool} in {', '.join(limits)}" for (target, tool), limits in rest.items()]
    measured = make_table(header, [row for row in rows if row[3]])
    return [measured, *([f"Not measured: {'; '.join(listed)}."] if listed else [])]


def _describe_tables() -> str:
    described = []
    for name, table in TABLES.items():
        X_train, X_test, y, _ = table.split(0)
        kind = "a number" if find_measure(table.task, y) == "r2" else f"{y.nunique()} classes"
        described.append(f"{name} ({len(X_train) + len(X_test):,} by {X_train.shape[1]}, {kind})")
    return f"The tables, with rows, columns and target: {', '.join(described)}."


def _describe_limit(
    limit: float, results: Sequence[Result], comparison: Comparison, images: Path
) -> list[str]:
    title = f"{limit:g} seconds" if limit else "Without a time limit"
    parts = [f"## {title}", _describe_given(results)]
    if comparison.scores.empty:
        return [*parts, "No split of a table was run by all of these tools."]
    name, first = f"strength_{limit:g}s.png", str(comparison.scores.columns[0])
    draw_differences(comparison, title, images / name)
    scores, tools = comparison.scores, [str(tool) for tool in comparison.scores]
    best, ranks = scores.max(axis="columns"), comparison.ranks[tools]
    rows = [
        [table, *(_mark(value, value == best[table]) for value in row)]
        for table, row in zip(scores.index, scores.to_numpy(), strict=True)
    ]
    rows.append(["mean rank", *(_mark(rank, rank == ranks.min(), digits=2) for rank in ranks)])
    rows.append(["median seconds", *(f"{value:.1f}" for value in comparison.seconds.median())])
    rows.append(["most seconds", *(f"{value:.1f}" for value in comparison.seconds.max())])
    return [
        *parts,
        *_list_losses(comparison),
        f"Mean test scores over the splits that all {len(tools)} tools ran (at least {comparison.n_splits} of "
        f"each of {len(scores)} tables), best in bold. By Nemenyi's test at 5%, mean ranks differ if they are "
        f"more than {comparison.critical_difference:.2f} apart.",
        make_table(["table", *tools], rows),
        *_describe_longest(results),
        f"![For each table, the difference of every other tool to {first}](../images/{name})",
    ]


def _describe_longest(results: Sequence[Result]) -> list[str]:
    """Rank the tools that ran on more splits than others among themselves."""
    longest = keep_longest(results)
    if len(longest) == len(results):
        return []
    comparison = compare(longest, list(TABLES))
    ranked = [f"{tool} {rank:.2f}" for tool, rank in comparison.ranks.sort_values().items()]
    return [
        f"{len(ranked)} of these tools ran on {comparison.n_splits} splits of each table. Ranked only against "
        f"each other, their mean ranks are {', '.join(ranked)}. They differ if they are more than "
        f"{comparison.critical_difference:.2f} apart."
    ]


def _describe_given(results: Sequence[Result]) -> str:
    """Name the versions, what each tool was given, and the days."""
    versions: dict[str, set[str]] = {}
    with_boosters: dict[str, dict[str, None]] = {}
    for result in results:
        versions.setdefault(result.tool, set()).add(str(result.given["version"]))
        boosters = ", ".join(f"{name} {version}" for name, version in result.given["boosters"].items())
        with_boosters.setdefault(boosters, {})[result.tool] = None
    listed = [f"{tool} {' and '.join(sorted(versions[tool]))}" for tool in TOOLS if tool in versions]
    listed += [f"{name} in {', '.join(tools)}" for name, tools in with_boosters.items() if name]
    given = (
        f"{label}: {' or '.join(sorted({str(result.given[name]) for result in results}))}"
        for name, label in {"cores": "cores", "memory_gb": "GB", "clock": "clock"}.items()
    )
    days = sorted({result.day for result in results})
    return f"{'; '.join([*listed, *given])}; measured {' to '.join(dict.fromkeys((days[0], days[-1])))}."


def _list_differences(limit: float, comparison: Comparison) -> pd.DataFrame:
    """List each way of this project against each other tool on each table."""
    tools = [str(tool) for tool in comparison.scores]
    return pd.DataFrame(
        {"limit": limit, "table": table, "ours": ours, "other": peer}
        | asdict(comparison.differ(table, ours, peer))
        for ours, table, peer in product(tools, comparison.scores.index, tools)
        if TOOLS[ours].is_ours and not TOOLS[peer].is_ours
    )


def _list_losses(comparison: Comparison) -> list[str]:
    """Say for each way of this project where another tool has a better mean, and where clearly."""
    parts = []
    found = _list_differences(0, comparison)
    for ours, rows in found.groupby("ours", sort=False) if len(found) else ():
        behind = rows[rows["mean"] < 0]
        listed = [
            set_numbers(f"{row.table} ({row.other} {row.mean:+.3f}, {row.low:+.3f} to {row.high:+.3f})")
            for row in behind[behind["high"] < 0].itertuples()
        ]
        parts.append(
            f"**{ours}** is below another tool's mean on {behind['table'].nunique()} of "
            f"{len(comparison.scores)} tables; clearly, with a 95% interval below 0, on: "
            f"{'; '.join(listed) or 'none'}."
        )
    return parts


def _mark(value: float, is_best: bool, digits: int = 3) -> str:
    if isnan(value):
        return "failed"
    return f"**{value:.{digits}f}**" if is_best else f"{value:.{digits}f}"
