"""The browser that takes the pictures and opens the pages in tests, and how pictures are saved."""

import io
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser, FloatRect, Locator, Page, sync_playwright

from pictures.project import ROOT

IMAGES = ROOT / "docs/images"
SECONDS = 120  # to wait for a part of a page, also while the machine is busy
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


def find_browser() -> str | None:
    """Find the machine's own Chromium or Chrome."""
    return next(filter(None, map(shutil.which, NAMES)), None)


@contextmanager
def open_browser() -> Iterator[Browser]:
    """Start the machine's own Chromium, without a window."""
    path = find_browser()
    if path is None:
        raise FileNotFoundError(
            f"There is no browser here, none of {', '.join(NAMES)}. On Debian or Ubuntu: apt install chromium"
        )
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=QUIET)
        yield browser
        browser.close()


def open_page(browser: Browser, width: int, height: int, *, is_dark: bool = False) -> Page:
    """Open an empty page, in a new profile, with two pixels per CSS pixel and without animations."""
    page = browser.new_page(
        viewport={"width": width, "height": height},
        device_scale_factor=2,
        color_scheme="dark" if is_dark else "light",
        reduced_motion="reduce",
    )
    page.set_default_timeout(SECONDS * 1000)
    return page


def save_part(page: Page, name: str, *, x: float, y: float, width: float, height: float) -> None:
    """Save a part of a page."""
    clip: FloatRect = {"x": x, "y": y, "width": width, "height": height}
    save_picture(page.screenshot(clip=clip, full_page=True), name)


def find_box(part: Locator) -> FloatRect:
    """Find where a part of a page is."""
    box = part.bounding_box()
    if box is None:
        raise ValueError(f"{part} is not visible.")
    return box


def save_picture(png: bytes, name: str) -> Path:
    """Save a picture where the pages of the documentation find it, in 256 colors."""
    path = IMAGES / f"{name}.png"
    picture = Image.open(io.BytesIO(png)).convert("RGB")
    # So that also small areas keep their color, such as a dot of a figure.
    method = Image.Quantize.MAXCOVERAGE
    picture.quantize(256, method, kmeans=1, dither=Image.Dither.NONE).save(path, optimize=True)
    return path
