"""The table of runs in MLflow."""

import json
from pathlib import Path

from playwright.sync_api import Browser

from pictures.browser import find_box, open_page, save_part
from pictures.project import TRACKED
from pictures.servers import serve

# What MLflow remembers of its settings: the columns and their order, and that nobody wants to chat.
TABLE = {
    "orderByKey": "metrics.`sweep.corrected_value`",
    "orderByAsc": False,
    "selectedColumns": [
        "metrics.`sweep.corrected_value`",
        "metrics.`sweep.best_value`",
        "metrics.`test.acc`",
        "tags.`sweep.scoring`",
        "tags.`sweep.comparable`",
    ],
    "columnWidths": {"metrics.`sweep.best_value`": 170, "metrics.`sweep.corrected_value`": 200},
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
        page.get_by_text("4 matching runs").wait_for(timeout=120_000)
        page.wait_for_timeout(2000)  # until nothing moves
        frame = find_box(page.get_by_role("main"))
        save_part(page, "mlflow", x=frame["x"], y=0, width=1440 - frame["x"], height=400)
