"""The figure: each tool against ours, table by table."""

from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import MaxNLocator

from benchmarks.strength.compare import Comparison, Difference

# Colors that color-blind readers can tell apart (Okabe and Ito).
WIN, LOSS, TIE = "#0072B2", "#D55E00", "#767676"
COLUMNS = 3
USUAL = (
    90  # percent of the differences of a score that its scale shows; the others are numbers at the edge
)


def draw_differences(comparison: Comparison, title: str, path: Path) -> None:
    """Draw how much better each tool is than the first, with its 95% interval; one scale for each score."""
    tables = [str(table) for table in comparison.scores.index]
    first, *others = map(str, comparison.scores.columns)
    found = {
        table: [comparison.differ(table, first, other) for other in others][::-1] for table in tables
    }
    n_rows = -(-len(tables) // COLUMNS)
    figure = Figure(figsize=(11, 1.3 + n_rows * (0.75 + 0.3 * len(others))), layout="constrained")
    panels = figure.subplots(n_rows, COLUMNS, sharey=True, squeeze=False).ravel()
    for panel in panels[len(tables) :]:
        panel.set_visible(False)
    for panel, table in zip(panels, tables, strict=False):
        score = table.partition(" (")[2]
        same = [that.mean for name in tables if name.endswith(score) for that in found[name]]
        edge = max(1.25 * float(np.nanpercentile(np.abs(same), USUAL)), 0.001)
        panel.axvline(0, color="black", linewidth=1)
        for position, that in enumerate(found[table]):
            _draw(panel, position, that, edge)
        panel.set_title(f"{table}: {comparison.scores[first][table]:.3f}", fontsize=10)
        panel.set_yticks(range(len(others)), others[::-1])
        panel.set(xlim=(-edge, edge), ylim=(-0.6, len(others) - 0.4))
        panel.xaxis.set_major_locator(MaxNLocator(4, symmetric=True))
        panel.spines[["top", "right"]].set_visible(False)
        panel.grid(axis="x", alpha=0.3)
    n_won = sum(that.is_win for row in found.values() for that in row)
    n_lost = sum(that.is_loss for row in found.values() for that in row)
    figure.legend(
        handles=[
            Line2D([], [], color=color, marker="o", linestyle="-", label=label)
            for color, label in {
                WIN: f"{first} better",
                LOSS: "other tool better",
                TIE: "not clear: the interval holds 0, or there is one split and no interval",
            }.items()
        ],
        title=f"{title}: of {len(tables) * len(others)} differences to {first}, {n_won + n_lost} are clear: "
        f"it is better in {n_won}, worse in {n_lost}",
        title_fontsize=13,
        loc="outside upper center",
        ncols=3,
        frameon=False,
    )
    figure.supxlabel(f"test score minus that of {first} (in the titles), with 95% interval", fontsize=10)
    figure.savefig(path, dpi=220)


def _draw(panel: Any, position: int, found: Difference, edge: float) -> None:
    """Draw one difference; one beyond the edge as a number there."""
    color = LOSS if found.is_loss else WIN if found.is_win else TIE
    if abs(found.mean) > edge:
        side = "left" if found.mean > 0 else "right"
        place = -edge if found.mean > 0 else edge
        panel.text(
            place, position, f" {-found.mean:+.2f} ", color=color, ha=side, va="center", fontsize=9
        )
        return
    spread = [[found.high - found.mean], [found.mean - found.low]]
    panel.errorbar(-found.mean, position, xerr=spread, fmt="o", color=color, capsize=3)
