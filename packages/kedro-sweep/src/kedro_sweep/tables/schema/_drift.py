"""Whether the rows of a file are like the training rows, feature by feature.

The population stability index (PSI) of the shares p and q in bins is the sum of (p - q) ln(p / q).
Without a shift, PSI / (1/n + 1/m) for n and m rows is about chi-squared with one degree of freedom
fewer than there are bins (Yurdakul and Naranjo 2020, Statistical properties of the population stability
index, Journal of Risk Model Validation 14(4)). Small files are less regular, and many features are
judged at once, so the least p-value of all is compared with those of simulated files without a shift.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from zlib import crc32

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.optimize import brentq
from scipy.stats import chi2, ncx2

from kedro_sweep.tables.kinds import CONVERSIONS, guess_kind, to_texts

Counts = NDArray[np.float64]

# Deciles of the training rows, as usual for the index.
BINS = 10
# skrub one-hot encodes columns with fewer than 40 values and ignores values that training did not have.
# More values are no categories, but may be names: only their checksums are kept.
MAX_CATEGORIES = 39
# From these on, a shift is called moderate and large: a convention of credit scoring (Siddiqi 2006,
# Credit Risk Scorecards), no test. Two normal distributions half a standard deviation apart have 0.25:
# the index is about the square of their distance.
MODERATE, LARGE = 0.1, 0.25
# The share of files without a shift in which chance alone moves any feature beyond its limit.
LEVEL = 0.05
# A shift counts as detectable if it is found in so many files (Cohen 1988).
POWER = 0.8
SIMULATED = 1_000
# Jeffreys' prior: half a row in each bin, so that none is empty.
HALF_ROW = 0.5


@dataclass(frozen=True)
class Shift:
    """How far a feature has shifted."""

    feature: str
    index: float
    by_chance: float  # the mean of the index without any shift
    limit: float  # what the index exceeds by chance in any feature of LEVEL of the files
    detectable: float  # the excess that POWER of the files would show
    missing_before: float  # share of the training rows
    missing_now: float  # share of the rows of the file

    @property
    def excess(self) -> float:
        return self.index - self.by_chance

    @property
    def is_clear(self) -> bool:
        return self.index > self.limit and self.excess >= MODERATE


def describe_values(values: pd.Series, date_format: str | None = None) -> str | None:
    """Describe a feature of the training rows by its quantiles and the numbers of rows between them.

    Categories are in alphabetical order: a frequent one is a separate bin, a rare or new one shares a
    bin with its neighbors. Other texts are in no order. The last number counts missing values.
    """
    if (kind := "date" if date_format else guess_kind(values)) is None:
        return None
    is_free = kind == "text" and values.nunique() > MAX_CATEGORIES
    described: dict[str, Any] = {"kind": "free text" if is_free else kind, "format": date_format}
    converted = _convert(values, described)
    known = np.sort(converted.dropna().to_numpy())
    last = np.ceil(np.arange(1, BINS) * len(known) / BINS).astype(int) - 1
    edges = np.unique(known[last]) if len(known) else known
    rows = np.searchsorted(known, edges, "right") - np.searchsorted(known, edges, "left")
    # A value of many rows, such as 0, gets a separate bin.
    described |= {"edges": edges.tolist(), "alone": (rows * BINS >= len(known)).tolist()}
    counts = _count(converted, described).astype(int).tolist()
    return json.dumps(described | {"counts": counts}, ensure_ascii=False)


def count_values(values: pd.Series, described: Mapping[str, Any]) -> Counts:
    """Count the rows in the bins of a feature, and those without a value."""
    return _count(_convert(values, described), described)


def _count(converted: pd.Series, described: Mapping[str, Any]) -> Counts:
    edges = described["edges"]
    codes, unique = pd.factorize(converted.to_numpy())  # -1 for a missing value
    # Twice the number of smaller edges, and one more for an edge itself.
    found = np.searchsorted(edges, unique, "left") + np.searchsorted(edges, unique, "right")
    is_start = np.ones(2 * len(edges) + 1, dtype=bool)
    is_start[1::2] = described["alone"]
    bins = np.append((np.cumsum(is_start) - 1)[found.astype(int)], is_start.sum())
    return np.bincount(bins[codes], minlength=is_start.sum() + 1).astype(float)


def measure_shifts(training: Mapping[str, Counts], counted: Mapping[str, Counts]) -> list[Shift]:
    """Compare the counts of a file with those of the training rows; the clearest shift comes first."""
    random, least = np.random.default_rng(0), np.ones(SIMULATED)
    compared = {}
    for name, counts in training.items():
        is_used = counts + counted[name] > 0
        before, after = counts[is_used], counted[name][is_used]
        shares = random.gamma(before + HALF_ROW, size=(SIMULATED, len(before)))
        drawn = random.multinomial(int(after.sum()), shares / shares.sum(1, keepdims=True))
        scaled = _scale(before, drawn.astype(float))
        least = np.minimum(least, chi2.sf(scaled, _freedom(before)))
        compared[name] = before, after, float(scaled.mean())
    level = float(np.quantile(least, LEVEL))
    shifts = []
    for name, (before, after, mean) in compared.items():
        noise, freedom = 1 / before.sum() + 1 / after.sum(), _freedom(before)
        limit = float(chi2.isf(level, freedom))
        index, needed = float(_scale(before, after)), max(limit, mean + MODERATE / noise)
        # The half rows move the shares of a small file toward each other.
        kept = after.sum() / (after.sum() + HALF_ROW * len(after))
        detectable = _find_excess(needed, freedom) / kept**2
        missing = (float(rows[name][-1] / rows[name].sum()) for rows in (training, counted))
        indexes = (float(x * noise) for x in (index, mean, limit, detectable))
        shifts.append(Shift(name, *indexes, *missing))
    return sorted(shifts, key=lambda shift: (shift.is_clear, shift.excess), reverse=True)


def _find_excess(needed: float, freedom: int) -> float:
    """Find how large a shift must be to exceed what is needed in POWER of the files."""
    if ncx2.sf(needed, freedom, 1e-9) >= POWER:  # in files of a few rows
        return 0.0
    most = needed + 9 * np.sqrt(needed) + 100
    return float(brentq(lambda excess: ncx2.sf(needed, freedom, excess) - POWER, 1e-9, most))


def _freedom(bins: Counts) -> int:
    return max(len(bins) - 1, 1)


def _scale(before: Counts, after: Counts) -> Counts:
    """Divide the index by (1/n + 1/m)."""
    p, q = (
        (rows + HALF_ROW) / (rows.sum(-1, keepdims=True) + HALF_ROW * rows.shape[-1])
        for rows in (before, after)
    )
    index = ((p - q) * np.log(p / q)).sum(-1)
    return index / (1 / before.sum(-1) + 1 / after.sum(-1))  # type: ignore[no-any-return]


def _convert(values: pd.Series, described: Mapping[str, Any]) -> pd.Series:
    """Convert values to texts or numbers, which have an order."""
    if described["kind"] != "date":
        converted: pd.DataFrame = ORDERED[described["kind"]](values.to_frame())
        return converted.iloc[:, 0]
    dates = pd.to_datetime(values, utc=True, format=described["format"] or "ISO8601", errors="coerce")
    times = dates.astype("datetime64[us, UTC]")
    return times.astype("int64").astype(float).where(times.notna())


def _to_checksums(table: pd.DataFrame) -> pd.DataFrame:
    checksums = to_texts(table).map(
        lambda text: crc32(text.encode("utf-8", "surrogatepass")), na_action="ignore"
    )
    return checksums.astype(float)


ORDERED: dict[str, Any] = CONVERSIONS | {"free text": _to_checksums}
