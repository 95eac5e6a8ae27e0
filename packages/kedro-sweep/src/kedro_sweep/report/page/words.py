"""Numbers, values and names, formatted for a reader."""

import json
import re
from math import floor, log10
from typing import Any

import pandas as pd

MISSING = "–"  # noqa: RUF001
MINUS = "\N{MINUS SIGN}"
METRICS = {
    "acc": "accuracy",
    "balanced_acc": "balanced accuracy",
    "f1_macro": "F1, mean of the classes",
    "log_loss": "log loss",
    "roc_auc": "area under the ROC curve",
    "brier": "Brier score",
    "r2": "R²",
    "mae": "mean absolute error",
    "rmse": "root mean squared error",
}
LOWER_IS_BETTER = {"log_loss", "brier", "mae", "rmse"}


def show_number(value: float | None, min_decimals: int = 3) -> str:
    """Write a number with four digits, or with three decimals if it is small."""
    if value is None or pd.isna(value):
        return MISSING
    size = abs(value)
    if size >= 1e7 or 0 < size < 1e-3:
        text = f"{value:.3g}"
    else:
        decimals = max(0, min_decimals - (floor(log10(size)) if size >= 1 else 0))
        text = f"{value:,.{decimals}f}"
    return text.replace("-", MINUS, 1) if value < 0 else text


def show_count(number: int | None) -> str:
    """Write a number of rows or trials, `1,143`; a dash for None."""
    return MISSING if number is None else f"{number:,}"


def show_interval(low: float | None, high: float | None) -> str:
    """Write the two ends of an interval; empty if there is none."""
    return "" if low is None or high is None else f"{show_number(low)} to {show_number(high)}"


def show_value(value: Any) -> str:
    """Write the value of a parameter as in `parameters.yml`; a dash if a trial does not have it."""
    if isinstance(value, str):
        return value
    if isinstance(value, float):
        return MISSING if pd.isna(value) else f"{value:.6g}"
    return json.dumps(value, ensure_ascii=False, default=str)


def count(number: int, noun: str) -> str:
    """Count something: `1 trial`, `1,143 rows`."""
    return f"{show_count(number)} {noun}{'' if number == 1 else 's'}"


def shorten(path: str) -> str:
    """Shorten an import path to its last part."""
    return path.rpartition(".")[2]


def name_score(scoring: str) -> str:
    """Write a score in words: scikit-learn's `neg_log_loss` becomes `negative log loss`."""
    name = shorten(scoring)
    return METRICS.get(name, re.sub("^neg_", "negative ", name).replace("_", " "))
