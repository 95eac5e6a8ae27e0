"""Groups of runs whose scores can be compared, and the scores of each run."""

import json
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, NamedTuple

from kedro_sweep import text
from kedro_sweep.evaluation.estimates import CLASSIFICATION, PROBABILITIES, REGRESSION
from kedro_sweep.report._runs import Run

# What makes scores comparable, in the order of the headings. Runs of earlier releases are grouped by it.
# Later ones recorded `comparable`, which also covers the data and the folds.
SUMMARY = ("scoring", "direction", "task", "rows")
Y_LABEL = "data.y_label"
PARAMETERS = (Y_LABEL, "data.frac", "data.split", "data.duplicates", "data.random_seed", "sweep.cv")
FOLDS = {"random": "random folds", "group": "folds of whole groups", "time": "folds in time"}
CORRECTED = "corrected"
BASELINES = {"untuned": "default", "untuned boosting": "boosting", "dummy": "dummy"}
# The test metric that equals the score of a search.
TEST_METRICS = {scoring: name for name, scoring in (CLASSIFICATION | PROBABILITIES | REGRESSION).items()}


@dataclass(frozen=True)
class Group:
    """Runs with the same data, split, folds, score and direction, newest first."""

    runs: list[Run]

    @property
    def scoring(self) -> str:
        return str(self.runs[0].find("sweep_summary", "scoring") or "score")

    @property
    def score_name(self) -> str:
        """Name of the score, without the module of a custom one."""
        return text.shorten(self.scoring)

    @property
    def lower_is_better(self) -> bool:
        return bool(self.runs[0].find("sweep_summary", "direction") == "minimize")

    @cached_property
    def shared(self) -> dict[str, str]:
        """The traits that make scores comparable, if all runs of the group recorded the same value."""
        first, *others = [describe_traits(run) for run in self.runs]
        common = set(first.items()).intersection(*(other.items() for other in others))
        return {name: value for name, value in first.items() if (name, value) in common}

    @property
    def facts(self) -> list[str]:
        """What all runs share, such as `865 rows`; the score and the target are in the heading."""
        known, share = self.shared, self.runs[0].parameters.get("data.frac")
        folds = FOLDS.get(known.get("data.split.kind", ""), "folds")
        patterns = {"rows": "{} rows", "sweep.cv": f"{{}} {folds}", "sweep.cv.class": "{}"}
        patterns["data.frac"] = f"{share:.0%} test" if isinstance(share, float) else "{} test"
        patterns["data.random_seed"] = "seed {}"
        found = [pattern.format(known[name]) for name, pattern in patterns.items() if name in known]
        dummies = {find_summary(run, "dummy") for run in self.runs}
        return found + [f"dummy {dummy}" for dummy in dummies if dummy and len(dummies) == 1]

    def differ_from(self, above: "Group") -> list[str]:
        differences = [
            f"{name} {value} → {self.shared[name]}"
            for name, value in above.shared.items()
            if value != self.shared.get(name, value)
        ]
        if bool(find_mark(above.runs[0])) != bool(find_mark(self.runs[0])):
            differences.append("recorded by another release")
        return differences or ["other values in the data, or other folds"]


def describe_traits(run: Run) -> dict[str, str]:
    """Collect the traits that make the scores of a run comparable with those of others."""
    found = {name: run.find("sweep_summary", name) for name in SUMMARY}
    for parameter in PARAMETERS:
        own = (name for name in run.parameters if f"{name}.".startswith(f"{parameter}."))
        found |= {name: run.parameters[name] for name in own}
    if Y_LABEL not in found:
        found[Y_LABEL] = run.find("features", "y_label")
    known = {name: text.setting(value, 12) for name, value in found.items() if value is not None}
    if known.get("rows", "").isdigit():  # maybe a float, if another run has none
        known["rows"] = text.count(int(known["rows"]))
    return {"target" if name == Y_LABEL else name: value for name, value in known.items()}


