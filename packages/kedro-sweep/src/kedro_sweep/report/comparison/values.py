"""Recorded values as text."""

from collections.abc import Mapping
from typing import Any

MISSING = "–"  # noqa: RUF001
# Whole numbers up to here are exact as floats.
MAX_WHOLE = 2**53


def show_value(value: Any, digits: int = 12) -> str:
    """Write a value as YAML would on one line, without quotes.

    Args:
        value: What a run recorded.
        digits: Significant digits of a number that is not whole.

    Returns:
        The text. A column of a table that lacks a value holds floats, so that whole floats are written as
        whole numbers.
    """
    match value:
        case None:
            return "null"
        case bool():
            return str(value).lower()
        case float() if value.is_integer() and abs(value) < MAX_WHOLE:
            return f"{value:.0f}"
        case float():
            return f"{value:.{digits}g}"
        case Mapping():
            inner = [f"{name}: {show_value(item, digits)}" for name, item in value.items()]
            return f"{{{', '.join(inner)}}}"
        case list() | tuple():
            return f"[{', '.join(show_value(item, digits) for item in value)}]"
        case "":
            return '""'
    return str(value)


def show_score(value: float) -> str:
    """Write a score with four decimals, large ones with one and small ones with four digits.

    Args:
        value: The score.

    Returns:
        The text.
    """
    size = abs(value)
    if 1000 <= size < 1e9:
        return f"{value:.1f}"
    return f"{value:.4f}" if 0.01 <= size < 1000 or not size else f"{value:.4g}"
