"""The first picture of the README: a change of settings, and the report of the run that follows it."""

import difflib
from pathlib import Path

from playwright.sync_api import Browser

from pictures.composing import encode_picture, save_composed
from pictures.pages import open_comparison, open_report
from pictures.project import PROJECT, ROOT, SETTINGS, TWO_RUNS

# The head of the report is enough.
CUT = """
nav, .run, h2, #numbers ~ section, #numbers > figure, footer { display: none }
.page { padding: 1.25rem }
header { margin-bottom: 1.25rem }
"""


def take_hero(browser: Browser, folder: Path) -> None:
    """Take the change on the left, and the head of the report on the right."""
    project = folder / PROJECT
    before, after = (root / "conf/base" / SETTINGS for root in (ROOT, project))
    page = open_report(browser, project, run=2, width=820)
    page.add_style_tag(content=CUT)
    report = page.locator(".page").screenshot()
    comparison = open_comparison(browser, project / TWO_RUNS, width=660)
    comparison.add_style_tag(content=".dots { padding: 18px 16px }")
    save_composed(
        browser,
        "hero",
        file=SETTINGS,
        lines=compare_settings(before.read_text(), after.read_text()),
        comparison=encode_picture(comparison.locator(".dots").first.screenshot()),
        report=encode_picture(report),
    )


def compare_settings(before: str, after: str) -> list[str]:
    """List the lines that differ between two files of settings, without comments."""
    old, new = (
        [line for line in text.splitlines() if line.strip() and not line.lstrip().startswith("#")]
        for text in (before, after)
    )
    _, _, *lines = difflib.unified_diff(old, new, n=1, lineterm="")
    while lines[-1].startswith(" "):
        lines.pop()
    return [line for line in lines if line.startswith(("-", "+")) or line.endswith(":")]
