"""The pages that a run writes: its report, and the comparison of all runs."""

from pathlib import Path

from playwright.sync_api import Browser, Page

from pictures.browser import find_box, open_page, save_part
from pictures.project import COMPARISON, PROJECT

REPORTS = "data/08_reporting/report.html"
# The fonts of a page are those of its reader; these every machine with Chromium on Linux has.
FONTS = (
    "html { font-family: 'Liberation Sans', sans-serif } code, pre { font-family: 'DejaVu Sans Mono' }"
)


def take_report(browser: Browser, folder: Path) -> None:
    """Take the head of the report of the default run: the numbers to quote."""
    page = open_report(browser, folder / PROJECT, run=0, width=1100)
    end = find_box(page.locator("#numbers"))
    save_part(page, "report", x=0, y=0, width=1100, height=end["y"] + end["height"] + 24)


def take_comparison(browser: Browser, folder: Path) -> None:
    """Take both groups of runs."""
    page = open_comparison(browser, folder / PROJECT / COMPARISON, width=1180)
    end = find_box(page.locator("section").nth(1))
    save_part(page, "runs_comparison", x=0, y=0, width=1180, height=end["y"] + end["height"] + 24)


def open_report(browser: Browser, project: Path, run: int, width: int) -> Page:
    """Open the report of a run."""
    report = sorted((project / REPORTS).glob("*/report.html"))[run]
    return _open_file(browser, report, width)


def open_comparison(browser: Browser, file: Path, width: int) -> Page:
    """Open a comparison of runs."""
    return _open_file(browser, file, width)


def _open_file(browser: Browser, file: Path, width: int) -> Page:
    page = open_page(browser, width, 1600)
    page.goto(file.as_uri())
    page.add_style_tag(content=FONTS)
    page.add_style_tag(content=".page { padding-top: 2rem }")
    return page
