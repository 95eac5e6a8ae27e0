"""What each picture shows, in the order in which they are taken."""

import base64
import io
import json
import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import yaml
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from kedro_sweep.tracking.kedro_viz import prepare_environment
from PIL import Image
from playwright.sync_api import Browser, FloatRect, Locator, Page
from rich.console import Console
from rich.terminal_theme import TerminalTheme
from rich.text import Text

from pictures.browser import serve
from pictures.project import (
    COLUMNS,
    COMPARISON,
    GRID_COMMANDS,
    GRIDS,
    PROJECT,
    ROOT,
    SESSION,
    TRACKED,
)

TEMPLATES = Environment(
    loader=FileSystemLoader(Path(__file__).with_name("templates")),
    autoescape=True,
    undefined=StrictUndefined,
)
SECONDS = 120  # to wait for a part of a page, also while the machine is busy
STILL = 2500  # milliseconds until nothing moves
# The fonts of a page are those of its reader; these every machine with Chromium on Linux has.
FONTS = (
    "html { font-family: 'Liberation Sans', sans-serif } code, pre { font-family: 'DejaVu Sans Mono' }"
    ".page { padding-top: 2rem }"
)
# In the first picture, the head of the report is enough, as wide as GitHub shows it.
HERO_WIDTH, HERO_HEIGHT = 790, 1100
HEAD = "nav, .run { display: none } .page { padding: 1.25rem } header { margin-bottom: 1.25rem }"
# Foreground, then black, red, green, yellow, blue, magenta, cyan and white, on the dark of style.css.
COLORS = "dbe2ec 475061 f07178 7fd1a0 f0be6e 6eaaf5 c896f0 5ac8d7 dbe2ec"
MLFLOW_COLUMNS = [
    "metrics.`sweep.best_value`",
    "metrics.`sweep.corrected_value`",
    "tags.`sweep.comparable`",
    "tags.`sweep.scoring`",
]
# What MLflow remembers of its settings: the columns and their order, and that nobody wants to chat.
MLFLOW_SETTINGS = {
    'MLflowLocalStorage-1.1-ExperimentPage-["1"]-ReactComponentState': json.dumps(
        {"orderByKey": MLFLOW_COLUMNS[1], "orderByAsc": False, "selectedColumns": MLFLOW_COLUMNS}
    ),
    "mlflow.assistant.fab.autoOpenedOnFirstLoad_v1": "true",
    "mlflow.assistant.panelOpen_v1": "false",
}
# The same of Kedro-Viz: no side bar, no map, and no tour.
VIZ_SETTINGS = {
    "theme": "light",
    "showFeatureHints": False,
    "visible": {"sidebar": False, "miniMap": False},
}


def take_hero(browser: Browser, folder: Path) -> None:
    """The commands of the README, and the head of the report of the last; on a light and a dark page."""
    report = _find_report(folder / GRIDS, 1)
    commands = [" ".join(("kedro", *command)) for command in GRID_COMMANDS]
    for name, scheme in (("hero", "light"), ("hero_dark", "dark")):
        page = _open_file(browser, report, HERO_WIDTH, color_scheme=scheme)
        page.add_style_tag(content=HEAD)
        last = _find_box(page.locator("main section").first)
        height = min(last["y"] + last["height"] + 16, HERO_HEIGHT)
        head = page.screenshot(
            clip={"x": 0, "y": 0, "width": HERO_WIDTH, "height": height}, full_page=True
        )
        _compose(browser, "hero", save_as=name, scheme=scheme, commands=commands, report=_encode(head))


def take_terminal(browser: Browser, folder: Path) -> None:
    """A run with its most important lines, and the table of studies after it."""
    session = yaml.safe_load((folder / PROJECT / SESSION).read_text())
    outputs = {command: draw_colors(printed) for command, printed in session.items()}
    _compose(browser, "terminal", session=outputs)


def draw_colors(printed: str) -> str:
    """Turn what a command printed in a terminal into HTML; a progress bar is as it was last."""
    seen = re.sub(r"[^\n]*\x1b\[2K|\x1b\[\?25[lh]|\r", "", printed)
    front, *others = ((*bytes.fromhex(color),) for color in COLORS.split())
    theme = TerminalTheme((23, 28, 38), front, others)
    console = Console(record=True, width=COLUMNS, file=io.StringIO())
    console.print(Text.from_ansi(seen.rstrip()))
    return console.export_html(theme=theme, code_format="{code}", inline_styles=True)


