"""The figure: each tool against ours, table by table."""

from pathlib import Path

from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from benchmarks.strength.compare import Comparison

# Colors that color-blind readers can tell apart (Okabe and Ito).
WIN, LOSS, TIE = "#0072B2", "#D55E00", "#767676"
COLUMNS = 3


def draw_differences(comparison: Comparison, title: str, path: Path) -> None:
    """Draw how much better each tool is than the first, with the 95% interval; right of the line, it is better."""
    tables = list(comparison.scores.index)
    first, *others = comparison.scores.columns
    n_rows = -(-len(tables) // COLUMNS)
    figure = Figure(figsize=(11, 0.9 + n_rows * (0.5 + 0.3 * len(others))), layout="constrained")
    panels = figure.subplots(n_rows, COLUMNS, sharey=True, squeeze=False).ravel()
    for panel in panels[len(tables) :]:
        panel.set_visible(False)
    for panel, table in zip(panels, tables, strict=False):
        panel.axvline(0, color="black", linewidth=1)
        for position, other in enumerate(others):
            found = comparison.differ(table, first, other)
            color = LOSS if found.is_loss else WIN if found.is_win else TIE
            panel.errorbar(
                -found.mean,
                position,
                xerr=[[found.high - found.mean], [found.mean - found.low]],
                fmt="o",
                color=color,
                capsize=3,
            )
        panel.set_title(f"{table}: {comparison.scores.loc[table, first]:.3f}", fontsize=10)
        panel.set_yticks(range(len(others)), others)
        panel.xaxis.set_major_locator(MaxNLocator(5))
        panel.spines[["top", "right"]].set_visible(False)
        panel.grid(axis="x", alpha=0.3)
    panels[0].set_ylim(len(others) - 0.5, -0.5)
    figure.suptitle(title)
    figure.supxlabel(
        f"test score minus that of {first} (in the titles): mean and 95% interval\n"
        f"left of the line, {first} is better (blue: the interval excludes 0); "
        "right of it, the other is (orange: likewise)",
        fontsize=10,
    )
    figure.savefig(path, dpi=220)
