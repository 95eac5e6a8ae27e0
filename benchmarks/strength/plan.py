"""What is left to measure, and how long it takes."""

from collections.abc import Mapping, Sequence
from itertools import product
from statistics import median
from typing import Any

from benchmarks.strength.results import Key, Result

OVERHEAD = 3  # seconds to split, start workers, predict and score


def list_missing(
    tools: Sequence[str],
    tables: Sequence[str],
    splits: Sequence[int],
    limit: float,
    done: Mapping[Key, Any],
) -> list[Key]:
    """List what has no result yet: the tools alternate on each split of a table, and take turns to be first."""
    missing: list[Key] = []
    for turn, (split, table) in enumerate(product(splits, tables)):
        first = turn % len(tools)
        keys = [(tool, table, split, limit) for tool in [*tools[first:], *tools[:first]]]
        missing += [key for key in keys if key not in done]
    return missing


def expect_seconds(missing: Sequence[Key], results: Mapping[Key, Result]) -> float:
    """Estimate how long measurements take: as the tool took with this limit so far, or as long as the limit."""
    taken: dict[tuple[str, float], list[float]] = {}
    for result in results.values():
        if result.seconds:
            seconds = result.seconds + (result.predict_seconds or 0)
            taken.setdefault((result.tool, result.limit), []).append(seconds)
    return sum(
        OVERHEAD + median(taken.get((tool, limit), [limit or 30])) for tool, _, _, limit in missing
    )
