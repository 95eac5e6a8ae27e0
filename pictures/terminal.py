"""The picture of a terminal, in its own colors."""

import io
import re
from pathlib import Path

from playwright.sync_api import Browser
from rich.console import Console
from rich.terminal_theme import TerminalTheme
from rich.text import Text

from pictures.composing import save_composed
from pictures.project import COLUMNS, PROJECT, read_session

# Black, red, green, yellow, blue, magenta, cyan and white on the background of templates/style.css.
THEME = TerminalTheme(
    (23, 28, 38),
    (219, 226, 236),
    [
        (71, 80, 97),
        (240, 113, 120),
        (127, 209, 160),
        (240, 190, 110),
        (110, 170, 245),
        (200, 150, 240),
        (90, 200, 215),
        (219, 226, 236),
    ],
)


def take_terminal(browser: Browser, folder: Path) -> None:
    """Take a run with its most important lines, and the table of studies after it."""
    session = read_session(folder / PROJECT)
    save_composed(
        browser,
        "terminal",
        session={command: draw_colors(printed) for command, printed in session.items()},
    )


def draw_colors(printed: str) -> str:
    """Turn what a command printed in a terminal into HTML."""
    seen = re.sub(r"[^\n]*\x1b\[2K|\x1b\[\?25[lh]|\r", "", printed)
    console = Console(record=True, width=COLUMNS, file=io.StringIO())
    console.print(Text.from_ansi(seen.rstrip()))
    return console.export_html(theme=THEME, code_format="{code}", inline_styles=True)
