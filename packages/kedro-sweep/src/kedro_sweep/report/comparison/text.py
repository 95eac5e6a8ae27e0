"""Recorded values as text."""

from collections.abc import Mapping
from typing import Any

MISSING = "–"  # noqa: RUF001
# Integers up to this one are exact as floats.
MAX_WHOLE = 2**53


def show_value(value: Any, digits: int = 12) -> str:
    """Write a value on one line, as in YAML, without quotes."""
    match value:
        case None | bool():
            text = {None: "null", True: "true", False: "false"}[value]
        case float():
            is_whole = value.is_integer() and abs(value) < MAX_WHOLE
            text = f"{value:.0f}" if is_whole else f"{value:.{digits}g}"
        case Mapping():
            inner = [f"{name}: {show_value(item, digits)}" for name, item in value.items()]
            text = f"{{{', '.join(inner)}}}"
        case list() | tuple():
            text = f"[{', '.join(show_value(item, digits) for item in value)}]"
        case _:
            text = str(value) or '""'
    return text


def show_score(value: float) -> str:
    """Write a score with four decimals, a large one with one decimal, a small one with four digits."""
    size = abs(value)
    if 1000 <= size < 1e9:
        return f"{value:.1f}"
    return f"{value:.4f}" if 0.01 <= size < 1000 or not size else f"{value:.4g}"
