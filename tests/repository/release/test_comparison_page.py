"""The page that compares runs works in a browser."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from kedro_sweep.report import render_runs_comparison
from playwright.sync_api import Page, expect

# The mean error of each run, the oldest first, and a test score.
ERRORS = [0.5, 0.7, 0.6]
TEST = [0.3, None, 0.4]
A4_LANDSCAPE = 1000  # pixels between its margins


@pytest.fixture
def comparison(page: Page, tmp_path: Path) -> Page:
    """The page of three comparable runs: the middle one is the worst, the first the reference."""
    scores = [[*np.random.default_rng(0).normal(error, error / 20, size=200)] for error in ERRORS]
    columns = {
        ("sweep_summary", "scoring"): "max_error",
        ("sweep_summary", "direction"): "minimize",
        ("sweep_summary", "best_value"): ERRORS,
        ("sweep_summary", "n_trials"): 100,
        ("test_metrics", "acc"): TEST,
        ("run_parameters", "sweep.model.class"): ["a.Forest", "a.SVC", "a.Tree"],
        **{("selection_draws", name): scores for name in ("drawn", "left_out")},
        ("selection_draws", "scoring"): "max_error",
        ("selection_draws", "direction"): "minimize",
        ("selection_draws", "random_seed"): 42,
        ("selection_draws", "n_units"): 100,
        ("selection_draws", "bias"): 0.0,
    }
    runs = [f"2026-01-0{day}T12.30.00.000Z" for day in (1, 2, 3)]
    file = tmp_path / "page.html"
    file.write_text(render_runs_comparison(pd.DataFrame(columns, index=runs)), encoding="utf-8")
    page.set_viewport_size({"width": 1440, "height": 900})
    page.goto(file.as_uri())
    return page


def expect_days(page: Page, *expected: int) -> None:
    expect(page.locator("tbody th:visible")).to_contain_text(
        [f"2026-01-0{day} 12:30" for day in expected]
    )


def test_a_click_on_the_name_of_a_column_sorts_by_it(comparison: Page) -> None:
    expect_days(comparison, 1, 3, 2)  # the lowest error first
    expect(comparison.locator("[aria-sort=ascending] button")).to_have_text("best CV")
    for name, expected in {
        "test": (3, 1, 2),  # a run without a value is last
        "gain over reference": (1, 3, 2),
        "run (UTC)": (3, 2, 1),
    }.items():
        comparison.get_by_role("button", name=name).click()
        expect_days(comparison, *expected)
    comparison.get_by_role("button", name="best CV").click()
    comparison.get_by_role("button", name="best CV").click()
    expect_days(comparison, 2, 3, 1)
    expect(comparison.locator("[aria-sort]")).to_have_attribute("aria-sort", "descending")


def test_the_reader_picks_the_reference(comparison: Page) -> None:
    words = comparison.locator("td.gain i")
    expect(words).to_have_text(["", "below 0", "below 0"])
    expect(comparison.locator(".choice strong")).to_have_text("The reference is the best run.")
    comparison.get_by_label("Reference").select_option(index=2)  # the worst
    expect(words).to_have_text(["better", "above 0", ""])
    expect(comparison.locator(".choice strong")).to_contain_text("is clearly better")
    expect(comparison.locator("td.changed").first).to_have_text("SVC → forest")
    # A better run is right of the line at 0.
    first = comparison.locator("td.gain").first
    zero, gain = (first.locator(name).bounding_box() for name in (".zero", "circle"))
    assert zero is not None
    assert gain is not None
    assert gain["x"] > zero["x"]
    comparison.get_by_role("button", name="gain over reference").click()
    expect_days(comparison, 1, 3, 2)


def test_columns_and_runs_are_shown_on_demand(comparison: Page) -> None:
    trials, scoring = comparison.locator("th.same"), comparison.locator("th.more")
    expect(scoring.first).to_be_hidden()
    comparison.get_by_label("All columns").check()
    expect(scoring.first).to_be_visible()
    comparison.get_by_label("Differences only").check()
    expect(trials.first).to_be_hidden()
    comparison.get_by_label("Search the runs").fill("2026-01-02")
    expect_days(comparison, 2)


def test_the_keyboard_reaches_the_table_soon_and_can_skip_to_it(comparison: Page) -> None:
    comparison.keyboard.press("Tab")
    assert comparison.evaluate("document.activeElement.hash") == "#runs"
    for _ in range(20):
        comparison.keyboard.press("Tab")
        if comparison.evaluate("document.activeElement.closest('.table') !== null"):
            return
    pytest.fail("20 tab stops do not reach the table")


@pytest.mark.parametrize(
    ("medium", "width"), [("screen", 390), ("screen", 1024), ("print", A4_LANDSCAPE)]
)
def test_nothing_is_wider_than_the_page(medium: str, width: int, comparison: Page) -> None:
    comparison.emulate_media(media=medium)  # type: ignore[arg-type]
    comparison.set_viewport_size({"width": width, "height": 844})
    assert comparison.evaluate("document.documentElement.scrollWidth") == width
    fits = "boxes => boxes.every(box => box.scrollWidth <= box.clientWidth)"
    assert comparison.locator(".table").evaluate_all(fits)


def test_a_run_is_a_card_on_a_phone(comparison: Page) -> None:
    comparison.set_viewport_size({"width": 390, "height": 844})
    card = comparison.locator("tbody tr").first
    boxes = [
        comparison.locator(f"tbody tr:first-child {part}").bounding_box() for part in ("th", "td.gain")
    ]
    outer = card.bounding_box()
    assert outer is not None
    for box in boxes:
        assert box is not None
        assert box["width"] > 300
        assert outer["y"] <= box["y"] <= outer["y"] + outer["height"]
