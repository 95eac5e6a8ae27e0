"""Rules that drop a trial after some of its folds, and the replay of a search by a rule."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from math import inf
from typing import Any

import numpy as np
from kedro_sweep.evaluation.predictions import Array
from scipy.stats import wilcoxon


@dataclass(frozen=True)
class Scores:
    """Scores in each fold, shape (n_trials, n_folds), and in bootstrap draws of its rows, (…, n_draws)."""

    folds: Array
    draws: Array


# Whether to drop a trial, given the best complete one, all complete ones, and how many folds are scored.
Rule = Callable[[Scores, int, int, Sequence[int], int], bool]


def is_unlikely(least: float, scores: Scores, trial: int, best: int, _: Any, n: int) -> bool:
    """In so few bootstrap draws of the rows of these folds, the trial beats the best one."""
    gains = (scores.draws[trial, :n] - scores.draws[best, :n]).mean(axis=0)
    return bool((gains > 0).mean() + (gains == 0).mean() / 2 < least)


def is_behind_in_ranks(most: float, scores: Scores, trial: int, best: int, _: Any, n: int) -> bool:
    """Optuna's WilcoxonPruner: a signed-rank test between the scores of the folds."""
    current, known = scores.folds[trial, :n], scores.folds[best]
    if n < 2 or current.mean() >= known.mean():
        return False
    return bool(wilcoxon(current - known[:n], alternative="less", zero_method="zsplit").pvalue < most)


def is_below_worst_fold(scores: Scores, trial: int, best: int, _: Any, n: int) -> bool:
    """The mean so far is below the worst fold of the best trial: "forgiving" in Bergman et al. 2024."""
    return bool(scores.folds[trial, :n].mean() < scores.folds[best].min())


def is_below_mean(scores: Scores, trial: int, best: int, _: Any, n: int) -> bool:
    """The mean so far is below that of the best trial: "aggressive" in Bergman et al. 2024."""
    return bool(scores.folds[trial, :n].mean() < scores.folds[best].mean())


def is_below_median(scores: Scores, trial: int, _: int, complete: Sequence[int], n: int) -> bool:
    """Optuna's MedianPruner: the best mean so far is below the median of the others after this fold."""
    means = np.cumsum(scores.folds[trial, :n]) / np.arange(1, n + 1)
    others = scores.folds[complete, :n].mean(axis=1)
    return len(complete) >= 5 and bool(means.max() < np.median(others))


ALL_FOLDS = "all folds"
RULES: dict[str, Rule] = {
    ALL_FOLDS: lambda *_: False,
    "bootstrap, p < 0.01": partial(is_unlikely, 0.01),
    "bootstrap, p < 0.05": partial(is_unlikely, 0.05),
    "Wilcoxon, p < 0.1": partial(is_behind_in_ranks, 0.1),
    "below the worst fold": is_below_worst_fold,
    "below the mean": is_below_mean,
    "below the median": is_below_median,
}


def race(
    rule: Rule, scores: Scores, trials: Sequence[int], most_fits: float = inf
) -> tuple[list[int], int]:
    """Run trials fold by fold until a rule drops them; return the complete ones and the number of fits."""
    values, n_folds = scores.folds.mean(axis=1), scores.folds.shape[1]
    complete: list[int] = []
    n_fits = 0
    for trial in trials:
        n = n_folds
        if complete:
            best = max(complete, key=lambda number: values[number])
            drops = (n for n in range(1, n_folds) if rule(scores, trial, best, complete, n))
            n = next(drops, n_folds)
        n_fits += n
        if n_fits > most_fits:
            return complete, n_fits - n
        complete += [trial] * (n == n_folds)
    return complete, n_fits
