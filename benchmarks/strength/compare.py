"""Compare the methods over the splits of each table, and over the tables."""

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass

import pandas as pd
from scipy.stats import t

from benchmarks.strength.results import Result

LEVEL = 0.95


@dataclass(frozen=True)
class Difference:
    """How much better one method is than another on a table, split by split.

    Attributes:
        mean: The mean difference of the test scores.
        standard_error: Standard error of the mean.
        low: Lower end of the 95% interval (t distribution).
        high: Upper end.
    """

    mean: float
    standard_error: float
    low: float
    high: float

    @property
    def is_loss(self) -> bool:
        """Whether it is worse by two standard errors or more."""
        return self.mean < 0 and self.mean <= -2 * self.standard_error

    @property
    def is_win(self) -> bool:
        """Whether it is better by two standard errors or more."""
        return self.mean > 0 and self.mean >= 2 * self.standard_error


def find_difference(ours: "pd.Series[float]", theirs: "pd.Series[float]") -> Difference:
    """Compare two methods on one table."""
    differences = (ours - theirs).dropna()
    n = len(differences)
    mean, error = float(differences.mean()), float(differences.std()) / max(n, 1) ** 0.5
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
        n_splits: The numbers of splits that all methods ran, and that the first method ran.
    """

    scores: pd.DataFrame
    seconds: pd.DataFrame
    differences: dict[tuple[str, str], Difference]
    ranks: pd.Series
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
    n_common, n_most = (
        int(found.groupby("table").size().min()) for found in (common, by_split[is_run[first]])
    )
    return Comparison(scores, seconds.loc[rows, columns], differences, ranks, (n_common, n_most))
