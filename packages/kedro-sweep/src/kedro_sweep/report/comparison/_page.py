"""The HTML page of all runs: a table for each group of comparable ones, then the others."""

import json
import logging
from collections.abc import Sequence
from typing import Any

import pandas as pd
from markupsafe import Markup

from kedro_sweep import text
from kedro_sweep.errors import InputError
from kedro_sweep.report._axis import Axis
from kedro_sweep.report._html import load_template
from kedro_sweep.report._runs import Run, describe_count, read_runs
from kedro_sweep.report.comparison import _groups as compare
from kedro_sweep.report.comparison import _table as tables
from kedro_sweep.report.comparison._choice import Choice, choose_run, describe_choice
from kedro_sweep.report.page import ReportData

logger = logging.getLogger(__name__)


def compare_runs(tracked_runs: pd.DataFrame, results: ReportData) -> tuple[pd.DataFrame, str]:
    """Make the table of the runs comparable with the current one, and the page of all runs."""
    mark = results.summary.get("comparable")
    columns: list[tables.Column] = []
    groups = compare.group_runs(read_runs(tracked_runs))
    if own := next((group for group in groups if compare.find_mark(group.runs[0]) == mark), None):
        choice = choose_run(own.runs)
        _, columns = tables.tabulate_group(own, choice)
        if choice:
            logger.info("%s %s %s", *describe_choice(choice, own.score_name))
    table = {column.name: [str(cell) for cell in column.cells] for column in columns}
    return pd.DataFrame(table, dtype=str), render_runs_comparison(tracked_runs)


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
    groups = sorted(compare.group_runs(runs), key=lambda group: len(group.runs) == 1)
    choices = [choose_run(group.runs, reference) for group in groups]
    if reference and reference not in {choice.reference.id for choice in choices if choice}:
        known = [run.id for choice in choices if choice for run in choice.runs]
        raise InputError(
            f"Run '{reference}' cannot be the reference: it is unknown, or no comparable run has the "
            f"same bootstrap draws. Runs that can be: {text.names(known) or 'none'}."
        )
    sections = [
        _arrange(group, choice, above)
        for above, group, choice in zip([None, *groups], groups, choices, strict=False)
    ]
    return load_template("comparison.html").render(
        count=describe_count(tracked_runs),
        n_searched=sum(run.is_searched for run in runs),
        sections=[section for section in sections if len(section["runs"]) > 1],
        singles=[section for section in sections if len(section["runs"]) == 1],
        unsearched=[run for run in runs if not run.is_searched],
    )


def _arrange(group: compare.Group, choice: Choice | None, above: compare.Group | None) -> dict[str, Any]:
    """Collect what the page shows of a group."""
    runs, columns = tables.tabulate_group(group, choice)
    axes = {column.name: column.axis for column in columns}
    references: list[Choice] = []
    scale = 0.0  # percent of the width by which a gain of 1 is right of the middle
    if choice:
        drawn = [run for run, cell in zip(runs, columns[1].cells, strict=True) if cell.mark]
        references = choice.turn([run for run in drawn if run in choice.runs])
        end = max(abs(end) for each in references for gain in each.gains.values() for end in gain)
        axes[tables.GAIN] = axis = Axis.around([-end, end])  # the same for each reference
        scale = (axis.place(axis.high) - axis.place(0)) / axis.high
    pages = [_list_gains(each, runs, group.score_name) for each in references]
    return {
        "group": group,
        "differences": group.differ_from(above) if above else [],
        "runs": runs,
        "columns": columns,
        "axes": axes,
        "choice": choice,
        "sentences": describe_choice(choice, group.score_name) if choice else (),
        "references": [each.reference for each in references],
        "gains": _write_json({"scale": scale, "references": pages}),
        "left_out": len(runs) - (len(choice.runs) if choice else 0),
    }


def _list_gains(choice: Choice, runs: Sequence[Run], score_name: str) -> dict[str, Any]:
    """List what the page shows with another reference: sentences, gains and changes."""
    rows: list[list[str] | None] = []
    for run in runs:
        gain, changes = tables.show_gain(run, choice), tables.list_changes(run, choice.reference)
        is_known = run is choice.reference or run.id in choice.gains
        shown = [gain.lines[0], gain.note, gain.word, "\n".join(changes.lines)]
        rows.append(shown if is_known else None)
    return {"sentences": describe_choice(choice, score_name), "rows": rows}


def _write_json(data: Any) -> Markup:
    """Write JSON for a script element, which ends at the first `</script>` whatever is around it."""
    return Markup(json.dumps(data, ensure_ascii=False, separators=(",", ":")).replace("<", "\\u003c"))
