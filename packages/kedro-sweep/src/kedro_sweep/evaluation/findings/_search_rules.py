"""Findings about the search: was its space wide enough, did it run long enough, what mattered?"""

import math
from collections.abc import Iterator
from typing import Any

import pandas as pd
from scipy.stats import kruskal
from sklearn.base import BaseEstimator

from kedro_sweep.evaluation.findings._evidence import SEARCH, Evidence, Finding, Result, value_of
from kedro_sweep.search.settings import Choices, Dimension, FloatRange, IntRange
from kedro_sweep.search.study import set_searched
from kedro_sweep.text import number, settings
from kedro_sweep.validation import check_params

Range = IntRange | FloatRange

# Shares of a range, on the scale of the search: its edge, and the part near it.
AT_EDGE = 0.025
NEAR_EDGE = 0.1
MIN_CONFIGURATIONS = 10
# A gain worth more trials, in standard errors of the score. Samplers return to where they were lucky, so
# tests that count trials see patterns in noise: see docs/reference/simulations/search_findings.csv.
WORTH = 0.5
# Arguments that count features, which cannot exceed the number of features in the table.
COUNTS_OF_FEATURES = {("max_features", "high"), ("n_components", "high")}

# The last part of a search.
LAST_SHARE = 0.2
MIN_TRIALS_TO_IMPROVE = 20

# The best tenth of all configurations, and at least five, because fewer say nothing. How much of a range
# they must cover, and how much of the differences a parameter explains.
BEST_SHARE = 0.1
MIN_BEST = 5
MIN_CONFIGURATIONS_TO_COMPARE = 30
NO_EFFECT = 0.05
COVERED = 0.75
N_GROUPS = 5

FASTER = 3  # times as fast


def best_at_edge(evidence: Evidence) -> Iterator[Result]:
    """The best values may be outside the range of a parameter.

    It looks that way if the best configuration is at an edge, the second best is near it, and the best
    one elsewhere is worse by more than half a standard error of the score.
    """
    at_edge = [*_find_edges(evidence)]
    if not at_edge and len(evidence.ranking) >= MIN_CONFIGURATIONS:
        yield f"of {len(evidence.ranking)} configurations"
    yield from at_edge


def _find_edges(evidence: Evidence) -> Iterator[Finding]:
    for name, dimension in evidence.configuration.search_space.root.items():
        ranking = evidence.rank_with(name)
        if isinstance(dimension, Choices) or dimension.low == dimension.high:
            continue
        for end in ("low", "high"):
            distances = [_measure(dimension, end, trial.params[name]) for trial in ranking]
            elsewhere = [trial for trial, far in zip(ranking, distances, strict=True) if far > NEAR_EDGE]
            if (
                len(ranking) >= MIN_CONFIGURATIONS
                and elsewhere
                and distances[0] <= AT_EDGE
                and distances[1] <= NEAR_EDGE
                and abs(value_of(ranking[0]) - value_of(elsewhere[0])) > WORTH * evidence.standard_error
                and not _is_limit(evidence, name, dimension, end)
            ):
                yield _advise_to_widen(evidence, name, dimension, end, value_of(elsewhere[0]))


def _measure(dimension: Range, end: str, value: float) -> float:
    """Compute how far a value is from an end of its range, as a share of the range."""
    scale = math.log if dimension.log else float
    width = scale(dimension.high) - scale(dimension.low)
    return abs(scale(value) - scale(getattr(dimension, end))) / width


def _is_limit(evidence: Evidence, name: str, dimension: Range, end: str) -> bool:
    """Check whether the estimator accepts no values beyond an end of the range."""
    bound = getattr(dimension, end)
    argument = name.rpartition("__")[2]
    if (argument, end) in COUNTS_OF_FEATURES and bound >= len(evidence.features):
        return True
    try:
        changed = set_searched(evidence.make_estimator(), {name: _go_beyond(dimension, end)})
        check_params(changed)
    except ValueError:
        return True
    # Only parts of scikit-learn validate their arguments.
    return bound in (0, 1) and not any(
        argument in part._parameter_constraints
        for part in (changed, *changed.get_params().values())
        if isinstance(part, BaseEstimator) and hasattr(part, "_parameter_constraints")
    )


