"""Compare the tools over the splits of each table, and over the tables."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass

import numpy as np
import pandas as pd
from scipy.stats import studentized_range, t

from benchmarks.strength.request import TEST_SHARE
from benchmarks.strength.results import Result
from benchmarks.strength.tools import TOOLS

LEVEL = 0.95
MEASURES = {"roc_auc": "AUC", "accuracy": "accuracy", "r2": "R²"}


@dataclass(frozen=True)
class Difference:
    """How much better one tool is than another on a table, split by split."""

    mean: float
    standard_error: float  # corrected because the splits share rows
    low: float  # of the 95% interval (t distribution)
    high: float

    @property
    def is_loss(self) -> bool:
        """Whether the interval is below 0."""
        return self.high < 0

    @property
    def is_win(self) -> bool:
        """Whether the interval is above 0."""
        return self.low > 0


def find_difference(ours: "pd.Series[float]", theirs: "pd.Series[float]") -> Difference:
    """Compare two tools on one table, by the corrected resampled t of Nadeau and Bengio.

    C. Nadeau and Y. Bengio (2003), "Inference for the generalization error", Machine Learning 52, 239-281.
    """
    differences = (ours - theirs).dropna()
    n = len(differences)
    shared = TEST_SHARE / (1 - TEST_SHARE)
    mean, error = float(differences.mean()), float(differences.std()) * (1 / max(n, 1) + shared) ** 0.5
    half = float(t.ppf((1 + LEVEL) / 2, n - 1)) * error
    return Difference(mean, error, mean - half, mean + half)


@dataclass(frozen=True)
class Comparison:
    """The results of all tools with one limit."""

    by_split: (
        pd.DataFrame
    )  # a row per table and split, a column per tool; NaN if it failed or was not run
    scores: pd.DataFrame  # means over the splits that all tools ran; NaN if a tool failed
    seconds: pd.DataFrame
    ranks: "pd.Series[float]"  # means over the tables; 1 is best
    critical_difference: float  # of mean ranks, by Nemenyi's test at 5%
    n_splits: int  # that all tools ran, of each table, at least

    def count_splits(self, *tools: str) -> int:
        """Count the splits of each table, at least, on which all of these tools have a score."""
        return int(self.by_split[list(tools)].dropna().groupby("row").size().min())

    def differ(self, table: str, ours: str, theirs: str) -> Difference:
        """Compare two tools on the splits of a table that both ran."""
        return find_difference(self.by_split[ours].loc[table], self.by_split[theirs].loc[table])


def keep_complete(results: Sequence[Result]) -> list[Result]:
    """Keep the tools that have run on as many tables as any other."""
    tables: dict[str, set[str]] = {}
    for result in results:
        tables.setdefault(result.tool, set()).add(result.table)
    most = max(map(len, tables.values()))
    return [result for result in results if len(tables[result.tool]) == most]


def keep_longest(results: Sequence[Result]) -> list[Result]:
    """Keep the tools that have run on as many splits as any other."""
    counts = Counter(result.tool for result in results)
    return [result for result in results if counts[result.tool] == max(counts.values())]


def compare(results: Iterable[Result], tables: Sequence[str]) -> Comparison:
    """Compare the tools with one limit. A table that was scored in two ways has two rows."""
    frame = pd.DataFrame([asdict(result) for result in results])
    frame[["score", "seconds"]] = frame[["score", "seconds"]].astype(float)
    frame["row"] = frame["table"] + " (" + frame["measure"].replace(MEASURES) + ")"
    by_split = frame.pivot(index=["row", "split"], columns="tool", values="score")
    by_split = by_split[[tool for tool in TOOLS if tool in by_split]]
    is_run = frame.pivot(index=["row", "split"], columns="tool", values="day").notna().all(axis=1)
    common = by_split[is_run].groupby("row")
    rows = sorted(common.groups, key=lambda row: (tables.index(str(row).partition(" (")[0]), row))
    # A tool that failed on any split has no mean.
    scores = common.mean(skipna=False).loc[rows]
    seconds = frame.groupby(["row", "tool"])["seconds"].mean().unstack().loc[rows, scores.columns]
    ranks = scores.rank(axis="columns", ascending=False, na_option="bottom").mean()
    n = len(scores.columns)
    spread = float(studentized_range.ppf(LEVEL, n, np.inf)) / 2**0.5 if n > 1 else np.nan
    critical = spread * (n * (n + 1) / (6 * len(rows))) ** 0.5 if rows else np.nan
    return Comparison(
        by_split, scores, seconds, ranks, critical, int(common.size().min() if rows else 0)
    )
