"""Markdown tables."""

import re
from collections.abc import Sequence


def set_minus(text: str) -> str:
    """Write negative numbers with a minus sign instead of a hyphen."""
    return re.sub(r"(?<![\w-])-(?=\d)", "\N{MINUS SIGN}", text)


def make_table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Make a table whose columns are as wide as their longest cells."""
    rows = [[*map(set_minus, row)] for row in rows]
    widths = [max(len(row[i]) for row in [header, *rows]) for i in range(len(header))]
    lines = [header, ["-" * width for width in widths], *rows]
    return "\n".join(
        "| " + " | ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)) + " |"
        for line in lines
    )
