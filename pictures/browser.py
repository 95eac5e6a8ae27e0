"""The browser that takes the pictures, and how they are saved."""

import io
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser, Page, sync_playwright

from pictures.project import ROOT

IMAGES = ROOT / "docs/images"
NAMES = ("chromium", "chromium-browser", "google-chrome")
# Without these a browser in a closed network keeps trying to reach servers.
QUIET = [
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-gpu",
    "--disable-quic",
    "--disable-sync",
    "--no-first-run",
    "--no-sandbox",
]


@contextmanager
def open_browser() -> Iterator[Browser]:
    """Start the machine's own Chromium, without a window.

    Yields:
        The browser, which ends with the block.

    Raises:
        FileNotFoundError: If there is none.
    """
    path = next(filter(None, map(shutil.which, NAMES)), None)
    if path is None:
        raise FileNotFoundError(
            f"There is no browser here, none of {', '.join(NAMES)}. On Debian or Ubuntu: apt install chromium"
        )
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=QUIET)
        yield browser
        browser.close()


def open_page(browser: Browser, width: int, height: int, *, is_dark: bool = False) -> Page:
    """Open an empty page, in a new profile, with two pixels per CSS pixel and without animations.

    Args:
        browser: The browser.
        width: Width of the page in CSS pixels.
        height: Its height.
        is_dark: Whether pages that have a dark theme show it.

    Returns:
        The page.
    """
    return browser.new_page(
        viewport={"width": width, "height": height},
        device_scale_factor=2,
        color_scheme="dark" if is_dark else "light",
        reduced_motion="reduce",
    )


def save_picture(png: bytes, name: str) -> Path:
    """Save a picture where the pages of the documentation find it, as small as it gets without a loss.

    Args:
        png: The picture.
        name: Its name, without a suffix.

    Returns:
        The file.
    """
    path = IMAGES / f"{name}.png"
    Image.open(io.BytesIO(png)).convert("RGB").save(path, optimize=True)
    return path
