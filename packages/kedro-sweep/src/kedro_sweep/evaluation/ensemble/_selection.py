"""The predictions of several models in a stack, their blends, and which of them make the ensemble.

R. Caruana, A. Niculescu-Mizil, G. Crew and A. Ksikes (2004), "Ensemble selection from libraries of
models", Proceedings of the 21st International Conference on Machine Learning.
"""

from collections.abc import Callable, Iterator, Sequence
from itertools import pairwise

import numpy as np

from kedro_sweep.evaluation.metrics import PROPER, Metric, find_metric, find_name, make_metric
from kedro_sweep.evaluation.predictions import Array, Predictions, Truth
from kedro_sweep.search import Ensemble
from kedro_sweep.search.study import find_sign

# Takes m blends, shape (n_classes or 1, m, n); returns shape (m,).
BlendScore = Callable[[Array], Array]

# Scores of classes count as equal if they differ by what one row changes, which says nothing about new
# rows, or by slightly more, because folds differ in size.
ONE_ROW = 1.01
ROUNDING = 1e-9


def stack(truth: Truth, predictions: Sequence[Predictions]) -> Array:
    """Stack the values that a blend averages: probabilities (or votes), or numbers."""
    if truth.classes is None:
        return np.array([[found.labels for found in predictions]])
    n_classes = len(truth.classes)
    stacked = np.empty((n_classes, len(predictions), len(truth.y)))
    for number, found in enumerate(predictions):
        stacked[:, number] = vote(truth, found).need_probabilities().T
    return stacked


def vote(truth: Truth, predictions: Predictions) -> Predictions:
    """Give a model without probabilities the probability 1 for the class that it predicts."""
    if truth.classes is None or predictions.probabilities is not None:
        return predictions
    return Predictions(predictions.labels, np.eye(len(truth.classes), dtype=bool)[predictions.labels])


def read(truth: Truth, blends: Array) -> Predictions:
    """Read predictions from a stack of blends."""
    if truth.classes is None:
        return Predictions(blends[0], None)
    highest = blends[0].copy()
    labels = np.zeros(highest.shape, dtype=np.int16)
    for number in range(1, len(blends)):  # several times as fast as argmax along the first axis
        np.maximum(labels, (blends[number] > highest) * np.int16(number), out=labels)
        np.maximum(highest, blends[number], out=highest)
    return Predictions(labels.astype(np.intp), np.moveaxis(blends, 0, -1))


def blend(truth: Truth, predictions: Sequence[Predictions], weights: Sequence[float]) -> Predictions:
    """Blend the predictions of several models; those of a single model stay unchanged."""
    if len(predictions) == 1:
        return predictions[0]
    return read(truth, np.average(stack(truth, predictions), axis=1, weights=weights))


def make_blend_score(scoring: str, truth: Truth, weights: Array) -> BlendScore:
    """Make a function that scores blends as trials are scored: each fold, then the mean."""
    metric = find_metric(scoring) or _score_one_by_one(make_metric(scoring))
    ends = np.searchsorted(truth.folds, np.unique(truth.folds), side="right")
    slices = [slice(*pair) for pair in pairwise([0, *ends])]
    parts = [(rows, truth.take(rows), weights[rows]) for rows in slices if weights[rows].any()]

    def score(blends: Array) -> Array:
        scores = np.array(
            [metric(part, read(part, blends[..., rows]), drawn) for rows, part, drawn in parts]
        )
        is_defined = ~np.isnan(scores)
        n_defined = is_defined.sum(axis=0)
        total = np.where(is_defined, scores, 0).sum(axis=0)
        means: Array = np.divide(total, n_defined, out=np.full_like(total, np.nan), where=n_defined > 0)
        return means

    return score


def _score_one_by_one(metric: Metric) -> Metric:
    """Turn a score of one set of predictions into a score of a stack of them."""

    def score(truth: Truth, predictions: Predictions, weights: Array) -> Array:
        probabilities = predictions.probabilities
        several = [
            Predictions(labels, None if probabilities is None else probabilities[number])
            for number, labels in enumerate(predictions.labels)
        ]
        return np.concatenate([metric(truth, found, weights[np.newaxis]) for found in several])

    return score


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
    has_equals = truth.classes is not None and find_name(scoring) not in PROPER
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
        is_late = is_new & (costs > budget - costs[~is_new].sum())
        if step == 1:  # the search has left the time to train the best one
            is_late &= costs > costs[values.argmax()]
        values[is_late] = -np.inf
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
    owners: Array,
    truth: Truth,
    candidates: list[Predictions],
    values: Array,
    weights: Array,
) -> Iterator[tuple[Array, Predictions]]:
    """Select an ensemble in each draw: the best trials, each at its best, then their blend."""
    for draw in np.flatnonzero(~np.isnan(values).all(axis=0)):
        ranked = np.argsort(-np.nan_to_num(values[:, draw], nan=-np.inf), kind="stable")
        _, first = np.unique(owners[ranked], return_index=True)
        ranked = ranked[np.sort(first)][: ensemble.trials]
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
