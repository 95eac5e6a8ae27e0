"""How findings write places, numbers and names."""

from collections.abc import Sequence
from typing import Any

PARAMETERS = "conf/base/parameters.yml"
SEARCH = "conf/base/parameters_data_science.yml"

MAX_LISTED = 5


def show(number: float, sign: str = "") -> str:
    """Write a number with three significant digits."""
    if isinstance(number, int):
        return format(number, f"{sign}d")
    return format(float(f"{number:.3g}"), f"{sign}.12g")


def show_range(low: float, high: float, sign: str = "") -> str:
    """Write an interval."""
    return f"{show(low, sign)} to {show(high, sign)}"


def count(number: int, noun: str) -> str:
    """Write a number of things."""
    return f"{number} {noun}{'' if number == 1 else 's'}"


def enumerate_names(names: Sequence[Any]) -> str:
    """Write names as in a sentence, at most five."""
    shown = [str(name) for name in names[:MAX_LISTED]]
    if len(names) > MAX_LISTED:
        shown.append(f"{len(names) - MAX_LISTED} more")
    return " and ".join([", ".join(shown[:-1]), shown[-1]] if len(shown) > 1 else shown)
