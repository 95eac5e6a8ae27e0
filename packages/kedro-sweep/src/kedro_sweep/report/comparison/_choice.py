"""The choice between comparable runs: gains over one of them, and the best, corrected for the choice.

Each run recorded how its choice scored in each bootstrap draw. Comparable runs have the same draws.
"""

from collections.abc import Collection, Sequence
from math import inf
from typing import NamedTuple

import pandas as pd

from kedro_sweep import text
from kedro_sweep.evaluation import estimates
from kedro_sweep.evaluation.estimates import Estimate, SelectionDraws
from kedro_sweep.report._runs import Run, read_runs
from kedro_sweep.report.comparison import _groups as compare
from kedro_sweep.search.study import find_sign


class Choice(NamedTuple):
    """The choice of the best run by its cross-validated value, repeated in each draw."""

    reference: Run  # the others are compared with it
    gains: dict[str, Estimate]  # by ID of another run: how much better its model is than the reference
    best: Run  # the one with the best value
    corrected: Estimate  # the score of the best, corrected for the choice among all configurations
    gain: Estimate  # how much better the choice is than the reference
    most_configurations: int  # the number of those configurations; some may be in several studies

    @property
    def n_runs(self) -> int:
        return len(self.gains) + 1


def choose_run(runs: Sequence[Run], reference: str = "") -> Choice | None:
    """Compare comparable runs, newest first; None if no two of them have shared draws.

    The reference is the run with this ID or, if it has no partner, the oldest that has one.
    """
    draws = {run.id: found for run in runs if (found := read_draws(run))}
    known = [run for run in runs if run.id in draws]
    wanted = [run for run in known if run.id == reference]
    for chosen in wanted + known[::-1]:
        shared = [run for run in known if estimates.share_draws([draws[chosen.id], draws[run.id]])]
        if len(shared) < 2:
            continue
        pooled = estimates.choose_search([draws[run.id] for run in shared])
        others = [run for run in shared if run is not chosen]
        return Choice(
            chosen,
            {run.id: estimates.find_gain(draws[run.id], draws[chosen.id]) for run in others},
            rank_runs(shared)[0],
            estimates.summarize_draws(pooled),
            estimates.find_gain(pooled, draws[chosen.id]),
            _count_configurations(shared),
        )
    return None


def read_draws(run: Run) -> SelectionDraws | None:
    return SelectionDraws.from_plain(run.tracked.get("selection_draws", {}))


def rank_runs(runs: Sequence[Run]) -> list[Run]:
    """Sort runs by the cross-validated value of their models, the best and the newest first."""

    def cost(run: Run) -> float:
        value = compare.find_chosen(run)  # None if it is infinite
        sign = find_sign(str(run.find("sweep_summary", "direction") or "maximize"))
        return inf if value is None else -sign * value.value

    return sorted(runs, key=cost)


def _count_configurations(runs: Sequence[Run]) -> int:
    """Count those of all runs; runs with the same studies share theirs."""
    numbers: dict[tuple[str, ...], int] = {}
    for run in runs:
        candidates = run.find("sweep_summary", "candidates", list) or []
        studies = tuple(sorted(str(candidate.get("study")) for candidate in candidates))
        # A float, if another run has none.
        n_configurations = int(run.find("sweep_summary", "corrected_trials") or 0)
        numbers[studies] = max(numbers.get(studies, 0), n_configurations)
    return sum(numbers.values())


def describe_choice(choice: Choice, score_name: str) -> str:
    """Describe the best of several runs, corrected for choosing it, and its gain over the reference."""
    compared = "It is the reference of the gains, too."
    if choice.best is not choice.reference:
        gain = describe_gain(choice.gain)
        compared = f"Compared with {_name(choice.reference)}, that is {gain}."
    return (
        f"The best of {choice.n_runs} runs is {_name(choice.best)}. Corrected for the choice among up "
        f"to {text.count(choice.most_configurations, 'configuration')}, its {score_name} is "
        f"{text.estimate(*choice.corrected)}. {compared}"
    )


def _name(run: Run) -> str:
    return f"{run.model_name} ({run.time or run.id})"


def describe_gain(gain: Estimate) -> str:
    """Describe a gain with its interval, such as `better by 0.019 (0.002 to 0.036)`."""
    value, low, high = gain
    if low == high == 0:
        return "equally good in nearly every draw"
    word = "better" if value >= 0 else "worse"
    ends = (low, high) if value >= 0 else (-high, -low)
    shown = f"{word} by {text.estimate(abs(value), *ends)}"
    return shown if low > 0 or high < 0 else f"{shown}, maybe by chance"


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
        if choice is None or choice.reference is not own or choice.best is own or choice.gain.low <= 0:
            return _describe(own, group), "", ""
        score = f"{group.score_name} {text.estimate(*choice.corrected)}, corrected for this choice"
        best = f"the best of {choice.n_runs} ({choice.best.model_name}, {score})"
        return _describe(own, group), choice.best.id, f"{best}, is {describe_gain(choice.gain)}"
    return "", "", ""


def _describe(run: Run, group: compare.Group) -> str:
    value = compare.find_summary(run, compare.CORRECTED)
    corrected = f", {compare.CORRECTED} {group.score_name} {value}" if value else ""
    return run.model_name + corrected
