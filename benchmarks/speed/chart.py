"""The chart of the page about speed: the time to each trial, and the time that whole searches take."""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from statistics import median
from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from benchmarks.speed.ways import FEW, MANY, ONE, TUTORIAL, TWO

# Colors that color-blind readers can tell apart (Okabe and Ito).
COLORS = {TWO: "#0072B2", ONE: "#56B4E9", TUTORIAL: "#D55E00"}
OTHER = "#767676"
# The chart may be shown without the text that says which tutorial is meant.
PLAIN_NAME = "cross_val_score in Optuna's\nobjective, all cores"


def draw_chart(
    curves: Mapping[str, Sequence[float]], rows: Mapping[str, Iterable[Mapping[str, Any]]], path: Path
) -> None:
    """Draw when each trial was finished, and beside it how long whole searches take."""
    figure = Figure(figsize=(12, 4.4), layout="constrained")
    seconds = {n_trials: find_seconds(rows, n_trials) for n_trials in (FEW, MANY)}
    ratios = [len(found) or 1 for found in seconds.values()]
    panels = figure.subplot_mosaic([["curves", FEW], ["curves", MANY]], height_ratios=ratios)
    _draw_curves(panels["curves"], curves)
    for n_trials, found in seconds.items():
        _draw_bars(panels[n_trials], f"Seconds for {n_trials:,} trials", found)
    for axes in panels.values():
        axes.spines[["top", "right"]].set_visible(False)
    figure.savefig(path, dpi=220)


def find_seconds(rows: Mapping[str, Iterable[Mapping[str, Any]]], n_trials: int) -> dict[str, float]:
    """Find the median seconds of each method for a search of the wines, the fastest first."""
    start = f"forest, {n_trials:,} trials, "
    found = {}
    for row in (row for part in rows.values() for row in part if row["what"].startswith(start)):
        found[f"Kedro Sweep, {row['what'].removeprefix(start)}"] = median(row["ours"])
        found[row["against"]] = median(row["theirs"])
    return dict(sorted(found.items(), key=lambda item: item[1]))


def _draw_curves(axes: Axes, curves: Mapping[str, Sequence[float]]) -> None:
    for name, seconds in curves.items():
        axes.loglog(range(1, len(seconds) + 1), seconds, label=_name(name), color=_choose_color(name))
    axes.set(xlabel="trials (log scale)", ylabel="seconds (log scale)")
    axes.set_title("Time to the n-th trial, random forest on the wines", loc="left")
    axes.xaxis.set_major_formatter("{x:,g}")
    axes.yaxis.set_major_formatter("{x:g}")
    axes.grid(visible=True, alpha=0.3)
    axes.legend(frameon=False)


def _draw_bars(axes: Axes, title: str, seconds: Mapping[str, float]) -> None:
    colors = [_choose_color(name) for name in seconds]
    bars = axes.barh([_name(name) for name in seconds], list(seconds.values()), color=colors)
    axes.bar_label(bars, labels=[f"{value:.3g} s" for value in seconds.values()], padding=4)
    axes.set_title(title, loc="left")
    axes.invert_yaxis()
    axes.margins(x=0.14)
    axes.xaxis.set_visible(False)
    axes.spines["bottom"].set_visible(False)


def _choose_color(name: str) -> str:
    return next((color for known, color in COLORS.items() if name.startswith(known)), OTHER)


def _name(method: str) -> str:
    return method.replace(TUTORIAL, PLAIN_NAME).replace(" (", "\n(")
