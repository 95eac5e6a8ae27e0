"""One style for all figures: sizes, colors and short labels.

The colors are those of Okabe and Ito (Color Universal Design, 2008), which color-blind readers can tell
apart.
"""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from textwrap import fill, wrap
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from kedro_sweep import text

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

BLUE, ORANGE, GREEN, VERMILION = "#0072B2", "#E69F00", "#009E73", "#D55E00"
PURPLE, SKY, BLACK, GRAY, LIGHT = "#CC79A7", "#56B4E9", "#333333", "#767676", "#E3E6EA"
CELL = "#010101"
"""The color of text on a shaded cell."""
PALETTE = (BLUE, ORANGE, GREEN, VERMILION, PURPLE, SKY, BLACK)

DASHES = ("-", "--", "-.", ":", (0, (5, 1, 1, 1, 1, 1)), (0, (1, 3)))
"""Lines differ without color, too."""

WIDTH = 9.5
"""The width of a figure of several panels, in inches; they fit beside each other on a page."""
NARROW = 4.6
"""The width of a figure of one panel, which stays readable on a phone."""
# What is worse by more than so many interquartile ranges would set the axis.
MOST_RANGES = 3
LINE = 0.22
FONT_SIZE = 10.5
MAX_POINTS = 2000
MAX_VECTORS = 500
MAX_LABEL = 24

STYLE: dict[Any, Any] = {
    "text.parse_math": False,  # names of columns and classes may contain dollar signs
    "font.family": "sans-serif",
    "font.sans-serif": ["DejaVu Sans", "Verdana", "Arial", "sans-serif"],
    "font.size": FONT_SIZE,
    "axes.titlesize": FONT_SIZE + 0.5,
    "axes.titlelocation": "left",
    "figure.titlesize": FONT_SIZE + 2.5,
    "figure.titleweight": "bold",
    **dict.fromkeys(("figure.constrained_layout.h_pad", "figure.constrained_layout.w_pad"), 0.08),
    **dict.fromkeys(("axes.spines.top", "axes.spines.right", "legend.frameon"), False),
    **dict.fromkeys(("text.color", "axes.labelcolor", "axes.titlecolor"), BLACK),
    "axes.edgecolor": GRAY,
    "axes.axisbelow": True,
    "axes.prop_cycle": f"cycler('color', {list(PALETTE)})",
    "lines.linewidth": 1.8,
    "scatter.edgecolors": "none",
}


@contextmanager
def styled() -> Iterator[None]:
    """Draw in the style of all figures; also works as a decorator."""
    from matplotlib import rc_context  # noqa: PLC0415

    with rc_context(STYLE):
        yield


def make_figure(
    title: str, height: float, rows: int = 1, columns: int = 1, width: float = 0, **subplots: Any
) -> "tuple[Figure, NDArray[Any]]":
    """Make a figure of some height below the title."""
    from matplotlib.figure import Figure  # noqa: PLC0415

    width = width or (WIDTH if columns > 1 else NARROW)
    lines = wrap(title, int(width * 9))
    height += LINE * (len(lines) - 1)
    figure = Figure(figsize=(width, height), layout="constrained")
    figure.suptitle("\n".join(lines), x=0.01, ha="left")
    panels = figure.subplots(rows, columns, squeeze=False, **subplots).ravel()
    for axes in panels:
        # Matplotlib creates ticks when it draws, outside the style.
        axes.tick_params(color=GRAY, labelcolor=BLACK, labelsize=FONT_SIZE - 0.5, length=3)
        axes.grid(visible=True, color=LIGHT, linewidth=0.8)
        for axis in (axes.xaxis, axes.yaxis):  # no factor at the end of the axis, over its name
            axis.set_major_formatter(write_tick)
    return figure, panels


def write_tick(value: float, _: Any = None) -> str:
    return f"{value:g}".replace("-", text.MINUS)


def write_message(axes: "Axes", message: str) -> None:
    """Explain in a panel why it is empty."""
    axes.set_axis_off()
    axes.text(0, 0.5, fill(message, 34), transform=axes.transAxes, color=GRAY, va="center")


def draw_bars(axes: "Axes", names: Sequence[str], values: Any, numbers: Sequence[str]) -> None:
    """Draw a bar for each name, the first on top, with its number at the end."""
    bars = axes.barh(range(len(names)), values, color=BLUE, height=0.7)
    axes.bar_label(bars, numbers, padding=3)
    axes.set_yticks(range(len(names)), names)
    axes.set_xticks([])
    axes.margins(x=0.25)
    axes.set_ylim(max(len(names), 4) - 0.5, -0.5)
    axes.grid(visible=False)
    axes.spines["bottom"].set_visible(False)


@styled()
def show_message(title: str, message: str) -> "Figure":
    figure, [axes] = make_figure(title, 1.2)
    write_message(axes, message)
    return figure


def cut(label: Any, width: int = MAX_LABEL) -> str:
    """Shorten the name of a column, a class or a category to fit on an axis."""
    return cut_all([label], width)[0]


def cut_all(labels: Iterable[Any], width: int = MAX_LABEL) -> list[str]:
    """Shorten names so that they stay different."""
    names = map(text.name, labels)
    # Matplotlib leaves labels that begin with an underscore out of a legend.
    return text.shorten_names([repr(name) if name.startswith("_") else name for name in names], width)


def limit_values(values: NDArray[np.float64], sign: int) -> tuple[float, float]:
    """Choose the ends of the axis, so that a few bad trials do not set it."""
    worst, outer, inner, best = np.quantile(sign * values, (0, 0.25, 0.75, 1))
    worst = max(worst, outer - MOST_RANGES * (inner - outer or best - worst))
    margin = 0.06 * (best - worst) or 0.01 * abs(best) or 1.0
    low, high = sorted((sign * (worst - margin), sign * (best + margin)))
    return low, high


def choose_points(n: int) -> tuple[NDArray[np.intp], dict[str, Any]]:
    """Choose at most 2,000 of the points, at random, and how to draw them; over 500 become an image."""
    shown = np.arange(n)
    if n > MAX_POINTS:
        shown = np.random.default_rng(0).choice(n, MAX_POINTS, replace=False)
    return shown, {"s": 16, "c": BLUE, "alpha": 0.5, "rasterized": len(shown) > MAX_VECTORS}


def pick_classes(
    y: NDArray[Any], classes: Sequence[Any], most: int, fewest: int = 0
) -> dict[int, dict[str, Any]]:
    """Choose the most frequent classes, those with enough rows, and how to draw the line of each."""
    counts = [int(np.sum(y == label)) for label in classes]
    frequent = sorted(range(len(counts)), key=lambda number: -counts[number])[:most]
    chosen = sorted(number for number in frequent if counts[number] >= fewest)
    looks = [{"color": color, "linestyle": dash} for color, dash in zip(PALETTE, DASHES, strict=False)]
    return dict(zip(chosen, looks, strict=False))
