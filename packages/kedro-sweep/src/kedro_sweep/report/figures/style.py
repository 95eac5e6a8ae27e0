"""One style for all figures: sizes, colors and short labels.

The colors are those of Okabe and Ito (Color Universal Design, 2008), which color-blind readers can tell
apart.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from textwrap import fill
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from kedro_sweep import text

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

BLUE = "#0072B2"
ORANGE = "#E69F00"
GREEN = "#009E73"
VERMILION = "#D55E00"
PURPLE = "#CC79A7"
SKY = "#56B4E9"
BLACK = "#333333"
GRAY = "#767676"
LIGHT = "#E3E6EA"
PALETTE = (BLUE, ORANGE, GREEN, VERMILION, PURPLE, SKY, BLACK)

WIDTH = 9.5
"""The width of a figure, in inches; a page shows it at this size or slightly smaller."""
FONT_SIZE = 10.5
MAX_POINTS = 2000
MAX_VECTORS = 500
MAX_LABEL = 24

# Names of columns and classes may contain dollar signs, which are not formulas here.
STYLE: dict[Any, Any] = {
    "text.parse_math": False,
    "font.family": "sans-serif",
    "font.sans-serif": ["DejaVu Sans", "Verdana", "Arial", "sans-serif"],
    "font.size": FONT_SIZE,
    "axes.titlesize": FONT_SIZE + 0.5,
    "axes.titlelocation": "left",
    "figure.titlesize": FONT_SIZE + 2.5,
    "figure.titleweight": "bold",
    "figure.constrained_layout.h_pad": 0.08,
    "figure.constrained_layout.w_pad": 0.08,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.edgecolor": GRAY,
    "axes.axisbelow": True,
    "axes.prop_cycle": f"cycler('color', {list(PALETTE)})",
    "legend.frameon": False,
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
    title: str, height: float, rows: int = 1, columns: int = 1, width: float = WIDTH, **subplots: Any
) -> "tuple[Figure, NDArray[Any]]":
    """Make a figure with a grid of panels."""
    from matplotlib.figure import Figure  # noqa: PLC0415

    figure = Figure(figsize=(width, height), layout="constrained")
    figure.suptitle(fill(title, int(width * 9)), x=0.01, horizontalalignment="left")
    panels = figure.subplots(rows, columns, squeeze=False, **subplots).ravel()
    for axes in panels:
        # Matplotlib creates ticks when it draws, outside the style.
        axes.tick_params(color=GRAY, labelcolor=BLACK, labelsize=FONT_SIZE - 0.5, length=3)
        axes.grid(visible=True, color=LIGHT, linewidth=0.8)
        for axis in (axes.xaxis, axes.yaxis):  # no factor at the end of the axis, over its name
            axis.set_major_formatter("{x:g}")
    return figure, panels


def write_message(axes: "Axes", message: str) -> None:
    """Explain in a panel why it is empty."""
    axes.set_axis_off()
    axes.text(
        0.5,
        0.5,
        fill(message, 34),
        transform=axes.transAxes,
        horizontalalignment="center",
        verticalalignment="center",
        color=GRAY,
    )


@styled()
def show_message(title: str, message: str) -> "Figure":
    """Draw a message in place of a figure."""
    figure, [axes] = make_figure(title, 2.5)
    write_message(axes, message)
    return figure


def cut(label: Any, width: int = MAX_LABEL) -> str:
    """Shorten the name of a column, a class or a category to fit on an axis."""
    name = text.name(label)
    if name.startswith("_"):  # Matplotlib leaves such labels out of a legend
        name = repr(name)
    head = width // 2
    return name if len(name) <= width else f"{name[:head]}…{name[head + 1 - width :]}"


def choose_points(n: int) -> tuple[NDArray[np.intp], dict[str, Any]]:
    """Choose at most 2,000 of the points, at random, and how to draw them; over 500 become an image."""
    shown = np.arange(n)
    if n > MAX_POINTS:
        shown = np.random.default_rng(0).choice(n, MAX_POINTS, replace=False)
    return shown, {"s": 16, "color": BLUE, "alpha": 0.5, "rasterized": len(shown) > MAX_VECTORS}


def pick_classes(y: NDArray[Any], classes: Sequence[Any], most: int) -> dict[int, str]:
    """Choose the most frequent classes to draw, each with its color."""
    counts = [int(np.sum(y == label)) for label in classes]
    chosen = sorted(sorted(range(len(counts)), key=lambda number: -counts[number])[:most])
    if len(classes) <= len(PALETTE):
        return {number: PALETTE[number] for number in chosen}
    return dict(zip(chosen, PALETTE, strict=False))
