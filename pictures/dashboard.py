"""A study in Optuna Dashboard."""

from pathlib import Path

from playwright.sync_api import Browser

from pictures.browser import open_page, save_picture
from pictures.project import PROJECT
from pictures.servers import serve


def take_dashboard(browser: Browser, folder: Path) -> None:
    """Take the history of the study, the importance of its arguments, and when each trial ran."""
    with serve(folder / PROJECT, "sweep", "dashboard") as address:
        page = open_page(browser, 1280, 900)
        page.goto(f"{address}/dashboard")
        page.wait_for_timeout(5000)
        save_picture(page.screenshot(), "optuna_dashboard")
