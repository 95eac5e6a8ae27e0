"""A real browser."""

import os
from collections.abc import Iterator

import pytest
from pictures.browser import NAMES, find_browser, open_browser
from playwright.sync_api import Browser, Page


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """The machine's own Chromium, without a window."""
    if find_browser() is None:
        message = f"there is no browser here, none of {NAMES}; on Debian or Ubuntu: apt install chromium"
        (pytest.fail if os.environ.get("CI") else pytest.skip)(message)
    with open_browser() as chromium:
        yield chromium


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """An empty page, in a new profile."""
    context = browser.new_context(viewport={"width": 1440, "height": 900})
    yield context.new_page()
    context.close()


def pytest_configure(config: pytest.Config) -> None:
    """Know a marker of scikit-learn's own tests."""
    config.addinivalue_line("markers", "thread_unsafe: does not run in several threads")
