"""The tables of docs/reference/strength.md."""

from math import isnan

from benchmarks.markdown import make_table
from benchmarks.strength.compare import Comparison, Difference
from benchmarks.strength.tables import TABLES


def describe_tables() -> str:
    """Make the table of the tables."""
    rows: list[list[str]] = []
    for name, table in TABLES.items():
        X_train, X_test, y, _ = table.split(0)
        rows.append(
            [
                name,
                f"{len(X_train) + len(X_test):,}",
                f"{X_train.shape[1]}",
                f"{len(X_train.select_dtypes('str').columns)}",
                f"{X_train.isna().to_numpy().sum() + X_test.isna().to_numpy().sum():,}",
                f"`{table.target}`, "
                + (f"{y.nunique()} classes" if table.task == "classification" else "number"),
                table.about,
            ]
        )
    return make_table(
        ["table", "rows", "columns", "text columns", "missing values", "target", "what is predicted"],
        rows,
    )


def tabulate(comparison: Comparison) -> str:
    """Make the tables of one budget: mean scores, differences to the first method, and seconds."""
    scores, methods = comparison.scores, list(comparison.scores.columns)
    best = scores.max(axis="columns")
    score_rows = [
        [table, *(_mark(value, value == best[table]) for value in row)]
        for table, row in zip(scores.index, scores.to_numpy(), strict=True)
    ]
    ranks = comparison.ranks[methods]
    score_rows.append(["mean rank", *(_mark(rank, rank == ranks.min(), digits=2) for rank in ranks)])
    others = methods[1:]
    difference_rows = [
        [table, *(_describe(comparison.differences[table, other]) for other in others)]
        for table in scores.index
    ]
    second_rows = [
        [table, *(f"{value:.1f}" for value in row)]
        for table, row in zip(scores.index, comparison.seconds.to_numpy(), strict=True)
    ]
    common, most = comparison.n_splits
    return "\n\n".join(
        [
            f"Splits of all methods: {common}, of the first: {most}. "
            f"Critical difference of mean ranks: {comparison.critical_difference:.2f}",
            make_table(["table", *methods], score_rows),
            make_table(["table", *others], difference_rows),
            make_table(["table", *methods], second_rows),
        ]
    )


def _mark(value: float, is_best: bool, digits: int = 3) -> str:
    if isnan(value):
        return "failed"
    return f"**{value:.{digits}f}**" if is_best else f"{value:.{digits}f}"


def _describe(found: Difference) -> str:
    if isnan(found.mean):
        return "failed"
    text = f"{found.mean:+.3f} ± {found.standard_error:.3f} ({found.low:+.3f} to {found.high:+.3f})"
    return f"**{text}**" if found.is_loss else text