def take_report(browser: Browser, folder: Path) -> None:
    """The head of the report of the default run: the numbers to quote."""
    page = _open_file(browser, _find_report(folder / PROJECT, 0), 1100)
    _save_until(page, "report", page.locator("#numbers"))


def take_comparison(browser: Browser, folder: Path) -> None:
    """Both groups of runs."""
    page = _open_file(browser, folder / PROJECT / COMPARISON, 1180)
    _save_until(page, "runs_comparison", page.locator("section").nth(1))


def take_flowchart(browser: Browser, folder: Path) -> None:
    """The three boxes, and the datasets between them."""
    _take_flowchart(browser, folder, "kedro_viz", "__default__", "vertical")


def take_unfolded_flowchart(browser: Browser, folder: Path) -> None:
    """The box of data science, unfolded."""
    _take_flowchart(browser, folder, "kedro_viz_unfolded", "ds", "vertical", unfold="data_science")


def _take_flowchart(
    browser: Browser, folder: Path, name: str, pipeline: str, orientation: str, unfold: str | None = None
) -> None:
    width, margin = 1600, 28
    with serve(folder / PROJECT, "viz", "run", "--no-browser", ready="/api/main") as address:
        page = _open(browser, width, 1200)
        _remember(page, {"KedroViz": json.dumps(VIZ_SETTINGS | {"orientation": orientation})})
        page.goto(f"{address}/?pid={pipeline}")
        boxes = page.locator(".pipeline-node--modularPipeline")
        boxes.first.wait_for()
        # The names of the layers stay at the edge at any zoom, over the widest row.
        page.add_style_tag(content="[class*=update-reminder], [class*=layer-name] { display: none }")
        if unfold:
            boxes.filter(has_text=unfold).dblclick()
        page.wait_for_timeout(STILL)
        graph = page.locator(".pipeline-flowchart__graph #nodes")
        while (box := _find_box(graph))["x"] < margin or box["x"] + box["width"] > width - margin:
            page.get_by_label("Zoom out").click()  # a wide one is cut off at first
            page.wait_for_timeout(STILL)
        x, y = box["x"] - margin, box["y"] - margin
        _save_part(page, name, x, y, box["width"] + 2 * margin, box["height"] + 2 * margin)


def take_experiments(browser: Browser, folder: Path) -> None:
    """Three runs side by side in Kedro-Viz 10.2, with their titles and metrics."""
    environment = prepare_environment(ROOT).parents[1]  # which takes minutes, once
    project = folder / PROJECT
    link = project / environment.name
    if not link.is_symlink():
        link.symlink_to(environment)
    width = 1630  # what three runs side by side need
    with serve(project, "sweep", "experiments", "--no-browser", ready="/api/main") as address:
        page = _open(browser, width, 1300, color_scheme="dark")
        page.goto(f"{address}/experiment-tracking")
        page.get_by_role("button", name="Acknowledge and dismiss").click()
        cards = page.locator(".runs-list-card")  # the newest first
        cards.last.click()  # the others are compared with it
        page.locator(".switch").click()
        for place in (1, 0):
            cards.nth(place).click()
        page.get_by_label("Hide menu").click()
        page.add_style_tag(content="[class*=toolbar__label] { display: none }")  # of the menu's button
        page.wait_for_timeout(STILL)
        left = _find_box(page.locator(".details-mainframe"))["x"]
        below = _find_box(page.get_by_text("JSON Data", exact=True))["y"]
        _save_part(page, "experiment_tracking", left, 0, width - left, below - 24)


