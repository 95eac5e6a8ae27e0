"""Compare the ways to choose a threshold over splits, tables and models."""

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

LOWER_IS_BETTER = ("cost",)


def arrange(rows: Sequence[Mapping[str, Any]], measure: str) -> pd.DataFrame:
    """Arrange results: a row per table, model and split, a column per way."""
    index = ["table", "model", "split"]
    found = [
        {name: row[name] for name in index}
        | {way: values[measure] for way, values in row["values"].items()}
        for row in rows
    ]
    return pd.DataFrame(found).set_index(index)


def rank(frame: pd.DataFrame, measure: str) -> "pd.Series[float]":
    """Average the ranks of each way over tables and models, by its mean over the splits; 1 is best."""
    means = frame.groupby(level=["table", "model"]).mean()
    ranks: pd.Series[float] = means.rank(axis="columns", ascending=measure in LOWER_IS_BETTER).mean()
    return ranks
