"""Markdown tables."""

import re
from collections.abc import Sequence


def set_numbers(text: str) -> str:
    """Write negative numbers with a minus sign instead of a hyphen, and keep a number with its error."""
    signed = re.sub(r"(?<![\w-])-(?=\d)", "\N{MINUS SIGN}", text)
    return signed.replace(" ± ", "\N{NO-BREAK SPACE}±\N{NO-BREAK SPACE}")


def make_table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Make a table whose columns are as wide as their longest cells."""
    rows = [[*map(set_numbers, row)] for row in rows]
    widths = [max(len(row[i]) for row in [header, *rows]) for i in range(len(header))]
    lines = [header, ["-" * width for width in widths], *rows]
    return "\n".join(
        "| " + " | ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)) + " |"
        for line in lines
    )
