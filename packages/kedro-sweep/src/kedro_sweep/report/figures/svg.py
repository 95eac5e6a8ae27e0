"""A figure as SVG text that can share a page with others."""

import re
from hashlib import sha256
from html import escape
from io import StringIO
from typing import TYPE_CHECKING, Any

from kedro_sweep.report.figures.style import STYLE

if TYPE_CHECKING:
    from matplotlib.figure import Figure

# Text stays text, so it can be searched and read aloud; the output is the same in every run.
SVG_STYLE: dict[Any, Any] = {"svg.fonttype": "none", "svg.hashsalt": "kedro-sweep"}
RASTER_DPI = 110
STROKES = "stroke-linejoin: round; stroke-linecap: butt"
NO_METADATA = dict.fromkeys(("Creator", "Date", "Format", "Type"))
COORDINATES = re.compile(r'(?<= )(?:d|x|y|x1|y1|x2|y2|width|height|points|transform)="[^"]*"')
NUMBER = re.compile(r"-?\d+\.\d{3,}")
REFERENCE = re.compile(r'(?<=url\(#)[^)]+|(?<=href="#)[^"]+')


def to_svg(figure: "Figure") -> str:
    """Turn a figure into one `<svg>` element for an HTML page, always the same for the same figure.

    Its ids differ from those of other figures on the page. This fixes its layout; otherwise Matplotlib
    would compute it, and draw twice, each time it is saved.
    """
    from matplotlib import rc_context  # noqa: PLC0415

    file = StringIO()
    with rc_context({**STYLE, **SVG_STYLE}):
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
    title = figure.get_suptitle().replace("\n", " ")
    head = f'<svg role="img" aria-label="{escape(title)}" style="{STROKES}"'
    return _make_ids_unique(svg).replace("<svg", head, 1)


def _round(coordinates: re.Match[str]) -> str:
    return NUMBER.sub(lambda number: f"{float(number[0]):.2f}".rstrip("0").rstrip("."), coordinates[0])


def _make_ids_unique(svg: str) -> str:
    """Drop unused ids, and prefix the others with a hash of the text."""
    prefix = f"f{sha256(svg.encode()).hexdigest()[:8]}-"
    referred = set(REFERENCE.findall(svg))
    svg = re.sub(
        r' id="([^"]*)"',
        lambda found: f' id="{prefix}{found[1]}"' if found[1] in referred else "",
        svg,
    )
    return REFERENCE.sub(lambda found: prefix + found[0], svg)
