"""The HTML page of all runs."""

from typing import Any, NamedTuple

import pandas as pd

from kedro_sweep.report.comparison.cells import Column
from kedro_sweep.report.comparison.dots import Dots, arrange_dots
from kedro_sweep.report.comparison.groups import Group, group_runs
from kedro_sweep.report.comparison.runs import describe_count, read_runs
from kedro_sweep.report.comparison.table import tabulate_group, tabulate_unsearched


class Section(NamedTuple):
    """A group, as shown on the page.

    Attributes:
        group: The group.
        differences: Why it cannot be compared with the group above; empty for the first group.
        dots: The figure.
        columns: The table.
    """

    group: Group
    differences: list[str]
    dots: Dots
    columns: list[Column]


def render_runs_comparison(tracked_runs: pd.DataFrame) -> str:
    """Write the page that compares runs.

    Args:
        tracked_runs: The runs as `RunsDataset` loads them.

    Returns:
        A self-contained page: a section for each group of comparable runs, newest first, with a figure
        and a sortable table; then the runs without a search.
    """
    runs = read_runs(tracked_runs)
    groups = group_runs(runs)
    sections = [
        Section(
            group,
            group.differ_from(above) if above else [],
            arrange_dots(group.runs),
            tabulate_group(group),
        )
        for above, group in zip([None, *groups], groups, strict=False)
    ]
    unsearched = [run for run in runs if not run.is_searched]
    return str(
        _load_template().render(
            count=describe_count(tracked_runs),
            n_searched=len(runs) - len(unsearched),
            sections=sections,
            n_unsearched=len(unsearched),
            unsearched=tabulate_unsearched(unsearched),
        )
    )


def _load_template() -> Any:
    from jinja2 import Environment, PackageLoader, StrictUndefined  # noqa: PLC0415

    environment = Environment(
        loader=PackageLoader("kedro_sweep.report"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return environment.get_template("comparison.html")
