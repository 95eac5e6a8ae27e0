"""The chart of the page about speed: the time to each trial, and the time that whole searches take."""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from statistics import median
from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from benchmarks.speed.names import FEW, MANY, ONE, TUTORIAL, TWO

# Colors that color-blind readers can tell apart (Okabe and Ito).
COLORS = {TWO: "#0072B2", ONE: "#56B4E9", TUTORIAL: "#D55E00"}
OTHER = "#767676"
# The chart may be shown without the text that says which tutorial is meant.
PLAIN_NAMES = {TUTORIAL: "cross_val_score in Optuna's\nobjective, all cores"}


def draw_chart(
    curves: Mapping[str, Sequence[float]], rows: Mapping[str, Iterable[Mapping[str, Any]]], path: Path
) -> None:
    """Draw when each trial was finished, and beside it how long whole searches take.

    Args:
        curves: For each method, the seconds after which each trial was finished.
        rows: All that was measured, by part.
        path: Where the PNG goes.
    """
    figure = Figure(figsize=(12, 4.4), layout="constrained")
    few, many = find_seconds(rows, FEW), find_seconds(rows, MANY)
    panels = figure.subplot_mosaic(
        [["curves", "few"], ["curves", "many"]], height_ratios=[len(few) or 1, len(many) or 1]
    )
    _draw_curves(panels["curves"], curves)
    _draw_bars(panels["few"], f"Seconds for {FEW:,} trials", few)
    _draw_bars(panels["many"], f"Seconds for {MANY:,} trials", many)
    figure.savefig(path, dpi=220)


def find_seconds(rows: Mapping[str, Iterable[Mapping[str, Any]]], n_trials: int) -> dict[str, float]:
    """Find how long each method takes for a search of the wines.

    Args:
        rows: All that was measured, by part.
        n_trials: Number of trials.

    Returns:
        The median seconds by method, the fastest first.
    """
    start = f"forest, {n_trials:,} trials, "
    found = {}
    for row in (row for part in rows.values() for row in part if row["what"].startswith(start)):
        found[f"Kedro Sweep, {row['what'].removeprefix(start)}"] = median(row["ours"])
        found[row["against"]] = median(row["theirs"])
    return dict(sorted(found.items(), key=lambda item: item[1]))


def _draw_curves(axes: Axes, curves: Mapping[str, Sequence[float]]) -> None:
    for name, seconds in curves.items():
        axes.loglog(range(1, len(seconds) + 1), seconds, label=_say(name), color=_choose_color(name))
    axes.set(xlabel="trials (log scale)", ylabel="seconds (log scale)")
    axes.set_title("Time to the n-th trial, random forest on the wines", loc="left")
    axes.xaxis.set_major_formatter("{x:,g}")
    axes.yaxis.set_major_formatter("{x:g}")
    axes.grid(visible=True, alpha=0.3)
    axes.spines[["top", "right"]].set_visible(False)
    axes.legend(frameon=False)


def _draw_bars(axes: Axes, title: str, seconds: Mapping[str, float]) -> None:
    names = [_say(name) for name in seconds]
    bars = axes.barh(names, list(seconds.values()), color=[_choose_color(name) for name in seconds])
    axes.bar_label(bars, labels=[f"{value:.3g} s" for value in seconds.values()], padding=4)
    axes.set_title(title, loc="left")
    axes.invert_yaxis()
    axes.margins(x=0.14)
    axes.xaxis.set_visible(False)
    axes.spines[["top", "right", "bottom"]].set_visible(False)


def _choose_color(name: str) -> str:
    return next((color for known, color in COLORS.items() if name.startswith(known)), OTHER)


def _say(name: str) -> str:
    for known, plain in PLAIN_NAMES.items():
        name = name.replace(known, plain)
    return name.replace(" (", "\n(")
