"""The table of the features in a browser: each row can be read on a phone and on a wide screen."""

from pathlib import Path
from typing import Any

import pytest
from kedro_sweep.report import ReportData, render_report
from playwright.sync_api import Page

SUMMARY = {
    "study": "mine",
    "scoring": "accuracy",
    "direction": "maximize",
    "best_value": 0.6,
    "best_trial": 0,
    "n_trials": 1,
    "n_complete": 1,
    "n_pruned": 0,
    "n_fail": 0,
}
SHARES = {"missing": [0.18, 0.2], "gaps": 9, "train": [0.3, 0.7], "test": [0.6, 0.4], "distinct": 400}
COLUMNS: dict[str, dict[str, Any]] = {
    "a": SHARES | {"kind": "category", "values": ["x" * 60, "y " * 30]},
    "b": SHARES | {"kind": "date", "range": ["2024-01-01", "2024-11-30"]},
    "c": SHARES | {"kind": "number", "range": [-123456.0, 430444.6], "medians": [1.0, None]},
    "d": SHARES | {"kind": "text", "words": 8.0},
    "e": {"kind": "empty", "missing": [1, 1], "gaps": 9, "distinct": 0},
} | {
    f"sensor_measurement_of_{kind}_in_the_hall_{place}_normalised_by_the_mean_of_all_other_sensors": SHARES
    | {"kind": "yes/no", "values": ["no", "yes"]}
    for kind in ("temperature", "humidity", "light")
    for place in range(7)
}
NUMBERS = {"value": -0.0123, "spread": 0.0045, "noise": 0.02, "effect": "↗"}


@pytest.mark.parametrize("width", [320, 390, 1024, 1440])
def test_names_differ_nothing_is_cut_off_and_marks_share_an_axis(
    width: int, page: Page, tmp_path: Path
) -> None:
    data = ReportData(
        summary=SUMMARY,
        data_summary={"target_values": COLUMNS["a"], "features": COLUMNS},
        importances=dict.fromkeys(COLUMNS, NUMBERS),
    )
    file = tmp_path / "report.html"
    file.write_text(render_report(data), encoding="utf-8")
    page.set_viewport_size({"width": width, "height": 900})
    page.goto(file.as_uri())
    table = page.locator(".features")
    assert page.evaluate("document.documentElement.scrollWidth") == width
    assert table.evaluate("table => table.scrollWidth <= table.clientWidth")
    names = table.locator("tbody th").all_inner_texts()
    assert len({*names}) == len(COLUMNS) + 1
    places = table.locator("tbody .strip").evaluate_all(
        "all => all.map(strip => { const box = strip.getBoundingClientRect(); return [box.left, box.width] })"
    )
    assert len(places) == len(COLUMNS)
    assert all(place == pytest.approx(places[0], abs=1) for place in places)
    assert places[0][1] > 40