def group_runs(runs: Sequence[Run]) -> list[Group]:
    groups: dict[str, list[Run]] = {}
    for run in runs:
        if run.is_searched:
            key = find_mark(run) or json.dumps(describe_traits(run), sort_keys=True)
            groups.setdefault(key, []).append(run)
    return [Group(members) for members in groups.values()]


def find_mark(run: Run) -> str | None:
    """Find the mark of comparable runs that the run recorded; runs of earlier releases have none."""
    return run.find("sweep_summary", "comparable", str) or None


class Value(NamedTuple):
    """A score of a run, with the ends of its interval if it has one."""

    value: float
    low: float | None = None
    high: float | None = None

    @property
    def shown(self) -> str:
        """The score as text, as precise as its interval."""
        return text.estimate(*self).partition(" ")[0]

    def __str__(self) -> str:
        return text.estimate(*self)


class Score(NamedTuple):
    """A score of each run in a group, in its order."""

    name: str  # the heading, such as `test acc`
    values: list[Value | None]
    lower_is_better: bool


def collect_scores(group: Group) -> list[Score]:
    """Collect all scores that any run has: that to quote, that to choose by, and the others."""
    same, lower = TEST_METRICS.get(group.scoring, group.scoring), group.lower_is_better
    scores: list[Score] = []

    def add(name: str, find: Callable[..., Value | None], *args: str, lower: bool = lower) -> None:
        scores.append(Score(name, [find(run, *args) for run in group.runs], lower))

    def add_metrics(part: str) -> None:
        names = {name for run in group.runs for name in run.tracked.get(f"{part}_metrics", {})}
        found = {name: [find_metric(run, part, name) for run in group.runs] for name in names}
        tested = [*map(find_test_score, group.runs)] if part == "test" else []
        metrics = found.get(same, [None] * len(tested))
        # A metric may have the opposite sign, and is measured after a decision.
        if not all(map(_is_close, tested, metrics)):
            is_decided = any(run.find("test_details", "is_decided") for run in group.runs)
            other = " of the search" if group.score_name in names else ""
            before = " before a decision" if is_decided else other
            scores.append(Score(f"test {group.score_name}{before}", tested, lower))
        for name in sorted(names, key=lambda name: (name != same, name)):
            scores.append(Score(f"{part} {name}", found[name], name in text.LOWER_IS_BETTER))

    add(CORRECTED, find_summary, "corrected")
    add("best CV", find_chosen)
    add_metrics("test")
    others = [run.find("sweep_summary", "scores", dict) or {} for run in group.runs]
    for name in dict.fromkeys(name for found in others for name in found):
        add(f"CV {text.shorten(name)}", find_other, name, lower=False)
    for name, key in BASELINES.items():
        add(name, find_summary, key)
    add_metrics("train")
    return [score for score in scores if any(score.values)]


def find_other(run: Run, name: str) -> Value | None:
    """Find a score that was recorded, but chose no trial."""
    return make_value((run.find("sweep_summary", "scores", dict) or {}).get(name))


def find_summary(run: Run, name: str) -> Value | None:
    parts = ("value", "low", "high")
    return make_value(*(run.find("sweep_summary", f"{name}_{part}") for part in parts))


def find_chosen(run: Run) -> Value | None:
    """Find the value by which the model was chosen: of its ensemble, or of the best trial."""
    return find_summary(run, "ensemble") or find_summary(run, "best")


def find_test_score(run: Run) -> Value | None:
    score = run.find("test_details", "score", dict) or {}
    return make_value(*(score.get(part) for part in ("value", "low", "high")))


def make_value(value: Any, low: Any = None, high: Any = None) -> Value | None:
    if not _is_number(value):
        return None
    return Value(value, low, high) if _is_number(low) and _is_number(high) else Value(value)


def _is_close(own: Value | None, metric: Value | None) -> bool:
    if own is None or metric is None:
        return own is None
    return math.isclose(own.value, metric.value, rel_tol=1e-5)


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and math.isfinite(value)


def find_metric(run: Run, part: str, name: str) -> Value | None:
    intervals = run.find(f"{part}_details", "intervals", dict) or {}
    return make_value(run.find(f"{part}_metrics", name), *intervals.get(name, ()))
