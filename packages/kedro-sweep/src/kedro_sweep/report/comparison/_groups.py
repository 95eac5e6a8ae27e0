"""Groups of runs whose scores can be compared, and how the groups differ."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from kedro_sweep import text
from kedro_sweep.report._html import shorten
from kedro_sweep.report._runs import Run

# What makes scores comparable, in the order of the headings. Runs of earlier releases are grouped by it.
# Later ones recorded `comparable`, which also covers the data and the folds.
SUMMARY = ("scoring", "direction", "task", "rows")
Y_LABEL = "data.y_label"
PARAMETERS = (
    Y_LABEL,
    *("data.frac", "data.split", "data.duplicates", "data.random_seed", "sweep.cv"),
)
NAMES = {Y_LABEL: "target"}


@dataclass(frozen=True)
class Group:
    """Runs with the same data, split, folds, score and direction, newest first."""

    runs: list[Run]

    @property
    def scoring(self) -> str:
        """Name of the score of the search."""
        return str(self.runs[0].find("sweep_summary", "scoring") or "score")

    @property
    def score_name(self) -> str:
        """Name of the score, without the module of a custom one."""
        return shorten(self.scoring)

    @property
    def lower_is_better(self) -> bool:
        """Whether the search minimizes the score."""
        return bool(self.runs[0].find("sweep_summary", "direction") == "minimize")

    @cached_property
    def shared(self) -> dict[str, str]:
        """The traits that make scores comparable, if all runs of the group recorded the same value."""
        first, *others = [describe_traits(run) for run in self.runs]
        return {
            name: value
            for name, value in first.items()
            if all(other.get(name) == value for other in others)
        }

    def differ_from(self, above: "Group") -> list[str]:
        """Describe why the scores of two groups cannot be compared."""
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
    found |= {
        name: value
        for parameter in PARAMETERS
        for name, value in run.parameters.items()
        if name == parameter or name.startswith(f"{parameter}.")
    }
    if Y_LABEL not in found:
        found[Y_LABEL] = run.find("features", "y_label")
    return {
        NAMES.get(name, name): text.setting(value, 12)
        for name, value in found.items()
        if value is not None
    }


def group_runs(runs: Sequence[Run]) -> list[Group]:
    """Group the runs whose scores can be compared."""
    groups: dict[str, list[Run]] = {}
    for run in runs:
        if run.is_searched:
            key = find_mark(run) or json.dumps(describe_traits(run), sort_keys=True)
            groups.setdefault(key, []).append(run)
    return [Group(members) for members in groups.values()]


def find_mark(run: Run) -> str | None:
    """Find the mark of comparable runs that the run recorded; runs of earlier releases have none."""
    return run.find("sweep_summary", "comparable", str) or None
