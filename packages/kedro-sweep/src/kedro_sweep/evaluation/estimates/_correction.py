"""The score of the chosen configuration, corrected for selection.

The best of many configurations owes some of its score to luck on the rows that it was chosen by. BBC-CV
repeats the choice on bootstrap draws of the stored predictions, and scores each choice on the rows that
were not drawn: I. Tsamardinos, E. Greasidou and G. Borboudakis (2018), "Bootstrapping the out-of-sample
predictions for efficient and accurate cross-validation", Machine Learning 107, 1895-1922.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from math import hypot
from types import MappingProxyType
from typing import Any

import numpy as np
import pandas as pd

from kedro_sweep.evaluation import metrics
from kedro_sweep.evaluation.decisions import COST, LIMITS, Rule
from kedro_sweep.evaluation.estimates import _draws
from kedro_sweep.evaluation.estimates._selection_draws import (
    Estimate,
    SelectionDraws,
    find_gain,
    summarize_draws,
)
from kedro_sweep.evaluation.predictions import Array, Predictions, Truth, draw_batches
from kedro_sweep.remembered import remember
from kedro_sweep.search.study import find_sign
from kedro_sweep.text import number


def subtract(first: Estimate, second: Estimate) -> Estimate:
    """Estimate the difference of two independent estimates from the ends of their intervals.

    R. G. Newcombe (1998), "Interval estimation for the difference between independent proportions",
    Statistics in Medicine 17, 873-890, method 10; for any estimates, G. Y. Zou and A. Donner (2008),
    "Construction of confidence limits about effect measures", Statistics in Medicine 27, 1693-1702.
    """
    difference = first.value - second.value
    below = hypot(first.value - first.low, second.high - second.value)
    above = hypot(first.high - first.value, second.value - second.low)
    return Estimate(difference, difference - below, difference + above)


@dataclass(frozen=True)
class Correction:
    """How well the chosen configuration should score on new rows."""

    estimate: Estimate | None = None  # if there is none, the note has the reason
    # By name of a reference, how much better the choice is, whatever the direction of the score.
    gains: dict[str, Estimate] = field(default_factory=dict)
    n_configurations: int = 0  # among which the choice was repeated
    n_draws: int = 0  # that have a score
    note: str = ""
    uncorrected: float | None = None  # on the rows that it was chosen by
    draws: SelectionDraws | None = field(default=None, compare=False)
    # The measure of the decisions `after` and `before` a rule, and the `gain`.
    decided: dict[str, Estimate] = field(default_factory=dict)
    # Of each configuration, on all rows and in each draw; greater is better.
    values: Array | None = field(default=None, compare=False)
    trials: pd.DataFrame | None = field(default=None, compare=False)
    fastest: dict[str, Any] = field(default_factory=dict, compare=False)


MIN_UNITS = 8

# Chooses in each draw: takes the truth, the candidates, the value of each in each draw, where greater is
# better, shape (n_candidates, n_draws), and how often each draw has each row, shape (n_draws, n). Yields
# positions of draws, with the predictions of what was chosen in them.
Choose = Callable[[Truth, list[Predictions], Array, Array], Iterator[tuple[Array, Predictions]]]


def choose_best(
    truth: Truth, candidates: list[Predictions], values: Array, weights: Array
) -> Iterator[tuple[Array, Predictions]]:
    """Choose the best configuration in each draw: a `Choose`."""
    best = np.argmax(np.nan_to_num(values, nan=-np.inf), axis=0)
    for chosen in np.unique(best):
        yield np.flatnonzero((best == chosen) & ~np.isnan(values[chosen])), candidates[chosen]


@remember()
def correct_selection(
    truth: Truth,
    candidates: Sequence[Predictions],
    scoring: str,
    direction: str,
    references: Mapping[str, Predictions] = MappingProxyType({}),
    random_seed: int = 0,
    choose: Choose = choose_best,
    effort: _draws.Effort | None = None,
    rule: Rule | None = None,
) -> Correction:
    """Estimate how a choice scores on new rows, by BBC-CV (Tsamardinos et al. 2018).

    A fixed model was not chosen, so the mean of its scores over the draws should be its score on all
    rows. Where it is not, because a score depends on the number of rows, the difference is subtracted.
    With a rule, what was chosen also decides as the drawn rows suggest, which has its own measure.
    """
    if not candidates:
        return Correction(note="There are no predictions of any configuration.")
    scoring = metrics.find_name(scoring)
    if (n_units := truth.n_units) < MIN_UNITS:
        return Correction(note=f"{n_units} groups are too few for an interval: it takes {MIN_UNITS}.")
    effort = effort or _draws.plan_effort(truth, len(candidates), len(references), scoring)
    kept = [candidates[position] for position in effort.configurations]
    sign, everything = find_sign(direction), np.ones((1, len(truth.y)))
    score = partial(metrics.score_all_folds, scoring, truth)
    try:
        if note := explain_sum(scoring, truth, kept):
            return Correction(n_configurations=len(kept), note=note)
        values = sign * _draws.value(scoring, truth, kept, everything)
        [(_, delivered)] = choose(truth, kept, values, everything)
        fixed = [delivered, *references.values()]
        known = score(fixed, everything)
        batches, all_values = [], [values]
        for weights in draw_batches(truth.units, effort.n_draws, random_seed):
            values = sign * _draws.value(scoring, truth, kept, weights)
            all_values.append(values)
            left_out = (weights == 0).astype(float)
            scores = np.full((4, len(weights)), np.nan)
            for draws, chosen in choose(truth, kept, values, weights):
                if not len(draws):
                    continue
                scores[0, draws] = _draws.value(scoring, truth, [chosen], weights[draws])[0]
                scores[1, draws] = score([chosen], left_out[draws])[0]
                if rule:
                    labels, _ = rule.decide(truth, chosen, weights[draws])
                    scores[2, draws] = rule.judge(truth, labels, left_out[draws])
                    scores[3, draws] = rule.judge(truth, chosen.labels[np.newaxis], left_out[draws])
            batches.append(np.concatenate([scores, score(fixed, left_out)]))
    except Exception as error:  # a custom scorer may raise anything
        return Correction(n_configurations=len(kept), note=metrics.explain_failure(scoring, error))
    drawn, chosen, judged, own, *fixed_scores = np.concatenate(batches, axis=1)
    n_draws = int(np.count_nonzero(~np.isnan(chosen)))
    if not n_draws:
        note = f"'{scoring}' has no value on any draw."
        return Correction(n_configurations=len(kept), note=note)
    biases = np.nanmean(fixed_scores, axis=1) - known[:, 0]
    make = partial(SelectionDraws, scoring, direction, random_seed, n_units, drawn)
    of_choice, *of_references = (
        make(scores, np.full(len(drawn), bias))
        for scores, bias in zip((chosen, *fixed_scores[1:]), biases, strict=True)
    )
    gains = {
        name: find_gain(of_choice, reference)
        for name, reference in zip(references, of_references, strict=True)
    }
    estimate = summarize_draws(of_choice)
    is_flat = estimate.low == estimate.high
    return Correction(
        None if is_flat else estimate,
        gains,
        len(kept),
        n_draws,
        "It is the same on each draw, which says nothing about its uncertainty."
        if is_flat
        else effort.note,
        float(known[0, 0]),
        None if is_flat else of_choice,
        _compare_decisions(rule, of_choice, judged, own) if rule else {},
        np.hstack(all_values),
    )


def _compare_decisions(
    rule: Rule, of_choice: SelectionDraws, judged: Array, own: Array
) -> dict[str, Estimate]:
    no_bias = np.zeros(len(judged))
    make = partial(replace, of_choice, scoring=rule.measure, direction="maximize", bias=no_bias)
    decided, usual = make(left_out=judged), make(left_out=own)
    after = summarize_draws(decided)
    if after.low == after.high:  # which says nothing about its uncertainty
        return {}
    before = summarize_draws(usual)
    if rule.measure != COST:
        limits = LIMITS.get(rule.measure, (0.0, 1.0))
        after, before = (Estimate(*np.clip(each, *limits).tolist()) for each in (after, before))
    return {"after": after, "before": before, "gain": find_gain(decided, usual)}


def explain_sum(scoring: str, truth: Truth, candidates: Sequence[Predictions]) -> str:
    """Explain that a score depends on the number of rows; empty if it does not."""
    if scoring in metrics.DEPENDS_ON_NUMBER:
        return f"'{scoring}' depends on the number of rows, and a draw leaves out only some of them."
    if metrics.find_metric(scoring):
        return ""
    probes = np.outer([1, 2], np.ones(len(truth.y)))
    once, twice = metrics.score_all_folds(scoring, truth, candidates, probes).T
    if not metrics.depends_on_rows(once, twice):
        return ""
    most = np.nanargmax(np.abs(twice - once))
    return (
        f"'{scoring}' depends on the number of rows, and a draw leaves out only some of them. "
        f"It is {number(once[most])}, but {number(twice[most])} if each row counts twice. "
        "Return a mean over the rows instead of a sum."
    )
