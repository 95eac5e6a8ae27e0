"""The scores of a group, and which of its runs is best by each."""

import math
from collections.abc import Sequence
from typing import Any, NamedTuple

from kedro_sweep.report.comparison.groups import Group
from kedro_sweep.report.comparison.runs import Run
from kedro_sweep.report.comparison.values import show_score

CORRECTED = "corrected"
LOWER_IS_BETTER = {"log_loss", "brier", "mae", "rmse"}
# The test metric that is the score of a search, and its sign in scikit-learn.
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
    """One score of one run.

    Attributes:
        value: The score.
        low: Lower end of its interval; None if it has none.
        high: Upper end.
    """

    value: float
    low: float | None = None
    high: float | None = None

    @property
    def interval(self) -> str:
        """The interval in words; empty if there is none."""
        if self.low is None or self.high is None:
            return ""
        return f"{show_score(self.low)} to {show_score(self.high)}"

    def describe(self) -> str:
        """Write the score and, if it has one, its interval.

        Returns:
            Such as `0.6000 (0.5500 to 0.6400)`.
        """
        return show_score(self.value) + (f" ({self.interval})" if self.interval else "")


class Score(NamedTuple):
    """One score of each run of a group.

    Attributes:
        name: Heading, such as `test acc`.
        values: By run, in the order of the group; None where a run has none.
        lower_is_better: Whether the best is the lowest.
        is_ranked: Whether the best is worth a star; baselines and training scores are not.
    """

    name: str
    values: list[Value | None]
    lower_is_better: bool
    is_ranked: bool

    def find_best(self) -> set[int]:
        """Find the positions of the best runs.

        Returns:
            Those that are written like the best; empty if there is nothing to tell apart.
        """
        shown = {i: show_score(found.value) for i, found in enumerate(self.values) if found}
        if not self.is_ranked or len(set(shown.values())) < 2:
            return set()
        best = shown[min(shown, key=self.cost)]
        return {i for i, text in shown.items() if text == best}

    def cost(self, position: int) -> float:
        """Give a number by which runs are sorted, the best first.

        Args:
            position: Of the run in the group.

        Returns:
            The score with its sign turned if higher is better; infinity for a run that has none.
        """
        found = self.values[position]
        if found is None:
            return math.inf
        return found.value if self.lower_is_better else -found.value


def collect_scores(group: Group) -> list[Score]:
    """Collect the scores that a run of the group has.

    Args:
        group: The group.

    Returns:
        Those of the search, the test, the baselines, and last the training.
    """
    runs, lower = group.runs, group.lower_is_better
    scores = [
        Score("best CV", [find_summary(run, "best") for run in runs], lower, True),
        Score(CORRECTED, [find_summary(run, "corrected") for run in runs], lower, True),
        *_collect_metrics(group, "test"),
        Score("default", [find_summary(run, "default") for run in runs], lower, False),
        Score("dummy", [find_summary(run, "dummy") for run in runs], lower, False),
        *_collect_metrics(group, "train"),
    ]
    return [score for score in scores if any(score.values)]


def rank_runs(group: Group, scores: Sequence[Score]) -> list[int]:
    """Order the runs of a group.

    Args:
        group: The group.
        scores: Its scores.

    Returns:
        Positions in the group, the best first: by the corrected value, then the best value, then the
        test scores. The newer of equal runs is first.
    """
    ranked = [score for score in scores if score.is_ranked]
    ranked.sort(key=lambda score: score.name != CORRECTED)
    return sorted(range(len(group.runs)), key=lambda run: [score.cost(run) for score in ranked])


def find_summary(run: Run, name: str) -> Value | None:
    """Find a value of the search, with its interval if it has one.

    Args:
        run: The run.
        name: `best`, `corrected`, `default` or `dummy`.

    Returns:
        The value; None if the run has none.
    """
    parts = [run.find("sweep_summary", f"{name}_{part}") for part in ("value", "low", "high")]
    return make_value(*parts)


def find_test_score(run: Run) -> Value | None:
    """Find the score of the search on the test rows.

    Args:
        run: The run.

    Returns:
        The value; None if the run recorded neither it nor a test metric that is the same.
    """
    if isinstance(score := run.find("test_details", "score"), dict):
        return make_value(score.get("value"), score.get("low"), score.get("high"))
    metric, sign = TEST_METRICS.get(str(run.find("sweep_summary", "scoring")), ("", 1))
    found = make_value(run.find("test_metrics", metric))
    return None if found is None else Value(sign * found.value)


def make_value(value: Any, low: Any = None, high: Any = None) -> Value | None:
    """Make a value of what is recorded.

    Args:
        value: The score.
        low: Lower end of its interval.
        high: Upper end.

    Returns:
        The value, without the interval if an end is no number; None if the score is no number.
    """
    if not _is_number(value):
        return None
    return Value(value, low, high) if _is_number(low) and _is_number(high) else Value(value)


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and math.isfinite(value)


def _collect_metrics(group: Group, part: str) -> list[Score]:
    """Collect the metrics on the test or the training rows, in the order in which runs recorded them."""
    names = dict.fromkeys(name for run in group.runs for name in run.tracked.get(f"{part}_metrics", {}))
    scores = [
        Score(
            f"{part} {name}",
            [_find_metric(run, part, name) for run in group.runs],
            name in LOWER_IS_BETTER,
            part == "test",
        )
        for name in names
    ]
    same, _ = TEST_METRICS.get(group.scoring, (group.scoring, 1))
    if part == "train" or same in names:
        return scores
    searched = [find_test_score(run) for run in group.runs]
    return [Score(f"test {group.score_name}", searched, group.lower_is_better, True), *scores]


def _find_metric(run: Run, part: str, name: str) -> Value | None:
    intervals = run.find(f"{part}_details", "intervals") or {}
    return make_value(run.find(f"{part}_metrics", name), *intervals.get(name, ()))
