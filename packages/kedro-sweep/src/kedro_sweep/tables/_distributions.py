"""How the values of a column are distributed in the training and in the test rows, in a few numbers."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from kedro_sweep.tables._roles import ColumnType, describe_column, read_dates
from kedro_sweep.tables._samples import Rows, draw_rows

# The places of rows in a table, and those of a sample of them.
Part = tuple[Rows, Rows]

BARS = 10
# Ends of the bars of numbers: one outlier would put all other rows into one bar.
ENDS = (0.01, 0.99)
# Shares of so many rows are off by one percentage point at most.
MAX_ROWS = 5000
DAY = 10
# Longer values are names of persons or notes rather than categories.
MAX_LENGTH, MAX_WORDS = 40, 5


def draw_parts(table: pd.DataFrame, *parts: pd.DataFrame, random_seed: int) -> list[Part]:
    """Find the places of the rows of each part in a table, and of a sample of them."""
    places = [table.index.get_indexer(part.index) for part in parts]
    rows = [place[place >= 0] for place in places]
    return [(part, part[draw_rows(len(part), MAX_ROWS, random_seed)]) for part in rows]


def describe_distribution(
    column: pd.Series, parts: Sequence[Part], *, is_class: bool = False
) -> dict[str, Any]:
    """Describe a column, and the share of the known values of each part in each of a few bars.

    Numbers and dates have equally wide bars, as have the lengths of free texts, whose values are not
    kept; a few numbers and the most frequent categories have a bar each, unless they are long. Missing
    values and the range of numbers are those of all rows, all else is that of at most 5,000 rows of each
    part.
    """
    profile, gaps = describe_column(column), column.isna().to_numpy()
    kind: ColumnType = "category" if is_class else profile.kind
    found: dict[str, Any] = {"kind": kind, "gaps": profile.gaps, "distinct": profile.distinct}
    found["missing"] = [
        (float(gaps[rows].mean()) if profile.gaps else 0.0) if len(rows) else None for rows, _ in parts
    ]
    train, test = (rows[~gaps[rows]] for _, rows in parts)
    both = column.iloc[np.concatenate([train, test])]
    if both.empty or kind in ("empty", "other"):
        return found
    if kind == "text":
        texts = both.astype(str).str
        found["words"] = float(texts.count(r"\S+").mean())
        codes = _find_bars(texts.len())
    elif kind == "date":
        dates = read_dates(both)
        ends = [_show_date(dates.iloc[n], both.iloc[n]) for n in (dates.argmin(), dates.argmax())]
        # Without the time of day, unless there is nothing else.
        found["range"] = ends if ends[0][:DAY] == ends[1][:DAY] else [end[:DAY] for end in ends]
        codes = _find_bars(dates.astype("int64"))
    elif kind == "number" and profile.distinct > BARS:
        found["range"] = [float(column.min()), float(column.max())]
        numbers = both.to_numpy(dtype=float)
        halves = np.split(numbers, [len(train)])
        found["medians"] = [float(np.median(part)) if len(part) else None for part in halves]
        codes = _find_bars(numbers)
    else:
        codes, found["values"] = _find_values(both, is_class=is_class)
    n_bars = len(found.get("values", range(BARS)))
    for name, own in zip(("train", "test"), np.split(codes, [len(train)]), strict=True):
        counts = np.bincount(own, minlength=n_bars)[:n_bars]
        found[name] = (counts / max(len(own), 1)).round(4).tolist()
    return found


def _find_bars(values: ArrayLike) -> Rows:
    """Find the bar of each number; those of whole numbers hold equally many of them."""
    numbers = np.asarray(values, dtype=float)
    low, high = np.quantile(numbers, ENDS, method="nearest")
    if low == high:
        low, high = numbers.min(), numbers.max()
    # Halves, because a difference of the largest numbers would overflow
    width = (high / 2 - low / 2) / BARS * 2 or 1.0
    if (numbers % 1 == 0).all():
        width = np.ceil(width + 1 / BARS)
    places: Rows = np.clip((numbers / 2 - low / 2) // (width / 2), 0, BARS - 1).astype(np.intp)
    return places


def _show_date(date: Any, value: Any) -> str:
    """Show a date as it is written, rather than in UTC, if it is written in the ISO format."""
    try:
        return str(datetime.fromisoformat(str(value)))
    except ValueError:
        return str(date)


def _find_values(column: pd.Series, *, is_class: bool) -> tuple[Rows, list[str]]:
    """Find the most frequent values, in order; all others, and long ones, have one more number."""
    is_number = column.dtype.kind in "iuf"
    numbers, values = pd.factorize(column if is_number else column.astype(str), sort=True)
    frequent = np.argsort(-np.bincount(numbers), kind="stable")
    short = [is_number or is_class or _is_short(str(values[place])) for place in frequent.tolist()]
    kept = np.sort(frequent[short][:BARS])
    place = np.full(len(values), len(kept))
    place[kept] = np.arange(len(kept))
    return place[numbers], [f"{value:g}" if is_number else str(value) for value in values[kept]]


def _is_short(value: str) -> bool:
    return len(value) <= MAX_LENGTH and len(value.split()) <= MAX_WORDS
