"""The page of the documentation about strength."""

from collections.abc import Sequence
from math import isnan
from typing import Any

from benchmarks.markdown import make_table
from benchmarks.strength.compare import Comparison, Difference
from benchmarks.strength.tables import TABLES

HEAD = """# Strength

`make bench-strength` measures which model a user has after a short search, and writes this page. Every method gets the
same raw training rows, the same score to optimize (accuracy; R² for numbers), two cores, and the same seconds for the
search; the test rows are a quarter of each table, split several times. Methods:

- **contest with ensemble**: `kedro run --env contest`. The selection of the ensemble and its refit are part of its seconds.
- **contest**: the same with `ensemble: {{size: 0}}`: the best trial is the model, refitted after its seconds.
- **default**: `kedro run`: a forest and 100 trials, whatever time they take.
- **FLAML**: `AutoML.fit` with `time_budget` and `n_jobs=2`.
- **OptunaSearchCV**: of optuna-integration, over the same forest, space and preprocessing as the default, with `timeout`.
- **skrub search**: `make_randomized_search(backend="optuna")` with `timeout`, over `skrub.tabular_pipeline` of gradient
  boosting, extra trees and a linear model; the ranges are those of the examples in skrub's documentation.
- **skrub untuned**: `skrub.tabular_pipeline` as it is (gradient boosting).

Imports and the start of worker processes are before the clock for all. The time of each method runs until it has its
fitted model, so that a search that overruns its seconds shows. For ours it is the time of the functions that the nodes
call, without Kedro's start, files and reports.

The tables were fixed before anything was tuned on them:

{tables}
"""

SECTION = """## {budget:g} seconds

Mean test score over the {common} splits that all methods ran (best in bold), and the mean rank over the tables (1 is best):

{scores}

![Differences to {first}](../images/{image})

What {first} has more than each other method: mean ± standard error over the splits that both ran (at most {most}), and
its 95% interval. The splits share rows, so the intervals are a little too narrow. **Losses** by two standard errors or more: {losses}.

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
    return make_table(["table", "rows", "columns", "of them text", "gaps", "target", "what"], rows)


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
        f"Measured {' to '.join(dict.fromkeys([days[0], days[-1]]))} on: {measured}. All results are in "
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
