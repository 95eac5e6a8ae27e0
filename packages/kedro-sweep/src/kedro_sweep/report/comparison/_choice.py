"""The choice between comparable runs: gains over one of them, and the best, corrected for the choice.

Each run recorded how its choice scored in each bootstrap draw. Comparable runs have the same draws.
"""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import combinations
from math import inf

import pandas as pd

from kedro_sweep import text
from kedro_sweep.evaluation import estimates
from kedro_sweep.evaluation.estimates import Estimate, SelectionDraws
from kedro_sweep.report._runs import Run, read_runs
from kedro_sweep.report.comparison import _groups as compare
from kedro_sweep.search.study import find_sign

WORDS = {1: "better", 0: "chance", -1: "worse"}
# What a gain that is not corrected for picking its run may be called.
PAIRWISE = {"better": "above 0", "worse": "below 0"}


@dataclass(frozen=True)
class Choice:
    """The choice of the best run by its cross-validated value, repeated in each draw."""

    reference: Run  # the others are compared with it
    runs: list[Run]  # those with the same draws, the reference among them, newest first
    draws: dict[str, SelectionDraws]  # of each run, by ID
    pooled: SelectionDraws  # of the choice
    gains: dict[str, Estimate]  # by ID of another run: how much better its model is than the reference

    def __post_init__(self) -> None:
        if self.best.id in self.gains:  # so the table and the sentences have the same number
            self.gains[self.best.id] = self.gain

    @cached_property
    def best(self) -> Run:
        return rank_runs(self.runs)[0]

    @property
    def corrected(self) -> Estimate:
        """The score of the best, corrected for the choice among all configurations."""
        return estimates.summarize_draws(self.pooled)

    @cached_property
    def gain(self) -> Estimate:
        """How much better the choice is than the reference."""
        return estimates.find_gain(self.pooled, self.draws[self.reference.id])

    @property
    def is_better(self) -> bool:
        return self.best is not self.reference and self.gain.side > 0

    def judge(self, run: Run) -> str:
        """Say whether a gain may be chance; only that of the best is corrected for picking it."""
        word = WORDS[self.gains[run.id].side]
        return word if run is self.best else PAIRWISE.get(word, word)

    def turn(self, runs: Sequence[Run]) -> "list[Choice]":
        """Make each of these runs the reference of the others."""
        gains: dict[str, dict[str, Estimate]] = {run.id: {} for run in runs}
        for one, other in combinations(runs, 2):
            value, low, high = estimates.find_gain(self.draws[one.id], self.draws[other.id])
            gains[other.id][one.id] = Estimate(value, low, high)
            gains[one.id][other.id] = Estimate(-value, -high, -low)
        return [replace(self, reference=run, gains=gains[run.id]) for run in runs]


def choose_run(runs: Sequence[Run], reference: str = "") -> Choice | None:
    """Compare comparable runs, newest first; None if no two of them have shared draws.

    The reference is the run with this ID or, if it has no partner, the oldest that has one.
    """
    draws = {
        run.id: found
        for run in runs
        if (found := SelectionDraws.from_plain(run.tracked.get("selection_draws", {})))
    }
    known = [run for run in runs if run.id in draws]
    wanted = [run for run in known if run.id == reference]
    for chosen in wanted + known[::-1]:
        shared = [run for run in known if estimates.share_draws([draws[chosen.id], draws[run.id]])]
        if len(shared) > 1:
            pooled = estimates.choose_search([draws[run.id] for run in shared])
            others = (run.id for run in shared if run is not chosen)
            gains = {other: estimates.find_gain(draws[other], draws[chosen.id]) for other in others}
            return Choice(chosen, shared, draws, pooled, gains)
    return None


def rank_runs(
    runs: Sequence[Run], find: Callable[[Run], compare.Value | None] = compare.find_chosen
) -> list[Run]:
    """Sort runs by the value by which their models were chosen; the best and the newest come first."""

    def cost(run: Run) -> float:
        value = find(run)  # None if it is infinite
        sign = find_sign(str(run.find("sweep_summary", "direction") or "maximize"))
        return inf if value is None else -sign * value.value

    return sorted(runs, key=cost)


def _count_configurations(runs: Sequence[Run]) -> int:
    """Count those of all runs; runs with the same studies share theirs, and some may be in several."""
    numbers: dict[tuple[str, ...], int] = {}
    for run in runs:
        candidates = run.find("sweep_summary", "candidates", list) or []
        studies = tuple(sorted(str(candidate.get("study")) for candidate in candidates))
        # A float, if another run has none.
        n_configurations = int(run.find("sweep_summary", "corrected_trials") or 0)
        numbers[studies] = max(numbers.get(studies, 0), n_configurations)
    return sum(numbers.values())


def describe_choice(choice: Choice, score_name: str) -> tuple[str, str, str]:
    """Say whether the best run is clearly better than the reference, which run that is, and by how much.

    All of it is corrected for choosing the best.
    """
    verdict = f"The best run is {'' if choice.is_better else 'not '}clearly better than the reference."
    best = (
        f"The best of {len(choice.runs)} runs by its cross-validated value is {_name(choice.best)}. "
        f"Corrected for the choice among up to {_count_configurations(choice.runs)} configurations, "
        f"its {score_name} is {text.estimate(*choice.corrected)}."
    )
    if choice.best is choice.reference:
        return "The reference is the best run.", best, ""
    gain = describe_gain(choice.gain)
    return verdict, best, f"Compared with the reference, {_name(choice.reference)}, that is {gain}."


def _name(run: Run) -> str:
    return f"{run.label} ({run.time or run.id})"


def describe_gain(gain: Estimate) -> str:
    """Describe a gain with its interval, such as `better by 0.019 (0.002 to 0.036)`."""
    value, low, high = gain
    if low == high == 0:
        return "equally good in nearly every draw"
    word = "better" if value >= 0 else "worse"
    ends = (low, high) if value >= 0 else (-high, -low)
    shown = f"{word} by {text.estimate(abs(value), *ends)}"
    return f"{shown}, maybe by chance" if gain.side == 0 else shown


def find_better(
    tracked_runs: pd.DataFrame, chosen: str, versions: Collection[str]
) -> tuple[str, str, str]:
    """Describe a model by its run, such as `Ridge, corrected r2 0.743 (0.701 to 0.779)`.

    Its version is the ID of that run. Then come the version of the best comparable model, if the choice
    of the best is clearly better than this model, and its gain. What is not known is empty.
    """
    for group in compare.group_runs(read_runs(tracked_runs)):
        runs = [run for run in group.runs if run.id in versions]
        own = next((run for run in runs if run.id == chosen), None)
        if own is None:
            continue
        choice = choose_run(runs, chosen)
        if choice is None or choice.reference is not own or not choice.is_better:
            return _describe(own, group), "", ""
        score = f"{group.score_name} {text.estimate(*choice.corrected)}, corrected for this choice"
        best = f"the best of {len(choice.runs)} ({choice.best.model_name}, {score})"
        return _describe(own, group), choice.best.id, f"{best}, is {describe_gain(choice.gain)}"
    return "", "", ""


def _describe(run: Run, group: compare.Group) -> str:
    value = compare.find_summary(run, compare.CORRECTED)
    corrected = f", {compare.CORRECTED} {group.score_name} {value}" if value else ""
    return run.model_name + corrected
