"""Compare the methods over the splits of each table, and over the tables."""

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass

import numpy as np
import pandas as pd
from scipy.stats import studentized_range, t

from benchmarks.strength.results import Result
from benchmarks.strength.settings import TEST_SHARE

LEVEL = 0.95


@dataclass(frozen=True)
class Difference:
    """How much better one method is than another on a table, split by split.

    Attributes:
        mean: The mean difference of the test scores.
        standard_error: Standard error of the mean, corrected because the splits share rows.
        low: Lower end of the 95% interval (t distribution).
        high: Upper end.
    """

    mean: float
    standard_error: float
    low: float
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
    """Compare two methods on one table, by the corrected resampled t of Nadeau and Bengio.

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
    """The results of all methods with one budget.

    Attributes:
        scores: Mean test scores: a row per table, a column per method, NaN if a method failed.
        seconds: Mean seconds until the model was fitted, in the same form.
        differences: Differences between the first method and each other one, by table and method.
        ranks: Mean rank of each method over the tables; 1 is best.
        critical_difference: By how much two mean ranks must differ, by Nemenyi's test at 5%.
        n_splits: The numbers of splits that all methods ran, and that the first method ran.
    """

    scores: pd.DataFrame
    seconds: pd.DataFrame
    differences: dict[tuple[str, str], Difference]
    ranks: pd.Series
    critical_difference: float
    n_splits: tuple[int, int]


def compare(results: Iterable[Result], tables: Sequence[str], methods: Sequence[str]) -> Comparison:
    """Compare the methods of one budget."""
    frame = pd.DataFrame([asdict(result) for result in results])
    frame["score"] = frame["score"].astype(float)
    by_split = frame.pivot(index=["table", "split"], columns="method", values="score")
    is_run = frame.pivot(index=["table", "split"], columns="method", values="seconds").notna()
    common = by_split[is_run.all(axis="columns")]
    # A method that failed on any split has no mean.
    means = common.groupby("table").mean(skipna=False)
    seconds = frame.pivot_table("seconds", "table", "method")
    rows = [table for table in tables if table in means.index]
    columns = [method for method in methods if method in means.columns]
    scores = means.loc[rows, columns]
    first, *others = columns
    differences = {
        (table, other): find_difference(by_split[first].loc[table], by_split[other].loc[table])
        for table in rows
        for other in others
    }
    ranks = scores.rank(axis="columns", ascending=False, na_option="bottom").mean()
    n = len(columns)
    spread = float(studentized_range.ppf(LEVEL, n, np.inf)) / 2**0.5
    critical = spread * (n * (n + 1) / (6 * len(rows))) ** 0.5
    n_common, n_most = (
        int(found.groupby("table").size().min()) for found in (common, by_split[is_run[first]])
    )
    seconds = seconds.loc[rows, columns]
    return Comparison(scores, seconds, differences, ranks, critical, (n_common, n_most))
