"""The HTML page of all runs, and its figure of dots with bars: one row per run."""

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
from kedro_sweep.report.comparison._choice import choose_run, describe_choice
from kedro_sweep.report.comparison._table import tabulate_group, tabulate_unsearched
from kedro_sweep.report.page import ReportData

logger = logging.getLogger(__name__)

# More rows would not be readable.
MAX_ROWS = 30


def compare_runs(tracked_runs: pd.DataFrame, results: ReportData) -> tuple[pd.DataFrame, str]:
    """Make the table of the runs comparable with the current one, and the page of all runs."""
    mark, columns = results.summary.get("comparable"), []
    groups = compare.group_runs(read_runs(tracked_runs))
    if own := next((group for group in groups if compare.find_mark(group.runs[0]) == mark), None):
        choice = choose_run(own.runs)
        columns = tabulate_group(own, choice)
        if choice and choice.gain.low > 0:
            logger.info(describe_choice(choice, own.score_name))
    table = {column.name: [str(cell) for cell in column.cells] for column in columns}
    return pd.DataFrame(table, dtype=str), render_runs_comparison(tracked_runs)


def render_runs_comparison(tracked_runs: pd.DataFrame, reference: str = "") -> str:
    """Write the page that compares runs.

    Args:
        tracked_runs: The runs as `RunsDataset` loads them.
        reference: The ID of the run that the others of its group are compared with. Otherwise, and in
            other groups, it is the oldest.

    Returns:
        A self-contained page: a section for each group of comparable runs, newest first, with a figure
        and a sortable table; then the runs without a search.

    Raises:
        InputError: If there is no such run, or none to compare it with.
    """
    runs = read_runs(tracked_runs)
    groups = compare.group_runs(runs)
    choices = [choose_run(group.runs, reference) for group in groups]
    if reference and reference not in {choice.reference.id for choice in choices if choice}:
        known = [
            run_id for choice in choices if choice for run_id in (choice.reference.id, *choice.gains)
        ]
        raise InputError(
            f"Run '{reference}' cannot be the reference: it is unknown, or no comparable run has the "
            f"same bootstrap draws. Runs that can be: {text.names(known) or 'none'}."
        )
    sections = [
        {
            "group": group,
            "differences": group.differ_from(above) if above else [],
            "dots": arrange_dots(group.runs),
            "choice": describe_choice(choice, group.score_name) if choice else "",
            "left_out": len(group.runs) - (choice.n_runs if choice else 0),
            "columns": tabulate_group(group, choice),
        }
        for above, group, choice in zip([None, *groups], groups, choices, strict=False)
    ]
    unsearched = [run for run in runs if not run.is_searched]
    return load_template("comparison.html").render(
        count=describe_count(tracked_runs),
        n_searched=len(runs) - len(unsearched),
        sections=sections,
        n_unsearched=len(unsearched),
        unsearched=tabulate_unsearched(unsearched),
    )


def arrange_dots(runs: Sequence[Run]) -> dict[str, Any]:
    """Arrange the newest runs of a group: the marks of each run, and the axis they share."""
    drawn = []
    for run in runs[:MAX_ROWS]:
        found = {"best": compare.find_chosen(run), "corrected": compare.find_summary(run, "corrected")}
        found["test"] = compare.find_test_score(run)
        known = {kind: value for kind, value in found.items() if value}
        label = ", ".join(f"{kind} {value}" for kind, value in known.items())
        drawn.append((run.time or run.id, label, [(kind, *value) for kind, value in known.items()]))
    axis = Axis.around(number for _, _, marks in drawn for _, *numbers in marks for number in numbers)
    return {"rows": drawn, "axis": axis, "left_out": len(runs) - len(drawn)}
