"""A finding, as an object, as JSON and as a line in the log."""

import logging
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Finding:
    """Something that the reader of a run should know.

    Attributes:
        name: Name of the rule that found it.
        message: What was found, in a sentence or two.
        remedy: How to fix it.
        figures: The numbers and names behind the message, as plain values.
        doubt: Whether it casts doubt on the model or its scores, instead of suggesting a better search.
    """

    name: str
    message: str
    remedy: str
    figures: dict[str, Any] = field(default_factory=dict)
    doubt: bool = True


def to_plain(findings: Iterable[Finding]) -> dict[str, dict[str, Any]]:
    """Turn findings into the values that are tracked, by name; a second one of a name gets `_2`."""
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
    """Log a line for each finding: a warning if it casts doubt on the model, information otherwise."""
    for finding in findings:
        level = logging.WARNING if finding.doubt else logging.INFO
        logger.log(level, "%s %s", finding.message, finding.remedy)
