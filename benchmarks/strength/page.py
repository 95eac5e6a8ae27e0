"""The page of the documentation about strength."""

from collections.abc import Sequence
from math import isnan
from typing import Any

from benchmarks.machine import describe_days
from benchmarks.markdown import make_table
from benchmarks.strength.compare import Comparison, Difference
from benchmarks.strength.tables import TABLES

HEAD = """# Strength

How good the model is after a short search, compared with other methods. `make bench-strength` takes these measurements
and writes this page. Every method gets the same raw training rows, the same score to optimize (accuracy for classes, R²
for numbers), two cores, and the same number of seconds for the search. A quarter of the rows is held out for the test.
Each table is split several times. The methods:

- **contest with ensemble**: `kedro run --env contest`. Its seconds include selecting and refitting the ensemble.
- **contest**: the same with `ensemble: {{size: 0}}`. The model is the best trial; its refit comes after the seconds.
- **default**: `kedro run`, a random forest and 100 trials, however long they take.
- **FLAML**: `AutoML.fit` with `time_budget` and `n_jobs=2`.
- **OptunaSearchCV**: the class of optuna-integration, with `timeout` and the default's forest, search space and
  preprocessing.
- **skrub search**: `make_randomized_search(backend="optuna")` with `timeout`, over `skrub.tabular_pipeline` with
  gradient boosting, extra trees and a linear model. The search space is that of the examples in skrub's documentation.
- **skrub untuned**: `skrub.tabular_pipeline` with its default model (gradient boosting) and no search.

The contests include those optional candidates whose packages are in the list of versions at the end of this page.
Imports and the start of worker processes are not timed, for any method. The clock of each method stops when its model
is fitted, so a search that takes longer than its seconds is visible in the last table. For Kedro Sweep, the clock
covers the functions that the nodes call. It leaves out Kedro's start, files and reports.

The tables were chosen before anything was tuned on them:

{tables}
"""

SECTION = """## {budget:g} seconds

Mean test score over the {common} splits that all methods ran. The best is in bold. The last row is the mean rank over
the tables; 1 is best.

{scores}

![For each table, the difference of every other method to {first}](../images/{image})

*Each dot is another method's test score minus that of the {first}, whose score is in parentheses. The bars are 95%
intervals. Left of the line, the {first} is better. Blue and orange mark differences of two standard errors or more.*

The same differences as numbers, now {first} minus the other method: the mean ± its standard error over the splits that
both ran (at most {most}), and its 95% interval. The splits share rows, so the intervals are a little too narrow. Losses
of the {first} by two standard errors or more are in bold: {losses}.

{differences}

Seconds until the model was fitted, on average:

{seconds}
"""


def describe_tables() -> str:
    """Make the table of the tables.

    Returns:
        The lines.
    """
    rows: list[list[str]] = []
    for name, table in TABLES.items():
        X_train, X_test, y, _ = table.split(0)
        n_texts = len(X_train.select_dtypes("str").columns)
        kind = f"{y.nunique()} classes" if table.task == "classification" else "number"
        rows.append(
            [
                name,
                f"{len(X_train) + len(X_test):,}",
                f"{X_train.shape[1]}",
                f"{n_texts}",
                f"{X_train.isna().to_numpy().sum() + X_test.isna().to_numpy().sum():,}",
                f"`{table.target}`, {kind}",
                table.about,
            ]
        )
    return make_table(
        ["table", "rows", "columns", "text columns", "missing values", "target", "what is predicted"],
        rows,
    )


def make_page(comparisons: dict[float, Comparison], machine: dict[str, Any], days: Sequence[str]) -> str:
    """Make the page.

    Args:
        comparisons: By budget, in seconds.
        machine: What was measured on.
        days: The days of the results.

    Returns:
        The text of the page.
    """
    sections = [make_section(budget, comparison) for budget, comparison in comparisons.items()]
    measured = ", ".join(f"{name} {value}" for name, value in machine.items())
    if not sections:
        return HEAD.format(tables=describe_tables()) + "\nNothing has been measured yet.\n"
    foot = (
        f"Measured: {describe_days(days)}. The machine: {measured}. All results are in "
        "[strength.json](strength.json).\n"
    )
    return "\n".join([HEAD.format(tables=describe_tables()), *sections, foot])


def make_section(budget: float, comparison: Comparison) -> str:
    """Make the section of one budget.

    Args:
        budget: Seconds of a search.
        comparison: All methods with it.

    Returns:
        The text.
    """
    scores, methods = comparison.scores, list(comparison.scores.columns)
    best = scores.max(axis="columns")
    score_rows = [
        [table, *(_mark(value, value == best[table]) for value in row)]
        for table, row in zip(scores.index, scores.to_numpy(), strict=True)
    ]
    ranks = comparison.ranks[methods]
    rank_row = ["mean rank", *(_mark(rank, rank == ranks.min(), digits=2) for rank in ranks)]
    others = methods[1:]
    difference_rows = [
        [table, *(_say(comparison.differences[table, other]) for other in others)]
        for table in scores.index
    ]
    second_rows = [
        [table, *(f"{value:.1f}" for value in row)]
        for table, row in zip(scores.index, comparison.seconds.to_numpy(), strict=True)
    ]
    losses = [
        f"{table} ({other})" for (table, other), found in comparison.differences.items() if found.is_loss
    ]
    common, most = comparison.n_splits
    return SECTION.format(
        budget=budget,
        common=common,
        most=most,
        first=methods[0],
        image=name_image(budget),
        scores=make_table(["table", *methods], [*score_rows, rank_row]),
        differences=make_table(["table", *others], difference_rows),
        seconds=make_table(["table", *methods], second_rows),
        losses=", ".join(losses) or "none",
    )


def name_image(budget: float) -> str:
    """Name the file of a figure.

    Args:
        budget: Seconds of a search.

    Returns:
        The name.
    """
    return f"strength_{budget:g}s.png"


def _mark(value: float, is_best: bool, digits: int = 3) -> str:
    if isnan(value):
        return "failed"
    return f"**{value:.{digits}f}**" if is_best else f"{value:.{digits}f}"


def _say(found: Difference) -> str:
    if isnan(found.mean):
        return "failed"
    text = f"{found.mean:+.3f} ± {found.standard_error:.3f} ({found.low:+.3f} to {found.high:+.3f})"
    return f"**{text}**" if found.is_loss else text
