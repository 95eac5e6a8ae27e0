"""The threshold of two classes and the costs of errors; chosen anew in each draw."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import numpy as np
from scipy.special import expit, logit

from kedro_sweep.evaluation.decisions._classifier import ROUNDING
from kedro_sweep.evaluation.metrics import divide
from kedro_sweep.evaluation.predictions import Array, Predictions, Truth

# Takes the weights of true and false positives, and of false and true negatives; greater is better.
Measure = Callable[[Array, Array, Array, Array], Array]
# Beyond so many different probabilities, every k-th is tried.
MOST_THRESHOLDS = 2_000
# Chosen on other tables than the published ones: see benchmarks/decisions.
CURVE = 0.3  # the share of a logistic curve in the counts, which makes up for few positive rows
ABOUT_BEST = 0.01  # so much less than the best value is as good; the middle of what is as good is chosen


def _measure_matthews(tp: Array, fp: Array, fn: Array, tn: Array) -> Array:
    product = np.sqrt((tp + fp) * (tp + fn) * (tn + fp) * (tn + fn))
    return divide(tp * tn - fp * fn, product)


def _expect(tp: Array, fp: Array, scores: Array) -> tuple[Array, Array]:
    """Blend the counts above each threshold with those of a logistic curve, fitted in each draw."""
    positives, rows = np.diff(tp, axis=1), np.diff(tp + fp, axis=1)
    X = np.column_stack([np.ones(len(scores)), logit(np.clip(scores, 1e-3, 1 - 1e-3))])
    X[:, 1] = (X[:, 1] - X[:, 1].mean()) / (X[:, 1].std() or 1)
    coefficients = np.zeros((len(rows), 2))
    for _ in range(10):  # Newton's method, with a penalty that keeps the curve finite
        curve = expit(coefficients @ X.T)
        slopes = (positives - rows * curve) @ X - coefficients
        bends = np.einsum("dn,ni,nj->dij", rows * curve * (1 - curve), X, X) + np.eye(2)
        coefficients += np.linalg.solve(bends, slopes[..., np.newaxis])[..., 0]
    blended = (1 - CURVE) * positives + CURVE * rows * curve
    tp = np.pad(np.cumsum(blended, axis=1), ((0, 0), (1, 0)))
    return tp, np.pad(np.cumsum(rows - blended, axis=1), ((0, 0), (1, 0)))


CONSTRAINTS: dict[str, Measure] = {
    "precision": lambda tp, fp, fn, tn: divide(tp, tp + fp),
    "recall": lambda tp, fp, fn, tn: divide(tp, tp + fn),
    "specificity": lambda tp, fp, fn, tn: divide(tn, tn + fp),
    "f1": lambda tp, fp, fn, tn: divide(2 * tp, 2 * tp + fp + fn),
    "accuracy": lambda tp, fp, fn, tn: divide(tp + tn, tp + fp + fn + tn),
    "balanced_accuracy": lambda tp, fp, fn, tn: (divide(tp, tp + fn) + divide(tn, tn + fp)) / 2,
    "matthews_corrcoef": _measure_matthews,
}
COST = "cost"  # per row; needs the costs of the errors
# The lowest and highest value that a reader sees; costs are shown as positive numbers.
LIMITS = {COST: (0.0, np.inf), "matthews_corrcoef": (-1.0, 1.0)}
MEASURES = (COST, *CONSTRAINTS)


@dataclass(frozen=True, eq=False)
class Rule:
    """How probabilities become decisions, and by which measure decisions are judged."""

    measure: str  # a name in `MEASURES`; greater is better, so costs are negative
    positive: int | None  # the number of the positive class of two; None for more classes
    # Of predicting the class of the column if the row's is true, shape (n_classes, n_classes).
    costs: Array | None = None
    threshold: float | None = None  # of the positive class; None to choose it
    at_least: Mapping[str, float] = field(default_factory=dict)  # the lowest values of other measures
    note: str = ""  # why the threshold is the usual one although it should be chosen

    def decide(self, truth: Truth, predictions: Predictions, weights: Array) -> tuple[Array, Array]:
        """Decide in each draw as the drawn rows, weights of shape (n_draws, n), suggest.

        The classes have shape (n_draws or 1, n). The thresholds are NaN if costs decide.
        """
        probabilities = predictions.take(slice(None)).need_probabilities()
        if self.positive is None:
            return (probabilities @ np.asarray(self.costs)).argmin(axis=1)[np.newaxis], np.array(
                [np.nan]
            )
        scores = probabilities[:, self.positive]
        if self.threshold is None:
            thresholds = self.choose(truth.y == self.positive, scores, weights * truth.relative_weights)
        else:
            thresholds = np.array([self.threshold])
            scores = scores + ROUNDING  # 0.7, which the model says of 7 votes of 10, is stored as less
        return np.where(
            scores >= thresholds[:, np.newaxis], self.positive, 1 - self.positive
        ), thresholds

    def choose(self, is_positive: Array, scores: Array, weights: Array) -> Array:
        """Choose the best threshold in each draw; the nearest one if none meets the conditions."""
        order = np.argsort(-scores, kind="stable")
        scores = scores[order]
        cuts = np.append(-1, np.flatnonzero(np.diff(scores, append=-1.0)))  # the last of equal scores
        if len(cuts) > MOST_THRESHOLDS:
            cuts = cuts[np.linspace(0, len(cuts) - 1, MOST_THRESHOLDS).astype(int)]
        drawn = weights[:, order]
        positives, negatives = (
            np.pad(np.cumsum(drawn * mask, axis=1), ((0, 0), (1, 0)))
            for mask in (is_positive[order], ~is_positive[order])
        )
        tp, fp = positives[:, cuts + 1], negatives[:, cuts + 1]
        fn, tn = positives[:, -1:] - tp, negatives[:, -1:] - fp
        expected = _expect(tp, fp, scores[cuts[1:]])
        values = self._measure(*expected, *(counts[:, -1:] - counts for counts in expected))
        if self.at_least:
            lacking = self._lack(tp, fp, fn, tn)
            values = np.where(lacking <= lacking.min(axis=1, keepdims=True), values, -np.inf)
        best = values.max(axis=1, keepdims=True)
        as_good = np.cumsum(values >= best - ABOUT_BEST * np.abs(best), axis=1)
        chosen = (2 * as_good >= as_good[:, -1:]).argmax(axis=1)
        above = np.where(cuts < 0, 1.0 + (scores[0] >= 1), scores[cuts])[chosen]  # above 1: never
        below = np.append(scores, 0.0)[cuts[chosen] + 1]
        middle: Array = (above + below) / 2
        return middle

    def _measure(self, tp: Array, fp: Array, fn: Array, tn: Array) -> Array:
        if self.measure != COST:
            return CONSTRAINTS[self.measure](tp, fp, fn, tn)
        costs, p = np.asarray(self.costs), self.positive or 0  # of two classes
        cells = ((tp, p, p), (fp, 1 - p, p), (fn, p, 1 - p), (tn, 1 - p, 1 - p))
        total = sum(count * costs[true, predicted] for count, true, predicted in cells)
        return -divide(np.asarray(total), tp + fp + fn + tn)

    def _lack(self, tp: Array, fp: Array, fn: Array, tn: Array) -> Array:
        reached = ((low, CONSTRAINTS[name](tp, fp, fn, tn)) for name, low in self.at_least.items())
        lacking: Array = np.sum([np.maximum(0.0, low - values) for low, values in reached], axis=0)
        return lacking

    def judge(self, truth: Truth, labels: Array, weights: Array) -> Array:
        """Measure decisions, as `decide` returned them, in each draw, shape (n_draws,)."""
        if self.positive is None:
            weights, costs = weights * truth.relative_weights, np.asarray(self.costs)
            return -divide((weights * costs[truth.y, labels]).sum(axis=1), weights.sum(axis=1))
        tp, fp, fn, tn = self.count(truth, labels, weights)
        values = self._measure(tp, fp, fn, tn)
        if self.measure == COST:
            return values
        return np.where((tp + fn > 0) & (fp + tn > 0), values, np.nan)  # as for other scores by class

    def count(self, truth: Truth, labels: Array, weights: Array) -> tuple[Array, Array, Array, Array]:
        is_true, is_predicted = truth.y == self.positive, labels == self.positive
        weights = weights * truth.relative_weights
        tp, fp, fn, tn = (
            np.einsum("dn,dn->d", weights, np.broadcast_to(cell, weights.shape).astype(float))
            for cell in (
                is_true & is_predicted,
                ~is_true & is_predicted,
                is_true & ~is_predicted,
                ~is_true & ~is_predicted,
            )
        )
        return tp, fp, fn, tn
