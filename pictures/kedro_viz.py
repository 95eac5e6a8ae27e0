"""The flowchart of the pipelines in Kedro-Viz."""

import json
from pathlib import Path

from playwright.sync_api import Browser, Page

from pictures.browser import find_box, open_page, save_part
from pictures.project import PROJECT
from pictures.servers import serve

# What Kedro-Viz remembers of its settings: no side bar, no map, and no tour.
SETTINGS = {"theme": "light", "showFeatureHints": False, "visible": {"sidebar": False, "miniMap": False}}
MARGIN = 28
WIDTH = 1600
STILL = 2000  # milliseconds until the flowchart has moved


def take_flowchart(browser: Browser, folder: Path) -> None:
    """Take the three boxes, and the datasets between them."""
    with serve(folder / PROJECT, "viz", "run", "--no-browser", ready="/api/main") as address:
        page = _open_flowchart(browser, address, "__default__", "horizontal")
        _save_flowchart(page, "kedro_viz")


def take_unfolded_flowchart(browser: Browser, folder: Path) -> None:
    """Take the box of data science, unfolded."""
    with serve(folder / PROJECT, "viz", "run", "--no-browser", ready="/api/main") as address:
        page = _open_flowchart(browser, address, "ds", "vertical")
        page.locator(".pipeline-node--modularPipeline", has_text="data_science").dblclick()
        page.locator("#nodes").get_by_text("search_hyperparameters", exact=True).wait_for()
        _save_flowchart(page, "kedro_viz_unfolded")


def _open_flowchart(browser: Browser, address: str, pipeline: str, orientation: str) -> Page:
    page = open_page(browser, WIDTH, 1200)
    settings = json.dumps(SETTINGS | {"orientation": orientation})
    page.add_init_script(f"localStorage.setItem('KedroViz', {json.dumps(settings)})")
    page.goto(f"{address}/?pid={pipeline}")
    page.locator(".pipeline-node--modularPipeline").first.wait_for()
    page.add_style_tag(content="[class*=update-reminder] { display: none }")
    return page


def _save_flowchart(page: Page, name: str) -> None:
    graph = page.locator(".pipeline-flowchart__graph #zoom-wrapper")
    page.wait_for_timeout(STILL)
    box = find_box(graph)
    while (
        box["x"] < MARGIN or box["x"] + box["width"] > WIDTH - MARGIN
    ):  # a wide one is cut off at first
        page.get_by_label("Zoom out").click()
        page.wait_for_timeout(STILL)
        box = find_box(graph)
    save_part(
        page,
        name,
        x=box["x"] - MARGIN,
        y=box["y"] - MARGIN,
        width=box["width"] + 2 * MARGIN,
        height=box["height"] + 2 * MARGIN,
    )
