"""The experiment tracking page of Kedro-Viz 10.2."""

import json
from pathlib import Path

from kedro_sweep.tracking.kedro_viz.environment import prepare_environment
from playwright.sync_api import Browser

from pictures.browser import find_box, open_page, save_part
from pictures.project import PROJECT, ROOT, TITLES
from pictures.servers import serve

WIDTH = 1630  # what three runs side by side need


def take_experiments(browser: Browser, folder: Path) -> None:
    """Take three runs side by side, with their titles and metrics; the first is compared with."""
    environment = prepare_environment(ROOT).parents[1]  # which takes minutes, once
    project = folder / PROJECT
    link = project / environment.name
    if not link.is_symlink():
        link.symlink_to(environment)
    runs = sorted(run.name for run in (project / "data/09_tracking/test_metrics.json").iterdir())
    titles = {run: {"title": title} for run, title in zip(runs, TITLES, strict=True)}
    named = json.dumps(json.dumps(titles))  # the browser keeps the titles that its user gives
    with serve(project, "sweep", "experiments", "--no-browser", ready="/api/main") as address:
        page = open_page(browser, WIDTH, 1300, is_dark=True)
        page.add_init_script(f"localStorage.setItem('KedroViz-runs-metadata', {named})")
        page.goto(f"{address}/experiment-tracking")
        page.get_by_role("button", name="Acknowledge and dismiss").click()
        page.locator(".runs-list-card", has_text=TITLES[0]).click()
        page.locator(".switch").click()
        for title in TITLES[2:]:
            page.locator(".runs-list-card", has_text=title).click()
        page.get_by_label("Hide menu").click()
        page.add_style_tag(content="[class*=toolbar__label] { display: none }")  # of the menu's button
        page.wait_for_timeout(2000)  # until nothing moves
        left = find_box(page.locator(".details-mainframe"))["x"]
        below = find_box(page.get_by_text("JSON Data", exact=True))["y"]
        save_part(page, "experiment_tracking", x=left, y=0, width=WIDTH - left, height=below - 24)
