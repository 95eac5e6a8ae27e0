"""A horizontal axis in percent of the width, so that drawings in HTML fit any screen."""

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Self

from kedro_sweep.text import MINUS

# The margin on each side, in percent of the width.
PADDING = 4.0
# Steps between ticks; multiplied by powers of ten, they give all other steps.
STEPS = (1, 2, 5, 10)
MAX_STEPS = 5


@dataclass(frozen=True)
class Axis:
    """The range of an axis; `place` is called by templates, too."""

    low: float
    high: float
    most: int = MAX_STEPS  # steps between ticks

    @classmethod
    def around(
        cls,
        values: Iterable[float | None],
        others: Iterable[float | None] = (),
        most: int = MAX_STEPS,
    ) -> Self:
        """Make an axis that holds all finite values, of which there is one, and others that are near.

        A bad reference, far away, would squeeze the rest into one place.
        """
        finite = [value for value in values if value is not None and math.isfinite(value)]
        low, high = min(finite), max(finite)
        margin = 0.0 if low < high else abs(low) / 10 or 1.0
        low, high = low - margin, high + margin
        width = high - low
        near = [each for each in others if each is not None and low - width <= each <= high + width]
        return cls(min([low, *near]), max([high, *near]), most)

    def place(self, number: float) -> float:
        """Find the place of a number; one beyond an end is at that end."""
        share = (min(max(number, self.low), self.high) - self.low) / (self.high - self.low)
        return round(PADDING + (100 - 2 * PADDING) * share, 2)

    @property
    def ticks(self) -> list[tuple[float, str]]:
        """The places of round numbers, with these numbers as text."""
        width = self.high - self.low
        power = 10.0 ** math.floor(math.log10(width / self.most))
        step = next(power * factor for factor in STEPS if width / (power * factor) <= self.most)
        first, last = math.ceil(self.low / step), math.floor(self.high / step)
        numbers = [n * step for n in range(first, last + 1)]
        return [(self.place(number), f"{number:.6g}".replace("-", MINUS)) for number in numbers]
