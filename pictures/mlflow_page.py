"""The table of runs in MLflow."""

import json
from pathlib import Path

from playwright.sync_api import Browser

from pictures.browser import find_box, open_page, save_part
from pictures.project import TRACKED
from pictures.servers import serve

COLUMNS = [
    "metrics.`sweep.best_value`",
    "metrics.`sweep.corrected_value`",
    "tags.`sweep.comparable`",
    "tags.`sweep.scoring`",
]
# What MLflow remembers of its settings: the columns and their order, and that nobody wants to chat.
TABLE = {
    "orderByKey": "metrics.`sweep.corrected_value`",
    "orderByAsc": False,
    "selectedColumns": COLUMNS,
}
SETTINGS = {
    'MLflowLocalStorage-1.1-ExperimentPage-["1"]-ReactComponentState': json.dumps(TABLE),
    "mlflow.assistant.fab.autoOpenedOnFirstLoad_v1": "true",
    "mlflow.assistant.panelOpen_v1": "false",
}


def take_mlflow(browser: Browser, folder: Path) -> None:
    """Take the runs, ranked by their corrected value."""
    with serve(folder / TRACKED, "mlflow", "ui", "--env", "mlflow", ready="/health") as address:
        page = open_page(browser, 1440, 700)
        page.add_init_script(f"Object.assign(localStorage, {json.dumps(SETTINGS)})")
        page.goto(f"{address}/#/experiments/1/runs")
        page.locator(".ag-row").first.wait_for()
        for column in COLUMNS:  # as wide as its name and values
            page.locator(f'.ag-header-cell[col-id="{column}"] .ag-header-cell-resize').dblclick()
        page.wait_for_timeout(2000)  # until nothing moves
        frame = find_box(page.get_by_role("main"))
        rows = find_box(page.locator(".ag-center-cols-container"))
        height = rows["y"] + rows["height"] + 20 - frame["y"]
        save_part(page, "mlflow", x=frame["x"], y=frame["y"], width=frame["width"], height=height)
