"""The picture of a terminal, in its own colors."""

import io
import re
from pathlib import Path

from playwright.sync_api import Browser
from rich.console import Console
from rich.terminal_theme import MONOKAI
from rich.text import Text

from pictures.composing import save_composed
from pictures.project import COLUMNS, PROJECT, read_session


def take_terminal(browser: Browser, folder: Path) -> None:
    """Take a run with its most important lines, and the table of studies after it."""
    session = read_session(folder / PROJECT)
    save_composed(
        browser,
        "terminal",
        session={command: draw_colors(printed) for command, printed in session.items()},
    )


def draw_colors(printed: str) -> str:
    """Turn what a command printed in a terminal into HTML.

    Args:
        printed: Text with the escape sequences of a terminal.

    Returns:
        HTML for a `pre` element, in which a progress bar is as it was last.
    """
    seen = re.sub(r"[^\n]*\x1b\[2K|\x1b\[\?25[lh]|\r", "", printed)
    console = Console(record=True, width=COLUMNS, file=io.StringIO())
    console.print(Text.from_ansi(seen.rstrip()))
    return console.export_html(theme=MONOKAI, code_format="{code}", inline_styles=True)
