"""What the command writes on the page: the targets and the tables of all parts."""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from benchmarks.decisions import costs, interval_tables, intervals, simplest
from benchmarks.decisions.compare import LOWER_IS_BETTER, arrange, rank
from benchmarks.decisions.rules import tabulate_rules
from benchmarks.decisions.tables import NUMBERS, TABLES
from benchmarks.decisions.thresholds import FITS, MEASURES, OURS, TUNED
from benchmarks.estimates.collect import find_searches
from benchmarks.markdown import make_table
from benchmarks.strength.compare import find_difference

MARK = "<!-- `make bench-decisions` writes what follows. -->\n"
N_SPLITS = 5
LEVELS = (0.88, 0.92)


def write_page(found: Iterable[Mapping[str, Any]], folder: Path) -> None:
    """Write the page's part after the mark."""
    records = list(found)
    targets: list[list[str]] = []
    sections: list[str] = []
    if rows := [record for record in records if record["part"] == "thresholds"]:
        targets += _judge_thresholds(rows)
        sections += ["## Thresholds", _describe_ranks(rows)]
        _write_means(rows, folder / "reference/decisions/thresholds.csv")
    if find_searches("decisions").exists():
        searches = pd.read_csv(find_searches("decisions"))
        targets += costs.list_targets(searches)
        sections += ["## Corrected costs", costs.tabulate_costs(searches)]
    if find_searches("decision_rules").exists():
        rules = pd.read_csv(find_searches("decision_rules"))
        sections += ["## The choice of the rule", tabulate_rules(rules)]
    if rows := [record for record in records if record["part"] == "interval_tables"]:
        targets += _judge_intervals(rows)
        sections += _describe_intervals(rows)
    if intervals.COVERAGE.exists():
        sections += intervals.tabulate()
    if find_searches("simplest").exists():
        searches = pd.read_csv(find_searches("simplest"))
        sections += ["## The simplest of equally good models", simplest.tabulate_bias(searches)]
    if find_searches("simplest_speed").exists():
        measured = pd.read_csv(find_searches("simplest_speed"))
        targets.append(simplest.judge_speed(measured))
        sections += ["## Speed of prediction", simplest.tabulate(measured)]
    path = folder / "reference/decisions.md"
    head = path.read_text().partition(MARK)[0] if path.exists() else "# Decisions\n\n"
    parts = ["## Targets", make_table(["target", "measured", "on", "verdict"], targets), *sections]
    path.write_text(head + MARK + "\n" + "\n\n".join(parts) + "\n")


def _judge_thresholds(rows: Sequence[Mapping[str, Any]]) -> list[list[str]]:
    lines = []
    for measure in MEASURES:
        frame = arrange(rows, measure)
        n_tables, n = frame.index.get_level_values("table").nunique(), len(frame)
        ranks = rank(frame, measure)
        lines.append(
            [
                f"{_name(measure)}: mean rank at least that of {TUNED}",
                f"{ranks[OURS]:.2f}, {TUNED} {ranks[TUNED]:.2f}",
                f"{n_tables} of {len(TABLES)} tables, {n} of {len(TABLES) * 2 * N_SPLITS} splits and models",
                "met" if ranks[OURS] <= ranks[TUNED] else "missed",
            ]
        )
    fits = f"{FITS[OURS]}, {TUNED} {FITS[TUNED]}"
    return [*lines, ["no extra fits", fits, "each of its choices", "met"]]


def _describe_ranks(rows: Sequence[Mapping[str, Any]]) -> str:
    frames = {measure: arrange(rows, measure) for measure in MEASURES}
    ranks = {measure: rank(frame, measure) for measure, frame in frames.items()}
    ways = [str(way) for way in frames[MEASURES[0]]]
    return make_table(
        ["way", *(f"mean rank by {_name(measure)}" for measure in MEASURES), "extra fits"],
        [
            [
                way,
                *(_mark(ranks[measure][way], ranks[measure].min()) for measure in MEASURES),
                str(FITS[way]),
            ]
            for way in ways
        ],
    )


def _write_means(rows: Sequence[Mapping[str, Any]], path: Path) -> None:
    """Write the mean of each way on each table, and the difference of ours to scikit-learn's."""
    lines = []
    for measure in MEASURES:
        sign = -1 if measure in LOWER_IS_BETTER else 1
        for (table, model), found in arrange(rows, measure).groupby(
            level=["table", "model"], sort=False
        ):
            better = find_difference(sign * found[OURS], sign * found[TUNED])
            lines.append(
                {"measure": measure, "table": table, "model": model, **found.mean()}
                | {f"better than {TUNED} by": better.mean, "low": better.low, "high": better.high}
            )
    pd.DataFrame(lines).round(4).to_csv(path, index=False)


def _judge_intervals(rows: Sequence[Mapping[str, Any]]) -> list[list[str]]:
    covered = arrange(rows, "coverage")[interval_tables.OURS]
    low, high = LEVELS
    by_table = covered.groupby(level="table").mean()
    outside = [f"{table} {share:.1%}" for table, share in by_table.items() if not low <= share <= high]
    on = f"{len(by_table)} of {len(NUMBERS)} tables, {len(covered)} of {len(NUMBERS) * N_SPLITS} splits"
    mean = by_table.mean()
    return [
        [
            "90 ± 2% of test rows in their 90% interval, on average",
            f"{mean:.1%}",
            on,
            "met" if low <= mean <= high else "missed",
        ],
        [
            "the same on each table",
            f"outside: {'; '.join(outside) or 'none'}",
            on,
            "missed" if outside else "met",
        ],
    ]


def _describe_intervals(rows: Sequence[Mapping[str, Any]]) -> list[str]:
    shares, widths = (
        arrange(rows, measure).groupby(level="table", sort=False).mean()
        for measure in ("coverage", "width")
    )
    ways = [way for way in (interval_tables.OURS, interval_tables.MAPIE) if way in shares]
    lines = []
    for table in shares.index:
        ratios = [f"{widths.loc[table, ways[0]] / widths.loc[table, way]:.2f}" for way in ways[1:]]
        lines.append([str(table), *(f"{shares.loc[table, way]:.1%}" for way in ways), *ratios])
    header = ["table", *(f"coverage, {way}" for way in ways), *["ratio of widths"][: len(ways) - 1]]
    return ["## Prediction intervals", make_table(header, lines)]


def _name(measure: str) -> str:
    return {"f1": "F1", "cost": "cost per row"}.get(measure, measure.replace("_", " "))


def _mark(value: float, best: float, digits: int = 2) -> str:
    return f"**{value:.{digits}f}**" if value == best else f"{value:.{digits}f}"
