"""One style for all figures: sizes, colors, short labels, and SVG text for pages.

The colors are those of Okabe and Ito (Color Universal Design, 2008), which color-blind readers can tell
apart.
"""

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from html import escape
from io import StringIO
from textwrap import fill
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from kedro_sweep import text

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

BLUE, ORANGE, GREEN, VERMILION = "#0072B2", "#E69F00", "#009E73", "#D55E00"
PURPLE, SKY, BLACK, GRAY, LIGHT = "#CC79A7", "#56B4E9", "#333333", "#767676", "#E3E6EA"
PALETTE = (BLUE, ORANGE, GREEN, VERMILION, PURPLE, SKY, BLACK)

WIDTH = 9.5
"""The width of a figure, in inches; a page shows it at this size or slightly smaller."""
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
    "axes.edgecolor": GRAY,
    "axes.axisbelow": True,
    "axes.prop_cycle": f"cycler('color', {list(PALETTE)})",
    "lines.linewidth": 1.8,
    "scatter.edgecolors": "none",
}

RASTER_DPI = 110
STROKES = "stroke-linejoin: round; stroke-linecap: butt"
NO_METADATA = dict.fromkeys(("Creator", "Date", "Format", "Type"))
COORDINATES = re.compile(r'(?<= )(?:d|x|y|x1|y1|x2|y2|width|height|points|transform)="[^"]*"')
NUMBER = re.compile(r"-?\d+\.\d{3,}")
REFERENCE = re.compile(r'(?<=url\(#)[^)]+|(?<=href="#)[^"]+')


@contextmanager
def styled() -> Iterator[None]:
    """Draw in the style of all figures; also works as a decorator."""
    from matplotlib import rc_context  # noqa: PLC0415

    with rc_context(STYLE):
        yield


def make_figure(
    title: str, height: float, rows: int = 1, columns: int = 1, width: float = WIDTH, **subplots: Any
) -> "tuple[Figure, NDArray[Any]]":
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
    center: dict[str, Any] = {"horizontalalignment": "center", "verticalalignment": "center"}
    axes.text(0.5, 0.5, fill(message, 34), transform=axes.transAxes, color=GRAY, **center)


@styled()
def show_message(title: str, message: str) -> "Figure":
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


def to_svg(figure: "Figure") -> str:
    """Turn a figure into one `<svg>` element for an HTML page, always the same for the same figure.

    Its ids differ from those of figures with other titles. This fixes its layout; otherwise Matplotlib
    would compute it, and draw twice, each time it is saved.
    """
    from matplotlib import rc_context  # noqa: PLC0415

    file, title = StringIO(), figure.get_suptitle().replace("\n", " ")
    # Text stays text, so it can be searched and read aloud. The salt is part of all ids that are used.
    svg_style: dict[Any, Any] = {"svg.fonttype": "none", "svg.hashsalt": title}
    with rc_context(STYLE | svg_style):
        if layout := figure.get_layout_engine():
            layout.execute(figure)
            figure.set_layout_engine(None)
        figure.savefig(file, format="svg", dpi=RASTER_DPI, metadata=NO_METADATA)
    svg = file.getvalue()
    svg = svg[svg.index("<svg") :]
    svg = re.sub(r"<metadata>.*?</metadata>|<!--.*?-->", "", svg, flags=re.DOTALL)
    # A rule for * would apply to the whole page.
    svg = re.sub(r"<defs>\s*<style.*?</style>\s*</defs>", "", svg, count=1, flags=re.DOTALL)
    svg = COORDINATES.sub(_round, svg)
    svg = re.sub(r"\s*\n\s*", "\n", svg)
    used = set(REFERENCE.findall(svg))
    svg = re.sub(r' id="([^"]*)"', lambda found: found[0] if found[1] in used else "", svg)
    head = f'<svg role="img" aria-label="{escape(title)}" style="{STROKES}"'
    return svg.replace("<svg", head, 1)


def _round(coordinates: re.Match[str]) -> str:
    return NUMBER.sub(lambda number: f"{float(number[0]):.2f}".rstrip("0").rstrip("."), coordinates[0])