def _go_beyond(dimension: Range, end: str) -> float:
    bound, sign = getattr(dimension, end), 1 if end == "high" else -1
    if isinstance(dimension, IntRange):
        return int(bound + sign * dimension.step)
    if dimension.log:
        return float(bound * (dimension.high / dimension.low) ** (sign * AT_EDGE))
    return float(bound + sign * (dimension.step or AT_EDGE * (dimension.high - dimension.low)))


def _advise_to_widen(
    evidence: Evidence, name: str, dimension: Range, end: str, elsewhere: float
) -> Finding:
    value, low, high = evidence.ranking[0].params[name], dimension.low, dimension.high
    best = value_of(evidence.ranking[0])
    n_trials = max(evidence.configuration.sweep.n_trials, len(evidence.trials))
    edge, change = {"high": ("upper", "Raise"), "low": ("lower", "Lower")}[end]
    return Finding(
        "best_at_edge",
        f"The best {name}, {number(value)}, is at the {edge} edge of {low} to {high}. Away from it, the "
        f"best {evidence.summary.scoring} is {number(elsewhere)} instead of {number(best)}.",
        f"{change} {evidence.space_key}.{name}.{end}, and raise sweep.n_trials to more than {n_trials}"
        f"{evidence.in_file}: the complete trials so far count toward it.",
        {"parameter": name, "value": value, "low": low, "high": high, "edge": end}
        | {"best_value": best, "best_elsewhere": elsewhere},
        doubt=False,
    )


def still_improving(evidence: Evidence) -> Iterator[Result]:
    """The search may have ended too early.

    It looks that way if the two best configurations came in the last fifth of the trials, and the best
    value rose by more than half a standard error of the score.
    """
    trials, ranking, sign = evidence.trials, evidence.ranking, evidence.sign
    if len(trials) < MIN_TRIALS_TO_IMPROVE or len(ranking) < 2:
        return
    n_last = math.ceil(LAST_SHARE * len(trials))
    start = trials[-n_last].number
    best_before = sign * max(sign * value_of(trial) for trial in trials[:-n_last])
    best, second = ranking[:2]
    least = WORTH * evidence.standard_error
    if min(best.number, second.number) < start or abs(value_of(best) - best_before) <= least:
        yield f"the last {n_last} trials did not raise the best value for sure"
        return
    # The trials of all candidates, which share the total.
    n_trials = evidence.summary.n_trials or len(evidence.study.get_trials(deepcopy=False))
    wanted = evidence.configuration.sweep.n_trials
    yield Finding(
        "still_improving",
        f"The search was still improving: its last {n_last} of {len(trials)} complete trials took the "
        f"best {evidence.summary.scoring} from {number(best_before)} to {number(value_of(best))}.",
        f"Run again: it ended at {n_trials} of {wanted} trials, which are kept."
        if n_trials < wanted
        else f"Raise sweep.n_trials from {wanted} to {2 * n_trials}{evidence.in_file}: the "
        f"{n_trials} trials are kept.",
        {"n_trials": n_trials, "last_trials": n_last}
        | {"best_before": best_before, "best_value": value_of(best)},
        doubt=False,
    )


