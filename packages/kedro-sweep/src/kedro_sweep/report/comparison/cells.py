"""The parts of a table."""

from typing import NamedTuple

from kedro_sweep.report.comparison.text import MISSING

# Longer text is cut off and can be expanded.
MAX_LINES = 2
MAX_LENGTH = 90


class Cell(NamedTuple):
    """One cell.

    Attributes:
        lines: The text.
        note: Small text below.
        full: The complete text, shown on hover; empty if nothing is left out.
        key: Number to sort by; None for text.
        is_best: Whether it has a star.
    """

    lines: list[str]
    note: str = ""
    full: str = ""
    key: float | None = None
    is_best: bool = False

    @property
    def is_long(self) -> bool:
        """Whether the text is cut off."""
        return len(self.lines) > MAX_LINES or len(" ".join(self.lines)) > MAX_LENGTH


class Column(NamedTuple):
    """One column.

    Attributes:
        name: The heading.
        kind: Its style: `text`, `wide` text, `time`, `code`, `n` for numbers, or `n muted` for numbers
            that are not ranked.
        cells: One per row.
        lower_first: Whether the first click sorts the lowest value to the top.
    """

    name: str
    kind: str
    cells: list[Cell]
    lower_first: bool = False

    @property
    def is_empty(self) -> bool:
        """Whether all cells are empty."""
        return all(cell.lines == [MISSING] for cell in self.cells)
