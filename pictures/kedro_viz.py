"""The flowchart of the pipelines in Kedro-Viz."""

from pathlib import Path

from playwright.sync_api import Browser, Page

from pictures.browser import open_page, save_picture
from pictures.project import PROJECT
from pictures.servers import serve


def take_flowchart(browser: Browser, folder: Path) -> None:
    """Take the flowchart with its three boxes."""
    with serve(folder / PROJECT, "viz", "run", "--no-browser", ready="/api/main") as address:
        page = open_page(browser, 1280, 800)
        page.goto(address)
        page.wait_for_timeout(4000)
        save_picture(page.screenshot(), "kedro_viz")


def take_unfolded_flowchart(browser: Browser, folder: Path) -> None:
    """Take the flowchart with the box of data science unfolded."""
    with serve(folder / PROJECT, "viz", "run", "--no-browser", ready="/api/main") as address:
        page = open_page(browser, 1280, 800)
        page.goto(address)
        page.locator(".pipeline-node--modularPipeline").filter(has_text="data_science").dblclick()
        page.wait_for_timeout(4000)
        save_picture(page.screenshot(), "kedro_viz_unfolded")