def parameter_without_effect(evidence: Evidence) -> Iterator[Result]:
    """No difference between the values of a parameter is seen, so it could be fixed.

    It looks that way if the best tenth of the configurations cover its range, and it explains less than
    5% of the differences in rank between all configurations. Only the parameter that explains the least
    is named: several may each be unimportant, but not all of them together.
    """
    ranking = evidence.ranking
    if len(ranking) < MIN_CONFIGURATIONS_TO_COMPARE or len(evidence.configuration.search_space.root) < 2:
        return
    best = ranking[: max(MIN_BEST, math.ceil(BEST_SHARE * len(ranking)))]
    space = evidence.configuration.search_space.root
    needed = {other for dimension in space.values() for other in dimension.when or ()}
    effects = {
        name: _measure_effect(evidence, name)
        for name, dimension in space.items()
        if not dimension.when
        and name not in needed
        and _is_covered(dimension, [trial.params[name] for trial in best])
    }
    name = min(effects, key=effects.__getitem__, default="")
    if effects.get(name, 1) >= NO_EFFECT:
        yield f"each explains {NO_EFFECT:.0%} or more, or the best do not cover its range"
        return
    yield Finding(
        "parameter_without_effect",
        f"No effect of {name} by itself is seen: the {len(best)} best configurations have values from "
        f"all of its range, and it explains less than {NO_EFFECT:.0%} of the differences in rank "
        f"between all {len(ranking)}.",
        f"Give {name} one value under {evidence.params_key} and remove it from "
        f"{evidence.space_key}{evidence.in_file}: the trials then go to the rest.",
        {"parameter": name, "effect": round(effects[name], 3), "configurations": len(ranking)},
        doubt=False,
    )


def _is_covered(dimension: Dimension, values: list[Any]) -> bool:
    if isinstance(dimension, Choices):
        return len(dimension.choices) > 1 and len(set(values)) == len(dimension.choices)
    if dimension.low == dimension.high:
        return False
    positions = [_measure(dimension, "low", value) for value in values]
    return max(positions) - min(positions) >= COVERED


def _measure_effect(evidence: Evidence, name: str) -> float:
    """Measure how much of the differences in rank a parameter explains by itself.

    This is epsilon squared, the adjusted share of explained variance in a one-way analysis by its
    choices, or by fifths of its values; 0 if nothing differs.
    """
    ranking = evidence.rank_with(name)
    values = pd.Series([trial.params[name] for trial in ranking], dtype=object)
    if isinstance(evidence.configuration.search_space.root[name], Choices):
        groups = values.map(repr)
    else:
        groups = pd.qcut(values.astype(float), N_GROUPS, labels=False, duplicates="drop")
    found = pd.Series([value_of(trial) for trial in ranking])
    n_groups = groups.nunique()
    if not 2 <= n_groups < len(found) or found.nunique() < 2:
        return 0.0
    statistic, _ = kruskal(*(part for _, part in found.groupby(groups)))
    return float((statistic - n_groups + 1) / (len(found) - n_groups))


def as_good_and_faster(evidence: Evidence) -> Iterator[Result]:
    """A configuration that is as good as the best one predicts 3 times as fast as the model."""
    found, summary = evidence.summary.fastest, evidence.summary
    speed_up = found["seconds_of_model"] / found["seconds"] if found else 1
    if summary.choose != "best" or not found:
        return
    if speed_up < FASTER:
        # The measured times differ from run to run.
        yield f"none that is as good is {FASTER} times as fast"
        return
    value = summary.chosen_value
    n_equal, n_all = found["as_good"], summary.n_configurations
    few = " The rows are too few to tell most of them apart." if n_equal > n_all / 2 else ""
    is_over = summary.n_trials >= evidence.configuration.sweep.n_trials
    added = ". No trial is added." if is_over else f", and sweep.n_trials to {summary.n_trials}."
    yield Finding(
        "as_good_and_faster",
        f"{n_equal} of {n_all} configurations are as good as the best one, as far as the rows can "
        f"tell.{few} The fastest of them, "
        f"{found['candidate']} with {settings(found['params'])}, predicts "
        f"{number(speed_up, digits=2)} times as fast as the model, and has {summary.scoring} "
        f"{number(found['value'])} instead of {number(value)}.",
        f"If speed matters, set sweep.choose to fastest or simplest in {SEARCH}{added}",
        {"as_good": n_equal, "configurations": n_all, "speed_up": speed_up, "value": found["value"]}
        | {"model_value": value, "candidate": found["candidate"], "params": found["params"]},
        doubt=False,
    )
