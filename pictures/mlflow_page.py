"""The table of runs in MLflow."""

from pathlib import Path

from playwright.sync_api import Browser

from pictures.browser import open_page, save_picture
from pictures.project import TRACKED
from pictures.servers import serve


def take_mlflow(browser: Browser, folder: Path) -> None:
    """Take the runs ranked by their corrected value."""
    with serve(folder / TRACKED, "mlflow", "ui", "--env", "mlflow", ready="/health") as address:
        page = open_page(browser, 1280, 900)
        page.goto(f"{address}/#/experiments/1/runs")
        page.wait_for_timeout(8000)
        save_picture(page.screenshot(), "mlflow")
