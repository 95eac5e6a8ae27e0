"""What a search chose in each bootstrap draw, and comparisons of searches on the same draws.

Searches with equal rows, folds, score and seed have equal draws. So their scores are paired, and a
choice between searches can be repeated in each draw, like the choice of a configuration.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

import numpy as np
from scipy import stats

from kedro_sweep.evaluation import metrics
from kedro_sweep.evaluation.predictions import Array
from kedro_sweep.search.study import find_sign

# A draw leaves out 37% of the rows, so its score is spread more widely than that of all rows: 0.763, the
# square root of 0.368 / 0.632, would make up for it if models did not depend on their training rows.
# Calibrated on tables other than the published ones: see benchmarks/estimates.
MEANS = ["accuracy", "cost", "neg_mean_absolute_error"]
SCALES = dict.fromkeys([*MEANS, *metrics.RANK_METRICS], 0.8)
SCALE = 1.0  # of scores whose draws are skewed, such as those by class, or have heavy tails
# With fewer draws, the ends of a 95% interval are too uncertain.
MIN_DRAWS = 100
# What must be equal for the draws to be the same.
FACTS: dict[str, Callable[[Any], Any]] = {
    "scoring": str,
    "direction": str,
    "random_seed": int,
    "n_units": int,
}
DIGITS = 10  # significant ones in the tracked file
ROUNDING = 1e-9


class Estimate(NamedTuple):
    """A score and its 95% interval."""

    value: float
    low: float
    high: float

    @property
    def width(self) -> float:
        return self.high - self.low

    @property
    def side(self) -> int:
        """The side of 0 that the whole interval is on: 1, -1, or 0 if it holds 0."""
        return int(self.low > 0) - int(self.high < 0)


@dataclass(frozen=True, eq=False)
class SelectionDraws:
    """The score of what a search chose in each draw; arrays have the shape (n_draws,)."""

    scoring: str
    direction: str
    random_seed: int
    n_units: int  # rows, or groups of rows
    drawn: Array  # by which it was chosen
    left_out: Array
    bias: Array  # how much a draw's score of a fixed model exceeds its score on all rows

    def take(self, n_draws: int) -> "SelectionDraws":
        """Take the first draws, which are the same however many there are."""
        drawn, left_out, bias = (each[:n_draws] for each in (self.drawn, self.left_out, self.bias))
        return replace(self, drawn=drawn, left_out=left_out, bias=bias)

    def to_plain(self) -> dict[str, Any]:
        scores = [
            [None if np.isnan(value) else float(f"{value:.{DIGITS}g}") for value in values]
            for values in (self.drawn, self.left_out)
        ]
        facts = {name: getattr(self, name) for name in FACTS}
        return facts | {"drawn": scores[0], "left_out": scores[1], "bias": float(self.bias[0])}

    @classmethod
    def from_plain(cls, found: Mapping[str, Any]) -> "SelectionDraws | None":
        """Read what `to_plain` wrote; None if anything is missing or of another kind."""
        try:
            drawn, left_out = (np.array(found[key], dtype=float) for key in ("drawn", "left_out"))
            bias = np.full(len(drawn), float(found["bias"]))
            facts = {name: kind(found[name]) for name, kind in FACTS.items()}
        except (KeyError, TypeError, ValueError):
            return None
        if drawn.ndim != 1 or drawn.shape != left_out.shape:
            return None
        return cls(**facts, drawn=drawn, left_out=left_out, bias=bias)


def summarize_draws(draws: SelectionDraws) -> Estimate:
    """Estimate the score of the choice on new rows."""
    estimate = _summarize(draws.left_out - draws.bias, draws)
    if metrics.find_metric(draws.scoring):  # no score is better than that of perfect predictions
        best = 0.0 if draws.scoring.startswith("neg_") else 1.0
        estimate = Estimate(*(min(end, best) for end in estimate))
    return estimate


def find_gain(draws: SelectionDraws, reference: SelectionDraws) -> Estimate:
    """Estimate how much better a choice is than another on the same draws, whatever the direction."""
    draws, reference = _align([draws, reference])
    gain = find_sign(draws.direction) * (draws.left_out - reference.left_out)
    bias = find_sign(draws.direction) * (draws.bias - reference.bias)
    # Where both chose the same, there is nothing to gain, and no bias to subtract.
    is_same = np.isclose(draws.left_out, reference.left_out, rtol=ROUNDING, atol=0)
    return _summarize(np.where(is_same, 0, gain - bias), draws)


def choose_search(searches: Sequence[SelectionDraws]) -> SelectionDraws:
    """Choose the best search in each draw, which is the best of all their configurations."""
    first, *_ = searches = _align(searches)
    values = find_sign(first.direction) * np.array([each.drawn for each in searches])
    best = np.argmax(np.nan_to_num(values, nan=-np.inf), axis=0)
    picked: dict[str, Any] = {
        name: np.array([getattr(each, name) for each in searches])[best, np.arange(len(best))]
        for name in ("drawn", "left_out", "bias")
    }
    return replace(first, **picked)


def share_draws(searches: Sequence[SelectionDraws]) -> bool:
    """Whether enough draws of the searches are the same."""
    facts = {tuple(getattr(each, name) for name in FACTS) for each in searches}
    return len(facts) == 1 and all(
        np.count_nonzero(~np.isnan(each.left_out)) >= MIN_DRAWS for each in _align(searches)
    )


def _align(searches: Sequence[SelectionDraws]) -> list[SelectionDraws]:
    n_draws = min(len(each.drawn) for each in searches)
    return [each.take(n_draws) for each in searches]


def _summarize(scores: Array, draws: SelectionDraws) -> Estimate:
    """Take the ends of the draws, as far from the mean as those of the estimate.

    An end at 0 stays: many draws have no gain at all, which is not a small gain or loss.
    """
    small_sample = stats.t.ppf(0.975, draws.n_units - 1) / stats.norm.ppf(0.975)
    scale = SCALES.get(draws.scoring, SCALE) * small_sample
    mean = np.nanmean(scores)
    ends = np.percentile(scores[~np.isnan(scores)], [2.5, 97.5], method="weibull")
    low, high = np.where(ends == 0, 0, mean + scale * (ends - mean))
    return Estimate(float(mean), float(low), float(high))
