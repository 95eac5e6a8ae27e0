"""The page that compares runs works in a browser."""

from pathlib import Path

import pandas as pd
import pytest
from kedro_sweep.report import render_runs_comparison
from playwright.sync_api import Page, expect

BEST = [0.5, 0.7, 0.6]


@pytest.fixture
def comparison(page: Page, tmp_path: Path) -> Page:
    """The page of three comparable runs."""
    columns = {
        ("sweep_summary", "scoring"): "max_error",
        ("sweep_summary", "direction"): "minimize",
        ("sweep_summary", "best_value"): BEST,
        ("test_metrics", "acc"): [0.3, None, 0.4],
    }
    runs = [f"2026-01-0{day}T12.30.00.000Z" for day in (1, 2, 3)]
    file = tmp_path / "page.html"
    file.write_text(render_runs_comparison(pd.DataFrame(columns, index=runs)), encoding="utf-8")
    page.goto(file.as_uri())
    return page


def test_a_click_on_the_name_of_a_column_sorts_by_it(comparison: Page) -> None:
    days = comparison.locator("tbody th")

    def expect_days(*expected: int) -> None:
        expect(days).to_contain_text([f"2026-01-0{day} 12:30" for day in expected])

    expect_days(1, 3, 2)  # the lowest error first
    for name, expected in {
        "best CV": (1, 3, 2),
        "test acc": (3, 1, 2),  # a run without a value is last
        "run (UTC)": (3, 2, 1),
    }.items():
        comparison.get_by_role("button", name=name).click()
        expect_days(*expected)
    comparison.get_by_role("button", name="test acc").click()
    comparison.get_by_role("button", name="test acc").click()
    expect_days(1, 3, 2)


def test_the_page_fits_a_phone_and_its_table_scrolls(comparison: Page) -> None:
    comparison.set_viewport_size({"width": 390, "height": 844})
    assert comparison.evaluate("document.documentElement.scrollWidth") == 390
    table = comparison.locator(".table").first
    assert table.evaluate("box => box.scrollWidth > box.clientWidth")
    first = comparison.locator("tbody th").first
    place = first.bounding_box()
    table.evaluate("box => { box.scrollLeft = 200 }")
    assert first.bounding_box() == place
