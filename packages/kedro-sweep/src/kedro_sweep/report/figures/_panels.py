"""A figure as HTML: an image for each panel, in the colors of the page, and a table of the values."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from html import escape
from io import BytesIO, StringIO
from threading import Lock
from typing import Any

import pandas as pd

from kedro_sweep import text
from kedro_sweep.report.figures import _style as style

# What a page may set to other colors, as it does in the dark.
VARIABLES = {"text": style.BLACK, "muted": style.GRAY, "line": style.LIGHT, "cell": style.CELL}
VARIABLES |= {"blue": style.BLUE}
# A page may show a panel at this share of its size, before it scrolls.
READABLE = 0.68
GAP = 0.06
MAX_VALUES = 100
RASTER_DPI = 110
IMAGE_DPI = 120
STROKES = "stroke-linejoin: round; stroke-linecap: butt"
COORDINATES = re.compile(r'(?<= )(?:d|x|y|x1|y1|x2|y2|width|height|points|transform)="[^"]*"')
NUMBER = re.compile(r"-?\d+\.\d{3,}")
# All points of a panel are cut off by its axes, so they need no group each.
POINTS = re.compile(r'(<use [^>]*/>)\n</g>\n<g clip-path="[^"]*">\n(?=<use )')
REFERENCE = re.compile(r'(?<=url\(#)[^)]+|(?<=href="#)[^"]+')

_LOCK = Lock()  # Matplotlib's settings belong to the process, and a run may draw in several threads


@dataclass(frozen=True)
class Picture:
    """A figure as it is shown: for pages, in HTML, and as a PNG image."""

    html: str
    image: bytes

    def savefig(self, file: Any, **_: Any) -> None:
        """Write the image, like a figure, for a catalog that names `matplotlib.MatplotlibDataset`."""
        file.write(self.image)


def draw(figure: "style.Figure") -> Picture:
    """Turn a figure into the formats that it is shown in."""
    with _LOCK:
        html, file = to_html(figure), BytesIO()  # in this order, because the HTML fixes the layout
        figure.savefig(file, format="png", dpi=IMAGE_DPI)
    return Picture(html, file.getvalue())


def tabulate(figure: "style.Figure", rows: Iterable[Sequence[Any]], *names: str) -> None:
    """Keep the values of a figure, for those who cannot see it."""
    vars(figure)["table"] = pd.DataFrame(rows, columns=names)


def to_html(figure: "style.Figure") -> str:
    """Turn a figure into HTML: its title, an `<svg>` for each panel, and a table of its values.

    It is always the same for the same figure; ids differ from those of figures with other titles. This
    fixes the layout; otherwise Matplotlib would compute it, and draw twice, each time it is saved.
    """
    from matplotlib import rc_context  # noqa: PLC0415

    title = escape(" ".join(figure.get_suptitle().split()))
    with rc_context(style.STYLE):
        if layout := figure.get_layout_engine():
            layout.execute(figure)
            figure.set_layout_engine(None)
        panels = "".join(_draw_panels(figure, title))
    html = f'<h4>{title}</h4>\n<div class="panels" tabindex="0">{panels}</div>\n'
    table = vars(figure).get("table")
    if table is None or table.empty:
        return html
    with pd.option_context("display.max_colwidth", None):
        how: dict[str, Any] = {"index": False, "border": 0, "justify": "left", "na_rep": text.MISSING}
        values = table.head(MAX_VALUES).to_html(float_format=text.number, **how)
    label = f'tabindex="0" role="region" aria-label="Values: {title}"'
    table = f'<div class="table tall" {label}>{values}</div>'
    return f'{html}<details class="tabulated"><summary>Values</summary>{table}</details>\n'


def _draw_panels(figure: "style.Figure", title: str) -> Iterator[str]:
    """Draw each panel by itself, so that a page can put them below each other."""
    from matplotlib.transforms import Bbox  # noqa: PLC0415

    inches = figure.dpi_scale_trans.inverted()
    panels: list[Any] = [*figure.axes, *figure.legends]
    parts = {part: part.get_tightbbox().transformed(inches) for part in panels}
    rows: dict[Any, int] = {
        axes: axes.get_subplotspec().rowspan.start for axes in panels[: len(figure.axes)]
    }
    artists = [*parts, *figure.texts]
    for number, (part, extent) in enumerate(parts.items()):
        if number and rows.get(part) != rows.get(panels[number - 1]):  # starts a new row
            yield "<i></i>"
        row = [parts[axes] for axes in rows if rows[axes] == rows.get(part)] or [extent]
        low, high = min(other.y0 for other in row), max(other.y1 for other in row)
        box = Bbox.from_extents(extent.x0 - GAP, low - GAP, extent.x1 + GAP, high + GAP)
        for artist in artists:
            artist.set_visible(artist is part)
        name = part.get_title("left") if part in rows else "legend"
        label = f"{title}: {escape(name)}" if name else title
        natural = 72 * box.width
        least = f"{READABLE * natural:.0f}pt"
        size = f"flex: 1 1 {least}; min-width: {least}; max-width: {natural:.0f}pt; {STROKES}"
        svg = _save(figure, box, f"{title} {number}")
        yield svg.replace("<svg", f'<svg role="img" aria-label="{label}" style="{size}"', 1)
    for artist in artists:
        artist.set_visible(True)


def _save(figure: "style.Figure", box: Any, salt: str) -> str:
    from matplotlib import rc_context  # noqa: PLC0415

    file, metadata = StringIO(), dict.fromkeys(("Creator", "Date", "Format", "Type"))
    how: dict[str, Any] = {"dpi": RASTER_DPI, "metadata": metadata, "transparent": True}
    # Text stays text, so it can be searched and read aloud. The salt is part of all ids that are used.
    with rc_context({"svg.fonttype": "none", "svg.hashsalt": salt}):
        figure.savefig(file, format="svg", bbox_inches=box, **how)
    svg = file.getvalue()
    svg = svg[svg.index("<svg") :]
    svg = re.sub(r"<metadata>.*?</metadata>|<!--.*?-->", "", svg, flags=re.DOTALL)
    # A rule for * would apply to the whole page.
    svg = re.sub(r"<defs>\s*<style.*?</style>\s*</defs>", "", svg, count=1, flags=re.DOTALL)
    svg = COORDINATES.sub(_round, svg)
    svg = re.sub(r"\s*\n\s*", "\n", svg)
    svg = POINTS.sub(r"\1\n", svg).replace("xlink:href", "href")
    for name, color in VARIABLES.items():
        svg = svg.replace(f": {color.lower()}", f": var(--{name}, {color})")
    used = set(REFERENCE.findall(svg))
    return re.sub(r' id="([^"]*)"', lambda found: found[0] if found[1] in used else "", svg)


def _round(coordinates: re.Match[str]) -> str:
    return NUMBER.sub(lambda number: f"{float(number[0]):.2f}".rstrip("0").rstrip("."), coordinates[0])
