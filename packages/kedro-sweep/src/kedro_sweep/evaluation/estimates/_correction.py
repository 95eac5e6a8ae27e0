"""The score of the chosen configuration, corrected for selection.

The best of many configurations owes some of its score to luck on the rows that it was chosen by. BBC-CV
repeats the choice on bootstrap draws of the stored predictions, and scores each choice on the rows that
were not drawn: I. Tsamardinos, E. Greasidou and G. Borboudakis (2018), "Bootstrapping the out-of-sample
predictions for efficient and accurate cross-validation", Machine Learning 107, 1895-1922.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import NamedTuple

import numpy as np

from kedro_sweep.evaluation import metrics
from kedro_sweep.evaluation.estimates import _draws
from kedro_sweep.evaluation.predictions import Array, Predictions, Truth
from kedro_sweep.search.study import find_sign
from kedro_sweep.text import number


class Estimate(NamedTuple):
    """A score and its 95% interval."""

    value: float
    low: float
    high: float


@dataclass(frozen=True)
class Correction:
    """How well the chosen configuration should score on new rows.

    Attributes:
        estimate: The corrected score; None if there is none, with the reason in the note.
        gains: By name of a reference, how much better the choice is, whatever the direction of the
            score.
        n_configurations: Number of configurations among which the choice was repeated.
        n_draws: Number of bootstrap draws that have a score.
        note: Why there is no estimate, or that it used fewer draws or configurations; may be empty.
    """

    estimate: Estimate | None = None
    gains: dict[str, Estimate] = field(default_factory=dict)
    n_configurations: int = 0
    n_draws: int = 0
    note: str = ""


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


def correct_selection(
    truth: Truth,
    candidates: Sequence[Predictions],
    scoring: str,
    direction: str,
    references: Mapping[str, Predictions] = MappingProxyType({}),
    random_seed: int = 0,
    choose: Choose = choose_best,
    effort: _draws.Effort | None = None,
) -> Correction:
    """Estimate how a choice scores on new rows, by BBC-CV (Tsamardinos et al. 2018)."""
    if not candidates:
        return Correction(note="There are no predictions of any configuration.")
    effort = effort or _draws.plan_effort(truth, len(candidates), len(references), scoring)
    kept = [candidates[position] for position in effort.configurations]
    sign = find_sign(direction)

    def choose_and_score(weights: Array) -> Array:
        """Score the choice in each draw, and the references, on the rows that were not drawn."""
        values = sign * metrics.average_folds(metric, truth, kept, weights)
        left_out = (weights == 0).astype(float)
        scores = np.full((1 + len(references), len(weights)), np.nan)
        for draws, chosen in choose(truth, kept, values, weights):
            scores[0, draws] = metrics.average_folds(metric, truth, [chosen], left_out[draws])[0]
        scores[1:] = metrics.average_folds(metric, truth, [*references.values()], left_out)
        return scores

    try:
        metric = metrics.make_steady_metric(scoring)
        probes = np.outer([1, 2], np.ones(len(truth.y)))
        once, twice = metrics.average_folds(
            metric, truth, kept[: _draws.CONFIGURATIONS_BY_CALLS], probes
        ).T
        if metrics.depends_on_rows(once, twice):
            most = np.nanargmax(np.abs(twice - once))
            note = (
                f"'{scoring}' depends on the number of rows, and a draw leaves out only some of them. "
                f"It is {number(once[most])}, but {number(twice[most])} if each row counts twice. "
                "Return a mean over the rows instead of a sum."
            )
            return Correction(n_configurations=len(kept), note=note)
        batches = [
            choose_and_score(weights)
            for weights in _draws.draw_batches(truth.units, effort.n_draws, random_seed)
        ]
    except Exception as error:  # a custom scorer may raise anything
        return Correction(n_configurations=len(kept), note=metrics.explain_failure(scoring, error))
    chosen, *rest = np.concatenate(batches, axis=1)
    n_draws = int(np.count_nonzero(~np.isnan(chosen)))
    if not n_draws:
        note = f"'{scoring}' has no value on any draw."
        return Correction(n_configurations=len(kept), note=note)
    pairs = zip(references, rest, strict=True)
    gains = {name: _summarize(sign * (chosen - other)) for name, other in pairs}
    return Correction(_summarize(chosen), gains, len(kept), n_draws, effort.note)


def _summarize(scores: Array) -> Estimate:
    low, high = np.nanpercentile(scores, [2.5, 97.5])
    return Estimate(float(np.nanmean(scores)), float(low), float(high))
