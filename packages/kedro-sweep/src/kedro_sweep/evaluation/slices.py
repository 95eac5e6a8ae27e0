"""Who is the model wrong for? Its score in slices of the rows, each against all other rows.

The predictions are those for the held-out rows of the folds, which are far more rows than the test has.
"""

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import replace
from itertools import pairwise
from typing import Any

import numpy as np
import pandas as pd
from pandas.api.types import is_numeric_dtype
from scipy.stats import t as student
from sklearn.compose import ColumnTransformer

from kedro_sweep import text
from kedro_sweep.evaluation.estimates import (
    ENDS,
    Estimate,
    estimate_metrics,
    explain_sum,
    find_obstacle,
    subtract,
)
from kedro_sweep.evaluation.metrics import find_name
from kedro_sweep.evaluation.predictions import Array, Predictions, Truth, describe_truth
from kedro_sweep.search import Sweep, configure_candidates
from kedro_sweep.search.study import find_sign
from kedro_sweep.tables import Data, is_date, read_dates
from kedro_sweep.tables.kinds import guess_kind, to_texts

MOST_VALUES = 10  # numbers and dates with more are cut at their quartiles
QUARTILES = [0.25, 0.5, 0.75]
FEWEST_ROWS = 20  # values with fewer are joined
JOINED, MISSING = "all others", "missing"
BY_CHANCE = 0.05  # the share of tables without any difference in which some slice is clearly worse
# R² compares with the mean of a slice, so it is low where the target varies little, for the same errors.
OF_SPREAD = {"r2", "explained_variance"}


def score_slices(
    train: pd.DataFrame, preparation: ColumnTransformer, table: pd.DataFrame, data: Data, sweep: Sweep
) -> dict[str, Any]:
    """Score the delivered model in each slice under `data.slices`, from its out-of-fold predictions."""
    if not data.slices:
        return {}
    first = next(iter(configure_candidates(train, preparation, data, sweep, explain=False).values()))
    truth = describe_truth(first)
    if len(table) != len(truth.y):
        return {"slices": [], "notes": ["No out-of-fold predictions of the model are stored."]}
    if find_obstacle(first):  # rows are dependent, so whole folds count as units
        truth = replace(truth, units=truth.folds)
    predictions = Predictions(table["y_pred"].to_numpy(), None)
    if truth.classes is not None:  # a file may give their labels another type
        true, predicted = table["y_true"], table["y_pred"]
        if isinstance(true.dtype, pd.StringDtype) and predicted.dtype == bool:
            predicted = predicted.astype(str)
        elif isinstance(true.dtype, pd.StringDtype) and is_numeric_dtype(predicted):
            true = pd.to_numeric(true, errors="coerce")  # such as 01 and 3+, of which all are called 1
        numbers = pd.Series(truth.y).groupby(true.to_numpy(), dropna=False).first()
        labels = predicted.map(numbers).fillna(-1).to_numpy(int)  # -1: not the class of any row
        probabilities = table.filter(regex="^probability_").to_numpy(float)
        predictions = Predictions(labels, probabilities if probabilities.size else None)
    sign = find_sign(sweep.direction)
    return compare(truth, predictions, train[data.slices], first.scoring, sign, data.random_seed)


def compare(
    truth: Truth, predictions: Predictions, rows: pd.DataFrame, scoring: str, sign: int, random_seed: int
) -> dict[str, Any]:
    """Compare each slice with the other rows, the worst first, by tests corrected for their number.

    A slice without a value of the score gets the accuracy or the mean absolute error instead.
    """
    fallback = "neg_mean_absolute_error" if truth.classes is None else "accuracy"
    if not _is_comparable(scoring, truth, predictions):
        scoring, sign = fallback, 1
    signs = {scoring: sign, fallback: sign if scoring == fallback else 1}
    index = rows.index if truth.index is None else truth.index
    found: list[dict[str, Any]] = []
    notes = []
    for column, values in rows.items():
        slices = cut(values.loc[index.unique()])
        for name, n_rows in slices.value_counts().items():
            is_inside = (slices == name).loc[index].to_numpy()
            scores = _score(truth, predictions, is_inside, signs, random_seed)
            if n_rows >= FEWEST_ROWS and scores:
                found.append({"column": column, "slice": name, "rows": n_rows, **scores})
            else:
                shown = f"{text.name(column)}: {text.name(name)} ({text.count(n_rows, 'row')})"
                notes.append(f"{shown} is left out: it has, or leaves, too few rows or groups.")
    corrected = 0.0
    for rank, each in enumerate(sorted(found, key=lambda each: each["p_value"])):  # Holm's method
        corrected = max(corrected, min(1.0, (len(found) - rank) * each["p_value"]))
        each |= {"p_value": corrected, "worse": corrected < BY_CHANCE}
    found.sort(key=lambda each: (each["score"] != scoring, signs[each["score"]] * each["estimate"][0]))
    return {"slices": found, "notes": notes}


def _is_comparable(scoring: str, truth: Truth, predictions: Predictions) -> bool:
    """Tell whether slices that are equally well predicted get the same score: a sum grows with rows."""
    with suppress(Exception):  # a custom scorer may raise anything
        return find_name(scoring) not in OF_SPREAD and not explain_sum(scoring, truth, [predictions])
    return False


def cut(column: pd.Series) -> pd.Series:
    """Name the slice of each row."""
    if column.nunique() > MOST_VALUES and is_date(column):  # in text, too
        column = read_dates(column.dropna()).reindex(column.index)
    kind = guess_kind(column)
    if kind in ("number", "date") and column.nunique() > MOST_VALUES:
        edges = column.quantile(QUARTILES).drop_duplicates()
        ends = [f"{edge:%Y-%m-%d}" if kind == "date" else text.setting(float(edge)) for edge in edges]
        if len({*ends}) < len(ends):
            ends = [*map(str, edges)]
        middle = [f"{low} to {high}" for low, high in pairwise(ends)]
        names = np.array([f"up to {ends[0]}", *middle, f"above {ends[-1]}"])
        places = sum((column > edge).fillna(False).to_numpy(int) for edge in edges)
        named = pd.Series(names[places], column.index).where(column.notna())
    else:
        named = to_texts(column.to_frame()).iloc[:, 0]
    named = named.astype(object).fillna(MISSING)
    return named.where(named.map(named.value_counts()) >= FEWEST_ROWS, JOINED)


def _score(
    truth: Truth, predictions: Predictions, is_inside: Array, signs: Mapping[str, int], random_seed: int
) -> dict[str, Any]:
    """Score a slice and the other rows by the first score that both have; empty if there is none."""
    for scoring, sign in signs.items() if not is_inside.all() else ():
        found: list[Estimate] = []
        n_units = []
        for rows in (is_inside, ~is_inside):
            units = np.unique(truth.units[rows], return_inverse=True)[1]
            part = replace(truth.take(rows), units=units)
            estimates, _ = estimate_metrics(part, predictions.take(rows), [scoring], random_seed)
            found += estimates.values()
            n_units.append(part.n_units)
        if len(found) == 2:
            value, low, high = difference = subtract(*found)
            # By the end of the interval nearer to 0, whether the slice is no worse than the others.
            width = max(high - value if value < 0 else value - low, np.finfo(float).tiny)
            degrees = min(n_units) - 1
            p_value = student.cdf(sign * value / width * student.ppf(ENDS[1], degrees), degrees)
            scores = {"estimate": found[0], "others": found[1], "difference": difference}
            return {"score": scoring, "p_value": float(p_value)} | scores
    return {}