def take_mlflow(browser: Browser, folder: Path) -> None:
    """The runs in MLflow, ranked by their corrected value."""
    with serve(folder / TRACKED, "mlflow", "ui", "--env", "mlflow", ready="/health") as address:
        page = _open(browser, 1440, 700)
        _remember(page, MLFLOW_SETTINGS)
        page.goto(f"{address}/#/experiments/1/runs")
        page.locator(".ag-row").first.wait_for()
        for column in MLFLOW_COLUMNS:  # as wide as its name and values
            page.locator(f'.ag-header-cell[col-id="{column}"] .ag-header-cell-resize').dblclick()
        page.wait_for_timeout(STILL)
        frame = _find_box(page.get_by_role("main"))
        rows = _find_box(page.locator(".ag-center-cols-container"))
        height = rows["y"] + rows["height"] + 20 - frame["y"]
        _save_part(page, "mlflow", frame["x"], frame["y"], frame["width"], height)


def take_dashboard(browser: Browser, folder: Path) -> None:
    """The default run's study in Optuna Dashboard: its history, importances, and when each trial ran."""
    with serve(folder / PROJECT, "sweep", "dashboard") as address:
        page = _open(browser, 1280, 1220)
        page.goto(f"{address}/dashboard/studies/0")
        for layer in ("scatterlayer", "barlayer"):
            page.locator(f".js-plotly-plot .{layer} .point").first.wait_for()
        page.wait_for_timeout(STILL)
        _save(page.screenshot(), "optuna_dashboard")


SCENES: Mapping[str, Callable[[Browser, Path], None]] = {
    "hero": take_hero,
    "report": take_report,
    "runs_comparison": take_comparison,
    "terminal": take_terminal,
    "kedro_viz": take_flowchart,
    "kedro_viz_unfolded": take_unfolded_flowchart,
    "experiment_tracking": take_experiments,
    "mlflow": take_mlflow,
    "optuna_dashboard": take_dashboard,
}


def _open(browser: Browser, width: int, height: int, **options: Any) -> Page:
    """Open an empty page, in a new profile, with two pixels per CSS pixel and without animations."""
    page = browser.new_page(
        viewport={"width": width, "height": height},
        device_scale_factor=2,
        reduced_motion="reduce",
        **{"color_scheme": "light"} | options,
    )
    page.set_default_timeout(SECONDS * 1000)
    return page


def _open_file(browser: Browser, file: Path, width: int, **options: Any) -> Page:
    page = _open(browser, width, 1600, **options)
    page.goto(file.as_uri())
    page.add_style_tag(content=FONTS)
    return page


def _find_report(project: Path, run: int) -> Path:
    """Find the report of a run; the oldest is 0."""
    return sorted((project / "data/08_reporting/report.html").glob("*/report.html"))[run]


def _remember(page: Page, settings: Mapping[str, str]) -> None:
    """Write what a site keeps in the browser, before it reads it."""
    page.add_init_script(f"Object.assign(localStorage, {json.dumps(settings)})")


def _compose(browser: Browser, name: str, save_as: str = "", **values: Any) -> None:
    """Fill a template, and save what the browser draws of it."""
    page = _open(browser, 800, 600)
    page.set_content(TEMPLATES.get_template(f"{name}.html").render(values))
    _save(page.locator("body").screenshot(), save_as or name)


def _encode(png: bytes) -> str:
    """Turn a picture into an address that holds it."""
    return f"data:image/png;base64,{base64.b64encode(png).decode()}"


def _find_box(part: Locator) -> FloatRect:
    box = part.bounding_box()
    if box is None:
        raise ValueError(f"{part} is not visible.")
    return box


def _save_until(page: Page, name: str, last: Locator) -> None:
    """Save a page from its head to the end of a part."""
    box, size = _find_box(last), page.viewport_size
    assert size
    _save_part(page, name, 0, 0, size["width"], box["y"] + box["height"] + 24)


def _save_part(page: Page, name: str, x: float, y: float, width: float, height: float) -> None:
    clip: FloatRect = {"x": x, "y": y, "width": width, "height": height}
    _save(page.screenshot(clip=clip, full_page=True), name)


def _save(png: bytes, name: str) -> None:
    """Save a picture in 256 colors, where the pages of the documentation find it."""
    picture = Image.open(io.BytesIO(png)).convert("RGB")
    # So that also small areas keep their color, such as a dot of a figure.
    method = Image.Quantize.MAXCOVERAGE
    small = picture.quantize(256, method, kmeans=1, dither=Image.Dither.NONE)
    small.save(ROOT / f"docs/images/{name}.png", optimize=True)
