"""Markdown tables."""

from collections.abc import Sequence


def make_table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Make a table whose columns are as wide as their longest cells."""
    widths = [max(len(row[i]) for row in [header, *rows]) for i in range(len(header))]
    lines = [header, ["-" * width for width in widths], *rows]
    return "\n".join(
        "| " + " | ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)) + " |"
        for line in lines
    )
