"""The scores of a run, with their intervals."""

import math
from typing import Any, NamedTuple

from kedro_sweep.report.comparison.runs import Run
from kedro_sweep.report.comparison.text import show_score

# The test metric that equals the score of a search, and its sign in scikit-learn.
TEST_METRICS = {
    "accuracy": ("acc", 1),
    "balanced_accuracy": ("balanced_acc", 1),
    "f1_macro": ("f1_macro", 1),
    "neg_log_loss": ("log_loss", -1),
    "neg_brier_score": ("brier", -1),
    "r2": ("r2", 1),
    "neg_mean_absolute_error": ("mae", -1),
    "neg_root_mean_squared_error": ("rmse", -1),
}


class Value(NamedTuple):
    """A score of a run.

    Attributes:
        value: The score.
        interval: Its two ends; None if it has no interval.
    """

    value: float
    interval: tuple[float, float] | None = None

    def show_interval(self) -> str:
        """Write the interval."""
        return " to ".join(map(show_score, self.interval or ()))

    def describe(self) -> str:
        """Write the score, with its interval if it has one."""
        return show_score(self.value) + (f" ({self.show_interval()})" if self.interval else "")


def find_summary(run: Run, name: str) -> Value | None:
    """Find a value of the search, with its interval if it has one."""
    parts = [run.find("sweep_summary", f"{name}_{part}") for part in ("value", "low", "high")]
    return make_value(*parts)


def find_test_score(run: Run) -> Value | None:
    """Find the score of the search on the test rows."""
    if isinstance(score := run.find("test_details", "score"), dict):
        return make_value(score.get("value"), score.get("low"), score.get("high"))
    metric, sign = TEST_METRICS.get(str(run.find("sweep_summary", "scoring")), ("", 1))
    found = make_value(run.find("test_metrics", metric))
    return None if found is None else Value(sign * found.value)


def make_value(value: Any, low: Any = None, high: Any = None) -> Value | None:
    """Create a value from what was recorded."""
    if not _is_number(value):
        return None
    return Value(value, (low, high) if _is_number(low) and _is_number(high) else None)


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and math.isfinite(value)
