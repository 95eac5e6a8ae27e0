"""Numbers, counts and names as text: the same in the log, the report, the figures and the tables."""

from collections.abc import Sequence
from math import floor, isfinite, log10
from typing import Any

MISSING = "\N{EN DASH}"
MINUS = "\N{MINUS SIGN}"
MAX_LISTED = 5


def number(
    value: float | None, *, digits: int = 4, width: float | None = None, signed: bool = False
) -> str:
    """Write a number for a reader.

    Args:
        value: The number; None or NaN if it is missing.
        digits: Significant digits of a number that has no interval.
        width: Width of the number's interval. The number then has as many decimals as it takes to write
            the width with two significant digits.
        signed: Whether a positive number gets a plus sign.

    Returns:
        The text, such as `0.6127` or `1,235`; a dash if the number is missing.
    """
    if value is None or value != value:  # noqa: PLR0124 (NaN)
        return MISSING
    size = abs(value)
    sign = MINUS if value < 0 else "+" if signed and value > 0 else ""
    if isinstance(value, int):
        return f"{sign}{size:,}"
    if not isfinite(size) or size >= 1e9 or 0 < size < 1e-3:
        return f"{sign}{size:.{min(digits, 3)}g}"
    if width and isfinite(width):
        decimals = 1 - floor(log10(width))
    else:
        decimals = digits - 1 - max(floor(log10(size)), -1) if size else digits - 1
    text = f"{size:,.{max(decimals, 0)}f}"
    return f"{sign}{text}" if text.strip("0.,") else text


def interval(low: float, high: float, *, signed: bool = False) -> str:
    """Write the two ends of an interval, such as `0.549 to 0.640`.

    Args:
        low: The lower end.
        high: The upper end.
        signed: Whether positive ends get a plus sign.

    Returns:
        The text.
    """
    width = high - low
    ends = (number(end, width=width, signed=signed) for end in (low, high))
    return " to ".join(ends)


def count(number_of: int | None, noun: str = "") -> str:
    """Count things.

    Args:
        number_of: How many; None if unknown.
        noun: The thing, in the singular; empty to write the number alone.

    Returns:
        The text, such as `1 trial` or `1,143 rows`; a dash if unknown.
    """
    text = MISSING if number_of is None else f"{number_of:,}"
    return f"{text} {noun}{'' if number_of == 1 else 's'}" if noun else text


def names(found: Sequence[Any], most: int = MAX_LISTED) -> str:
    """List names as in a sentence.

    Args:
        found: The names.
        most: How many names to write; the rest are counted.

    Returns:
        The text, such as `alcohol, pH and 3 more`.
    """
    shown = [name(each) for each in found[:most]]
    if len(found) > most:
        shown.append(f"{len(found) - most} more")
    return " and ".join([", ".join(shown[:-1]), shown[-1]] if len(shown) > 1 else shown)


def name(found: Any) -> str:
    """Write the name of a column, a class or a category, so that the reader sees every character.

    Args:
        found: The name.

    Returns:
        The name, in quotes if it is empty or has characters that do not show.
    """
    text = str(found)
    is_plain = text and text.isprintable() and text == " ".join(text.split())
    return text if is_plain else repr(text)
