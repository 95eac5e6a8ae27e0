"""What the command writes on the page: the targets, what was measured, and the tables of each limit."""

from collections.abc import Iterable, Mapping, Sequence
from math import isnan
from pathlib import Path

from benchmarks.markdown import make_table
from benchmarks.strength.compare import Comparison, Difference, compare
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
    comparisons = {limit: compare(found, list(TABLES)) for limit, found in by_limit.items()}
    (folder / "images").mkdir(parents=True, exist_ok=True)
    parts = [
        "## Targets",
        make_table(
            ["limit", "target", "tool", "measured", "on", "verdict"], judge(comparisons, len(TABLES))
        ),
        "## What was measured",
        "How many results exist, of those planned. A result is that of one split of a table.",
        _describe_slices(by_limit),
        "## Tables",
        _describe_tables(),
    ]
    for limit in sorted(by_limit, key=lambda limit: limit or float("inf")):
        parts += _describe_limit(limit, by_limit[limit], comparisons[limit], folder / "images")
    path = folder / "reference/strength.md"
    head = path.read_text().partition(MARK)[0] if path.exists() else "# Strength\n\n"
    path.write_text(head + MARK + "\n" + "\n\n".join(parts) + "\n")


def _describe_slices(by_limit: Mapping[float, Sequence[Result]]) -> str:
    rows = []
    for name, tool in TOOLS.items():
        if True not in tool.limits:
            continue
        cells = []
        for limit, splits in PLANNED.items():
            found = [result for result in by_limit.get(limit, []) if result.tool == name]
            failed = sum(result.score is None for result in found)
            cells.append(
                f"{len(found)} of {splits * len(TABLES)}" + (f", {failed} failed" if failed else "")
            )
        rows.append([name, *cells])
    return make_table(["tool", *(f"{limit:g} s" for limit in PLANNED)], rows)


def _describe_tables() -> str:
    rows: list[list[str]] = []
    for name, table in TABLES.items():
        X_train, X_test, y, _ = table.split(0)
        missing = X_train.isna().to_numpy().sum() + X_test.isna().to_numpy().sum()
        kind = "number" if find_measure(table.task, y) == "r2" else f"{y.nunique()} classes"
        rows.append(
            [
                name,
                f"{len(X_train) + len(X_test):,}",
                f"{X_train.shape[1]}",
                f"{len(X_train.select_dtypes('str').columns)}",
                f"{missing:,}",
                f"`{table.target}`, {kind}",
                table.about,
            ]
        )
    header = [
        "table",
        "rows",
        "columns",
        "text columns",
        "missing values",
        "target",
        "what is predicted",
    ]
    return make_table(header, rows)


def _describe_limit(
    limit: float, results: Sequence[Result], comparison: Comparison, images: Path
) -> list[str]:
    title = f"{limit:g} seconds" if limit else "Without a time limit"
    parts = [f"## {title}", "What each tool was given:", _describe_given(results)]
    if comparison.scores.empty:
        return [*parts, "No split of a table was run by all of these tools."]
    name, first = f"strength_{limit:g}s.png", str(comparison.scores.columns[0])
    draw_differences(comparison, title, images / name)
    scores, tools = comparison.scores, [str(tool) for tool in comparison.scores]
    best, ranks = scores.max(axis="columns"), comparison.ranks[tools]
    score_rows = [
        [table, *(_mark(value, value == best[table]) for value in row)]
        for table, row in zip(scores.index, scores.to_numpy(), strict=True)
    ]
    score_rows.append(["mean rank", *(_mark(rank, rank == ranks.min(), digits=2) for rank in ranks)])
    second_rows = [
        [table, *(f"{value:.1f}" for value in row)]
        for table, row in zip(scores.index, comparison.seconds.to_numpy(), strict=True)
    ]
    return [
        *parts,
        *_list_losses(comparison),
        f"Mean test scores over the splits that all {len(tools)} tools ran (at least {comparison.n_splits} of "
        f"each of {len(scores)} tables), best in bold. By Nemenyi's test at 5%, mean ranks differ if they are "
        f"more than {comparison.critical_difference:.2f} apart.",
        make_table(["table", *tools], score_rows),
        f"![For each table, the difference of every other tool to {first}](../images/{name})",
        "Mean seconds until the model was fitted:",
        make_table(["table", *tools], second_rows),
    ]


def _describe_given(results: Sequence[Result]) -> str:
    rows = []
    for tool in TOOLS:
        if not (found := [result for result in results if result.tool == tool]):
            continue
        days = sorted({result.day for result in found})
        boosters = {
            ", ".join(f"{name} {version}" for name, version in result.given["boosters"].items())
            for result in found
        }
        values = [
            sorted({str(result.given[name]) for result in found})
            for name in ("version", "cores", "memory_gb", "processor", "clock")
        ]
        rows.append(
            [
                tool,
                "; ".join(values[0]),
                "; ".join(sorted(boosters)) or "none",
                *("; ".join(value) for value in values[1:]),
                days[0] if len(days) == 1 else f"{days[0]} to {days[-1]}",
            ]
        )
    header = ["tool", "version", "boosters", "cores", "memory in GB", "processor", "clock", "measured"]
    return make_table(header, rows)


def _list_losses(comparison: Comparison) -> list[str]:
    """List for each way of this project where another tool has a better mean."""
    parts = []
    tools = [str(tool) for tool in comparison.scores]
    peers = [tool for tool in tools if not TOOLS[tool].is_ours]
    for ours in (tool for tool in tools if TOOLS[tool].is_ours):
        rows = []
        for table in comparison.scores.index:
            found = {peer: comparison.differ(table, ours, peer) for peer in peers}
            ahead = sorted((that.mean, peer) for peer, that in found.items() if that.mean < 0)
            if ahead:
                listed = [f"{peer} {_describe(found[peer])}" for _, peer in ahead]
                rows.append([table, "; ".join(listed)])
        n = len(comparison.scores)
        parts.append(f"**{ours}** is below another tool's mean on {len(rows)} of {n} tables.")
        if rows:
            parts.append(
                make_table(
                    [
                        "table",
                        f"{ours} minus what is ahead: mean ± standard error (95% interval), bold if below 0",
                    ],
                    rows,
                )
            )
    return parts


def _mark(value: float, is_best: bool, digits: int = 3) -> str:
    if isnan(value):
        return "failed"
    return f"**{value:.{digits}f}**" if is_best else f"{value:.{digits}f}"


def _describe(found: Difference) -> str:
    if isnan(found.mean):
        return "failed"
    if isnan(found.standard_error):
        return f"{found.mean:+.3f}"
    text = f"{found.mean:+.3f} ± {found.standard_error:.3f} ({found.low:+.3f} to {found.high:+.3f})"
    return f"**{text}**" if found.is_loss else text
