"""The browser of the other tests."""

from tests.repository.browser.conftest import browser, page

__all__ = ["browser", "page"]
