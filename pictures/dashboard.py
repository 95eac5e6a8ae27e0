"""A study in Optuna Dashboard."""

from pathlib import Path

from playwright.sync_api import Browser

from pictures.browser import open_page, save_picture
from pictures.project import PROJECT
from pictures.servers import serve


def take_dashboard(browser: Browser, folder: Path) -> None:
    """Take the history of the default run's study, its importances, and when each trial ran."""
    with serve(folder / PROJECT, "sweep", "dashboard") as address:
        page = open_page(browser, 1280, 1220)
        page.goto(f"{address}/dashboard/studies/0")
        page.locator(".js-plotly-plot .scatterlayer .point").first.wait_for()
        page.locator(".js-plotly-plot .barlayer .point").first.wait_for()
        page.wait_for_timeout(3000)  # until nothing moves
        save_picture(page.screenshot(), "optuna_dashboard")
