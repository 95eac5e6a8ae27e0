"""The comparison of the newest comparable runs, for Kedro-Viz."""

from collections.abc import Mapping, Sequence
from html import escape
from textwrap import wrap
from typing import Any

import pandas as pd

from kedro_sweep.report.comparison.changes import describe_changes
from kedro_sweep.report.comparison.dots import collect_series
from kedro_sweep.report.comparison.groups import Group, group_runs
from kedro_sweep.report.comparison.runs import Run, read_runs
from kedro_sweep.report.comparison.values import Value
from kedro_sweep.report.message import show_message

TITLE = "Comparison of runs"
# Kedro-Viz has its own text and line colors in its light and dark themes. These are readable in both.
GRAY = "#808080"
GRID = "rgba(128, 128, 128, 0.25)"
SERIES: dict[str, dict[str, Any]] = {
    "best": {"name": "best CV", "color": "#8a8f98", "symbol": "diamond-open", "shift": 0.0},
    "corrected": {"name": "corrected", "color": "#2f8fe0", "symbol": "circle", "shift": 0.0},
    "test": {"name": "test", "color": "#e8762d", "symbol": "square", "shift": 0.28},
}
# More rows would not be readable in Kedro-Viz's panel.
MAX_ROWS = 20
MAX_CHANGES = 6
LINE = 70


def plot_runs_comparison(tracked_runs: pd.DataFrame) -> Any:
    """Draw the scores of the newest runs that are comparable with the latest one.

    Args:
        tracked_runs: The runs as `RunsDataset` loads them.

    Returns:
        The Plotly figure, or one that explains why it is empty.
    """
    from plotly.graph_objects import Figure  # noqa: PLC0415

    runs = read_runs(tracked_runs)
    groups = group_runs(runs)
    n_searched = sum(len(group.runs) for group in groups)
    if n_searched < 2:
        found = "only one run with a search" if n_searched else "no run with a search"
        return show_message(
            TITLE, f"There is {found} so far, nothing to compare:<br>change a parameter and run again."
        )
    newest = groups[0]
    drawn = newest.runs[:MAX_ROWS]
    series = {name: values for name, values in collect_series(drawn).items() if any(values)}
    hover = _describe_runs(drawn, newest.runs)
    return Figure(
        [_draw(name, values, hover) for name, values in series.items()],
        layout={
            "title": {"text": _describe_group(newest, series)},
            "showlegend": False,  # Kedro-Viz hides it in the panel, so the title shows the colors
            "paper_bgcolor": "rgba(0, 0, 0, 0)",
            "plot_bgcolor": "rgba(0, 0, 0, 0)",
            "font": {"color": GRAY},
            "hovermode": "closest",
            "hoverlabel": {"align": "left"},
            "xaxis": {"gridcolor": GRID, "zeroline": False},
            "yaxis": {
                "tickvals": list(range(len(drawn))),
                "ticktext": [escape(run.label) for run in drawn],
                "range": [len(drawn) - 0.4, -0.6],
                "showgrid": False,
                "zeroline": False,
                "automargin": True,
            },
        },
    )


def _describe_group(group: Group, series: Mapping[str, Sequence[Value | None]]) -> str:
    """Describe what is drawn, and in which colors."""
    count = len(group.runs)
    runs = (
        f"its {MAX_ROWS} newest runs" if count > MAX_ROWS else f"{count} run{'' if count == 1 else 's'}"
    )
    legend = " ".join(
        f'<b style="color:{SERIES[name]["color"]}">● {SERIES[name]["name"]}</b>' for name in series
    )
    has_bars = any(value and value.interval for values in series.values() for value in values)
    notes = {"lower is better": group.lower_is_better, "bars: 95%": has_bars}
    said = ", ".join(note for note, is_true in notes.items() if is_true)
    return f"{escape(group.score_name)}: newest group, {runs}<br>{legend}{f' ({said})' if said else ''}"


def _draw(name: str, values: Sequence[Value | None], hover: Sequence[str]) -> dict[str, Any]:
    """Draw one score of each run, with its interval."""
    style = SERIES[name]
    found = [(row, value) for row, value in enumerate(values) if value]
    bars = [value.interval or (value.value, value.value) for _, value in found]
    above = [high - value.value for (_, value), (_, high) in zip(found, bars, strict=True)]
    below = [value.value - low for (_, value), (low, _) in zip(found, bars, strict=True)]
    return {
        "type": "scatter",
        "mode": "markers",
        "name": style["name"],
        "x": [value.value for _, value in found],
        "y": [row + style["shift"] for row, _ in found],
        "marker": {"color": style["color"], "symbol": style["symbol"], "size": 8},
        "error_x": {
            "type": "data",
            "symmetric": False,
            "array": above,
            "arrayminus": below,
            "color": style["color"],
            "thickness": 1.5,
            "width": 0,
        },
        "text": [f"<b>{style['name']} {value.describe()}</b><br>{hover[row]}" for row, value in found],
        "hoverinfo": "text",
    }


def _describe_runs(drawn: Sequence[Run], runs: Sequence[Run]) -> list[str]:
    """Describe each run, and what changed since the previous run."""
    texts = []
    for run, changes in zip(drawn, describe_changes(runs), strict=False):
        lines = [run.id, run.end, "changed since the previous run:", *changes[:MAX_CHANGES]]
        if len(changes) > MAX_CHANGES:
            lines.append(f"and {len(changes) - MAX_CHANGES} more")
        texts.append("<br>".join(escape(part) for line in lines for part in wrap(line, LINE)))
    return texts
