"""How findings write places, numbers and names."""

from collections.abc import Sequence
from typing import Any

PARAMETERS = "conf/base/parameters.yml"
SEARCH = "conf/base/parameters_data_science.yml"

MAX_LISTED = 5


def show(number: float, sign: str = "") -> str:
    """Write a number with three significant digits.

    Args:
        number: The number; an integer keeps all its digits.
        sign: `+` to also write the sign of positive numbers.

    Returns:
        Its text, such as `0.598`, `1230` or `+0.01`.
    """
    if isinstance(number, int):
        return format(number, f"{sign}d")
    return format(float(f"{number:.3g}"), f"{sign}.12g")


def show_range(low: float, high: float, sign: str = "") -> str:
    """Write an interval.

    Args:
        low: Its lower end.
        high: Its upper end.
        sign: `+` to also write the sign of positive numbers.

    Returns:
        Its text, such as `0.55 to 0.64`.
    """
    return f"{show(low, sign)} to {show(high, sign)}"


def count(number: int, noun: str) -> str:
    """Write a number of things.

    Args:
        number: How many.
        noun: The singular; an s makes it the plural.

    Returns:
        Its text, such as `1 row` or `12 rows`.
    """
    return f"{number} {noun}{'' if number == 1 else 's'}"


def enumerate_names(names: Sequence[Any]) -> str:
    """Write names as in a sentence, at most five.

    Args:
        names: The names, at least one.

    Returns:
        Their text, such as `a`, `a and b`, or `a, b, c, d, e and 7 more`.
    """
    shown = [str(name) for name in names[:MAX_LISTED]]
    if len(names) > MAX_LISTED:
        shown.append(f"{len(names) - MAX_LISTED} more")
    return " and ".join([", ".join(shown[:-1]), shown[-1]] if len(shown) > 1 else shown)
