"""The first picture of the README: a change of settings, and the report of the run that follows it."""

import base64
import difflib
from pathlib import Path

from playwright.sync_api import Browser

from pictures.composing import save_composed
from pictures.pages import open_report
from pictures.project import PROJECT, ROOT, SETTINGS


def take_hero(browser: Browser, folder: Path) -> None:
    """Take the change on the left, and the head of the report on the right."""
    project = folder / PROJECT
    before, after = (root / "conf/base" / SETTINGS for root in (ROOT, project))
    page = open_report(browser, project, run=2, width=760)
    page.add_style_tag(content="nav, .run, #numbers ~ section, #numbers > figure { display: none }")
    report = base64.b64encode(page.locator(".page").screenshot()).decode()
    save_composed(
        browser,
        "hero",
        file=SETTINGS,
        lines=compare_settings(before.read_text(), after.read_text()),
        report=f"data:image/png;base64,{report}",
    )


def compare_settings(before: str, after: str) -> list[str]:
    """List the lines that differ between two files of settings, without comments.

    Args:
        before: The first file.
        after: The second.

    Returns:
        Lines that begin with `-` or `+`, and with a space the one above each change.
    """
    plain = [
        [line for line in text.splitlines() if line.strip() and not line.lstrip().startswith("#")]
        for text in (before, after)
    ]
    _, _, *lines = difflib.unified_diff(*plain, n=1, lineterm="")
    return [line for line in lines if not line.startswith("@@")]
