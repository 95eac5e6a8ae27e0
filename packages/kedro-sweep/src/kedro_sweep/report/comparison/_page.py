"""The HTML page of all runs: a table for each group of comparable ones, then the others."""

import logging
from collections.abc import Sequence
from typing import Any

import pandas as pd

from kedro_sweep import text
from kedro_sweep.errors import InputError
from kedro_sweep.report._axis import Axis
from kedro_sweep.report._html import load_template
from kedro_sweep.report._runs import Run, describe_count, read_runs
from kedro_sweep.report.comparison import _groups as compare
from kedro_sweep.report.comparison import _table as tables
from kedro_sweep.report.comparison._changes import describe_models
from kedro_sweep.report.comparison._choice import Choice, choose_run, describe_choice
from kedro_sweep.report.page import ReportData

logger = logging.getLogger(__name__)

MAX_DRAWN = 30  # more drawings would make the page slow


def compare_runs(tracked_runs: pd.DataFrame, results: ReportData) -> tuple[pd.DataFrame, str]:
    """Make the table of the runs comparable with the current one, and the page of all runs."""
    mark = results.summary.get("comparable")
    columns: list[tables.Column] = []
    runs = read_runs(tracked_runs)
    groups = _choose_runs(runs)
    own = next((pair for pair in groups if compare.find_mark(pair[0].runs[0]) == mark), None)
    if own:
        group, choice = own
        _, columns = tables.tabulate_group(group, choice)
        if choice and choice.is_better:
            logger.info("%s %s %s", *describe_choice(choice, group.score_name))
    table = {column.name: [str(cell) for cell in column.cells] for column in columns}
    return pd.DataFrame(table, dtype=str), _render(runs, groups, describe_count(tracked_runs))


def render_runs_comparison(tracked_runs: pd.DataFrame, reference: str = "") -> str:
    """Write the page that compares runs.

    Args:
        tracked_runs: The runs as `RunsDataset` loads them.
        reference: The ID of the run that the others of its group are compared with, until the reader
            picks another. Otherwise, and in other groups, it is the oldest.

    Returns:
        A self-contained page: a table for each group of comparable runs, newest first, a line for each
        run that is comparable with no other, and the failed and stopped runs.

    Raises:
        InputError: If there is no such run, or none to compare it with.
    """
    runs = read_runs(tracked_runs)
    groups = _choose_runs(runs, reference)
    choices = [choice for _, choice in groups]
    if reference and reference not in {choice.reference.id for choice in choices if choice}:
        known = [run.id for choice in choices if choice for run in choice.runs]
        raise InputError(
            f"Run '{reference}' cannot be the reference: it is unknown, or no comparable run has the "
            f"same bootstrap draws. Runs that can be: {text.names(known) or 'none'}."
        )
    return _render(runs, groups, describe_count(tracked_runs))


def _choose_runs(runs: Sequence[Run], reference: str = "") -> list[tuple[compare.Group, Choice | None]]:
    """Group the runs, those that are comparable with no other last, and choose in each group."""
    groups = sorted(compare.group_runs(runs), key=lambda group: len(group.runs) == 1)
    return [(group, choose_run(group.runs, reference)) for group in groups]


def _render(
    runs: Sequence[Run], groups: Sequence[tuple[compare.Group, Choice | None]], count: str
) -> str:
    above = [None, *(group for group, _ in groups)]
    sections = [_arrange(*pair, before) for before, pair in zip(above, groups, strict=False)]
    return load_template("comparison.html").render(
        count=count,
        n_searched=sum(run.is_searched for run in runs),
        sections=[section for section in sections if len(section["runs"]) > 1],
        singles=[section for section in sections if len(section["runs"]) == 1],
        unsearched=[(run, describe_models(run)) for run in runs if not run.is_searched],
    )


def _arrange(group: compare.Group, choice: Choice | None, above: compare.Group | None) -> dict[str, Any]:
    """Collect what the page shows of a group."""
    runs, columns = tables.tabulate_group(group, choice)
    reference = choice.reference if choice else runs[0]
    newest = {run.id for run in (reference, *group.runs[:MAX_DRAWN])}
    drawn = [run for run in runs if run.id in newest]
    axes = {columns[1].name: columns[1].axis}
    references: list[Choice] = []
    scale = 0.0  # percent of the width by which a gain of 1 is right of the middle
    if choice:
        references = choice.turn([run for run in drawn if run in choice.runs])
        ends = [abs(end) for each in references for gain in each.gains.values() for end in gain]
        axis = Axis.around([-max(ends, default=0), max(ends, default=0)])  # the same for each reference
        axes[tables.GAIN] = axis
        scale = (axis.place(axis.high) - axis.place(0)) / axis.high
    pages = [_list_gains(each, drawn, group.score_name) for each in references]
    return {
        "group": group,
        "differences": group.differ_from(above) if above else [],
        "runs": runs,
        "drawn": {run.id: place for place, run in enumerate(drawn)},
        "columns": [(column, column.classes, axes.get(column.name)) for column in columns],
        "n_shown": sum(bool(column.heading) for column in columns),  # the others on demand
        "choice": choice,
        "sentences": describe_choice(choice, group.score_name) if choice else (),
        "references": [each.reference for each in references],
        "gains": {"scale": scale, "references": pages},
        "left_out": len(runs) - (len(choice.runs) if choice else 0),
    }


def _list_gains(choice: Choice, runs: Sequence[Run], score_name: str) -> dict[str, Any]:
    """List what the page shows with another reference: sentences, gains and changes."""
    rows: list[tuple[str, ...] | None] = []
    for run in runs:
        gain, is_known = tables.show_gain(run, choice), run is choice.reference or run.id in choice.gains
        changes = "\n".join(tables.list_changes(run, choice.reference).lines) if is_known else ""
        rows.append((gain.lines[0], gain.note, gain.word, changes) if is_known else None)
    return {"sentences": describe_choice(choice, score_name), "rows": rows}
