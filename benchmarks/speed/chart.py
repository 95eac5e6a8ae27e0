"""The charts of the page about speed: the time to each trial and of whole searches, and how it grows."""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from statistics import median
from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from benchmarks.speed.growth import GOAL, Points, find_slopes, list_curves
from benchmarks.speed.ways import FEW, MANY, ONE, TUTORIAL, TWO

# Colors that color-blind readers can tell apart (Okabe and Ito).
COLORS = {TWO: "#0072B2", ONE: "#56B4E9", TUTORIAL: "#D55E00"}
OTHER = "#767676"
TICKS = {"seconds": [5, 10, 20, 50, 100, 200], "MiB": [300, 500, 1000, 2000]}
KINDS = ["#0072B2", "#D55E00", "#009E73", "#CC79A7"]
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


def draw_growth(points: Points, path: Path) -> None:
    """Draw time and memory by what grows, with the slope between the two largest sizes of each."""
    figure = Figure(figsize=(12, 4.4), layout="constrained")
    titles = {"seconds": "Seconds", "MiB": "Peak memory in MiB"}
    for axes, (name, title) in zip(figure.subplots(1, 2), titles.items(), strict=True):
        for color, (kind, curve) in zip(KINDS, list_curves(points, name).items(), strict=True):
            axes.loglog([*curve], [*curve.values()], color=color, marker="o", markersize=4)
            label, ends = f"{kind}: {find_slopes(curve)[0]:.2f}", [*curve.items()]
            # The curve of the runs ends between others.
            end, offset = (ends[0], (0, 8)) if kind == "runs" else (ends[-1], (4, 6))
            axes.annotate(label, end, offset, textcoords="offset points", color=color)
        axes.set_title(f"{title}, and the last slope (goal: ≤ {GOAL})", loc="left")
        axes.set_xlabel("rows, columns, trials or recorded runs (both scales logarithmic)")
        axes.set_xlim(0.7, 2e7)
        axes.set_xticks([1, 100, 10_000, 1_000_000], ["1", "100", "10,000", "1,000,000"])
        axes.set_yticks(TICKS[name], [f"{tick:,}" for tick in TICKS[name]])
        axes.yaxis.set_minor_formatter("")
        axes.grid(visible=True, alpha=0.3)
        axes.spines[["top", "right"]].set_visible(False)
    figure.savefig(path, dpi=220)
