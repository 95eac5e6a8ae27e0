"""The scores of a group, and which of its runs has the best value of each."""

import math
from collections.abc import Sequence
from typing import NamedTuple

from kedro_sweep.report.comparison.groups import Group
from kedro_sweep.report.comparison.runs import Run
from kedro_sweep.report.comparison.text import show_score
from kedro_sweep.report.comparison.values import (
    TEST_METRICS,
    Value,
    find_summary,
    find_test_score,
    make_value,
)

CORRECTED = "corrected"
LOWER_IS_BETTER = {"log_loss", "brier", "mae", "rmse"}


class Score(NamedTuple):
    """A score of each run in a group.

    Attributes:
        name: Heading, such as `test acc`.
        values: By run, in the order of the group; None for a run without one.
        lower_is_better: Whether the lowest value is the best.
        is_ranked: Whether the best value gets a star. Scores that no search optimizes, baselines and
            training scores do not.
    """

    name: str
    values: list[Value | None]
    lower_is_better: bool
    is_ranked: bool

    def find_best(self) -> set[int]:
        """Find the positions of the best runs."""
        shown = {i: show_score(found.value) for i, found in enumerate(self.values) if found}
        if not self.is_ranked or len(set(shown.values())) < 2:
            return set()
        best = shown[min(shown, key=self.cost)]
        return {i for i, text in shown.items() if text == best}

    def cost(self, position: int) -> float:
        """Return a number to sort runs by, best first."""
        found = self.values[position]
        if found is None:
            return math.inf
        return found.value if self.lower_is_better else -found.value


def collect_scores(group: Group) -> list[Score]:
    """Collect the scores that any run of the group has."""
    runs, lower = group.runs, group.lower_is_better
    scores = [
        Score("best CV", [find_summary(run, "best") for run in runs], lower, True),
        Score(CORRECTED, [find_summary(run, "corrected") for run in runs], lower, True),
        *_collect_metrics(group, "test"),
        Score("ensemble CV", [find_summary(run, "ensemble") for run in runs], lower, True),
        *_collect_other_scores(group),
        Score("default", [find_summary(run, "default") for run in runs], lower, False),
        Score("dummy", [find_summary(run, "dummy") for run in runs], lower, False),
        *_collect_metrics(group, "train"),
    ]
    return [score for score in scores if any(score.values)]


def rank_runs(group: Group, scores: Sequence[Score]) -> list[int]:
    """Sort the runs of a group."""
    ranked = [score for score in scores if score.is_ranked]
    ranked.sort(key=lambda score: score.name != CORRECTED)
    return sorted(range(len(group.runs)), key=lambda run: [score.cost(run) for score in ranked])


def _collect_metrics(group: Group, part: str) -> list[Score]:
    """Collect the metrics on test or training rows; the search's own score comes first."""
    same, _ = TEST_METRICS.get(group.scoring, (group.scoring, 1))
    recorded = dict.fromkeys(
        name for run in group.runs for name in run.tracked.get(f"{part}_metrics", {})
    )
    names = sorted(recorded, key=lambda name: name != same)
    scores = [
        Score(
            f"{part} {name}",
            [_find_metric(run, part, name) for run in group.runs],
            name in LOWER_IS_BETTER,
            part == "test",
        )
        for name in names
    ]
    if part == "train" or same in names:
        return scores
    searched = [find_test_score(run) for run in group.runs]
    return [Score(f"test {group.score_name}", searched, group.lower_is_better, True), *scores]


def _collect_other_scores(group: Group) -> list[Score]:
    recorded = [run.find("sweep_summary", "scores", dict) or {} for run in group.runs]
    return [
        Score(
            f"CV {name.rpartition('.')[2]}",
            [make_value(scores.get(name)) for scores in recorded],
            lower_is_better=False,
            is_ranked=False,
        )
        for name in dict.fromkeys(name for scores in recorded for name in scores)
    ]


def _find_metric(run: Run, part: str, name: str) -> Value | None:
    intervals = run.find(f"{part}_details", "intervals", dict) or {}
    return make_value(run.find(f"{part}_metrics", name), *intervals.get(name, ()))
