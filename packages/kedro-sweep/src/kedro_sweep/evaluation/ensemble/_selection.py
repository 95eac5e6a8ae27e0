"""Select the models of the ensemble.

R. Caruana, A. Niculescu-Mizil, G. Crew and A. Ksikes (2004), "Ensemble selection from libraries of
models", Proceedings of the 21st International Conference on Machine Learning.
"""

from collections.abc import Iterator

import numpy as np

from kedro_sweep.evaluation.ensemble._blends import blend, make_blend_score, stack
from kedro_sweep.evaluation.predictions import Array, Predictions, Truth
from kedro_sweep.search import Ensemble
from kedro_sweep.search.study import find_sign

# Scores of classes count as equal if they differ by what one row changes, which says nothing about new
# rows, or by slightly more, because folds differ in size.
ONE_ROW = 1.01
# These scores are as fine as the one that would decide ties.
PROPER = {"neg_log_loss", "neg_brier_score"}
ROUNDING = 1e-9


def select(
    truth: Truth,
    stacked: Array,
    scoring: str,
    direction: str,
    size: int,
    weights: Array | None = None,
    costs: Array | None = None,
    budget: float = np.inf,
) -> Array:
    """Select models with replacement, each time the one that improves the blend's score the most.

    If several models improve a classifier's score equally, give or take one row, it takes the one with
    the best Brier score, because accuracy on few rows is a coarse measure. In other ties, it takes the
    first.
    """
    n_models = stacked.shape[1]
    weights = np.ones(stacked.shape[2]) if weights is None else weights
    costs = np.zeros(n_models) if costs is None else costs
    score = make_blend_score(scoring, truth, weights)
    has_equals = truth.classes is not None and scoring not in PROPER
    break_ties = make_blend_score("neg_brier_score", truth, weights)
    sign = find_sign(direction)
    counts = np.zeros(n_models, dtype=int)
    total = np.zeros((len(stacked), 1, stacked.shape[2]))
    blends = np.empty_like(stacked)
    for step in range(1, size + 1):
        np.add(total, stacked, out=blends)
        blends *= 1 / step
        values = np.nan_to_num(sign * score(blends), nan=-np.inf)
        is_new = counts == 0
        left = budget - costs[~is_new].sum()
        if step > 1:
            values[is_new & (costs > left)] = -np.inf
        best = values.max()
        # Other scores may have any unit, such as squared millimeters.
        tolerance = ONE_ROW / weights.sum() if has_equals else ROUNDING * abs(best)
        equals = np.flatnonzero(values >= best - tolerance)
        if has_equals and len(equals) > 1:
            equals = equals[np.argsort(-break_ties(blends[:, equals]), kind="stable")]
        chosen = equals[0]
        counts[chosen] += 1
        total += stacked[:, [chosen]]
    return counts


def choose_ensemble(
    ensemble: Ensemble,
    scoring: str,
    direction: str,
    costs: Array,
    budget: float,
    truth: Truth,
    candidates: list[Predictions],
    values: Array,
    weights: Array,
) -> Iterator[tuple[Array, Predictions]]:
    """Select an ensemble in each draw: first the best configurations, then the members among them."""
    for draw in np.flatnonzero(~np.isnan(values).all(axis=0)):
        ranked = np.argsort(-np.nan_to_num(values[:, draw], nan=-np.inf), kind="stable")
        ranked = ranked[: ensemble.trials]
        best = [candidates[number] for number in ranked]
        rows = np.flatnonzero(weights[draw])
        part = truth.take(rows)
        stacked = stack(part, [predictions.take(rows) for predictions in best])
        drawn = weights[draw, rows]
        counts = select(part, stacked, scoring, direction, ensemble.size, drawn, costs[ranked], budget)
        members = np.flatnonzero(counts)
        yield (
            np.array([draw]),
            blend(truth, [best[number] for number in members], counts[members].tolist()),
        )
