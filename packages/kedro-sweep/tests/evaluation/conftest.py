"""Fixtures for tests of what a search found."""

from typing import Any

import pytest


@pytest.fixture
def two_folds(parameters: dict[str, Any]) -> None:
    """Search with two folds, which are enough in most tests, and faster."""
    parameters["sweep"]["cv"] = 2
