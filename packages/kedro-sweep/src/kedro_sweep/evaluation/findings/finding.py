"""A finding, as an object, as JSON and as a line of the log."""

import logging
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

logger = logging.getLogger(__name__)

PARAMETERS = "conf/base/parameters.yml"
SEARCH = "conf/base/parameters_data_science.yml"

MAX_LISTED = 5


@dataclass(frozen=True)
class Finding:
    """Something about a run that its reader should know.

    Attributes:
        name: Of the rule that found it.
        message: What was found, in a sentence or two.
        remedy: What to do about it.
        figures: The numbers and names behind the message, as plain values.
        doubt: Whether it casts doubt on the model or its scores, rather than suggest a better search.
    """

    name: str
    message: str
    remedy: str
    figures: dict[str, Any] = field(default_factory=dict)
    doubt: bool = True


def to_plain(findings: Iterable[Finding]) -> dict[str, dict[str, Any]]:
    """Turn findings into what is tracked.

    Args:
        findings: The findings, most important first.

    Returns:
        Message, remedy and figures by name, in the same order. The second of a name ends in `_2`.
    """
    seen: Counter[str] = Counter()
    plain = {}
    for finding in findings:
        seen[finding.name] += 1
        suffix = f"_{seen[finding.name]}" if seen[finding.name] > 1 else ""
        plain[finding.name + suffix] = {
            "message": finding.message,
            "remedy": finding.remedy,
            "figures": finding.figures,
        }
    return plain


def log_findings(findings: Iterable[Finding]) -> None:
    """Log a line for each finding: a warning if it casts doubt on the model, information otherwise.

    Args:
        findings: The findings.
    """
    for finding in findings:
        level = logging.WARNING if finding.doubt else logging.INFO
        logger.log(level, "%s %s", finding.message, finding.remedy, extra={"markup": False})


def show(number: float, sign: str = "") -> str:
    """Write a number with three significant digits.

    Args:
        number: The number; a whole one keeps all its digits.
        sign: `+` to write the sign of a positive number, too.

    Returns:
        Its text, such as `0.598`, `1230` or `+0.01`.
    """
    if isinstance(number, int):
        return format(number, f"{sign}d")
    return format(float(f"{number:.3g}"), f"{sign}.12g")


def show_range(low: float, high: float, sign: str = "") -> str:
    """Write an interval, such as `0.55 to 0.64`."""
    return f"{show(low, sign)} to {show(high, sign)}"


def count(number: int, noun: str, plural: str = "") -> str:
    """Write a number of things, such as `1 row` or `12 rows`."""
    return f"{number} {noun if number == 1 else plural or noun + 's'}"


def enumerate_names(names: Sequence[Any]) -> str:
    """Write names as a sentence does, and no more than five: `a`, `a and b`, `a, b and 7 more`."""
    shown = [str(name) for name in names[:MAX_LISTED]]
    if len(names) > MAX_LISTED:
        shown.append(f"{len(names) - MAX_LISTED} more")
    return " and ".join([", ".join(shown[:-1]), shown[-1]] if len(shown) > 1 else shown)
