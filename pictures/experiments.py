"""The experiment tracking page of Kedro-Viz 10.2."""

from pathlib import Path

from kedro_sweep.tracking.kedro_viz.environment import prepare_environment
from playwright.sync_api import Browser

from pictures.browser import open_page, save_picture
from pictures.project import PROJECT, ROOT, TITLES
from pictures.servers import serve


def take_experiments(browser: Browser, folder: Path) -> None:
    """Take three runs side by side, with their titles and metrics."""
    environment = prepare_environment(ROOT).parents[1]  # which takes minutes, once
    project = folder / PROJECT
    link = project / environment.name
    if not link.is_symlink():
        link.symlink_to(environment)
    with serve(project, "sweep", "experiments", "--no-browser", ready="/api/main") as address:
        page = open_page(browser, 1280, 1000, is_dark=True)
        page.goto(f"{address}/experiment-tracking")
        page.get_by_role("button", name="Acknowledge and dismiss").click()
        page.locator(".switch").click()
        for number in (1, 2):  # the newest is chosen already
            page.locator(".runs-list-card").nth(number).click()
        page.wait_for_timeout(2000)
        save_picture(page.screenshot(), "experiment_tracking")
