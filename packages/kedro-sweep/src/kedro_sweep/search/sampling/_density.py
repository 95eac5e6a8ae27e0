"""Which of the values that TPE has drawn is the best, in fewer steps than Optuna needs."""

from functools import reduce
from operator import mul
from typing import Any

import numpy as np
from numpy.typing import NDArray
from optuna.samplers._tpe.probability_distributions import (
    _BatchedCategoricalDistributions,
    _BatchedDistributions,
)
from scipy.special import ndtr

Floats = NDArray[np.float64]
Numbers = NDArray[np.int64]

# What rounding may change in the logarithm of a density, unless that is smaller, or its steps are more.
TOLERANCE = 1e-5
SMALLEST = 1e-200
MANY_STEPS = 1e6
# Kernels at a time, whose densities stay in the cache of a core.
BLOCK = 512


def find_best(
    estimators: list[Any], known: list[dict[str, Floats]], samples: dict[str, Floats]
) -> int | None:
    """Find the drawn values whose density by the first estimator is highest relative to the second.

    Optuna adds logarithms of densities, for each kernel. This multiplies the densities, and computes
    those of equal kernels once, which is faster but does not round in the same way.

    Args:
        estimators: Optuna's estimators of the better and of the other trials.
        known: The values that they were made of, by parameter, shape (n_trials,).
        samples: The drawn values, by parameter, shape (n_samples,).

    Returns:
        The position of the best values, or None if rounding might decide which they are.
    """
    with np.errstate(all="ignore"):
        below, above = (_compute(*given, samples) for given in zip(estimators, known, strict=True))
        ratio = np.log(below / above)
    if not (np.isfinite(ratio).all() and below.min() > SMALLEST and above.min() > SMALLEST):
        return None
    best = int(ratio.argmax())
    close = ratio >= ratio[best] - TOLERANCE
    is_sure = all((drawn[close] == drawn[best]).all() for drawn in samples.values())
    return best if is_sure else None


def _compute(estimator: Any, known: dict[str, Floats], samples: dict[str, Floats]) -> Floats:
    """Compute densities up to a factor that all estimators share, shape (n_samples,)."""
    mixture = estimator._mixture_distribution
    columns = zip(mixture.distributions, known.values(), samples.values(), strict=True)
    tables = [_tabulate(*column) for column in columns]
    density: Floats = sum(
        mixture.weights[start : start + BLOCK]
        @ reduce(mul, (table.take(rows[start : start + BLOCK], axis=0) for table, rows in tables))
        for start in range(0, len(mixture.weights), BLOCK)
    )
    return density


def _tabulate(
    distribution: _BatchedDistributions, known: Floats, drawn: Floats
) -> tuple[Floats, Numbers]:
    """Compute the densities of the kernels that differ, and find the row of each kernel among them."""
    if isinstance(distribution, _BatchedCategoricalDistributions):
        table = distribution.weights[:, drawn.astype(int)]
        return table, np.arange(len(table))
    scale = np.log if distribution.is_log else np.asarray
    step, mu, sigma = distribution.step, distribution.mu, distribution.sigma
    low, high = distribution.adapted_low, distribution.adapted_high
    kernels = rows = np.arange(len(mu))
    if step:
        kernels, rows = _find_different(sigma, np.rint((known - distribution.low) / step).astype(int))
    mu, sigma = mu[kernels, np.newaxis], sigma[kernels, np.newaxis]
    mass = _find_mass((low - mu) / sigma, (high - mu) / sigma)
    if not step:
        distance = (scale(drawn) - mu) / sigma
        return np.exp(-0.5 * distance * distance) / (sigma * mass), rows
    if distribution.high - distribution.low > MANY_STEPS * step:
        mass = mass * np.nan
    left, right = ((scale(drawn + side * step / 2) - mu) / sigma for side in (-1, 1))
    return _find_mass(left, right) / mass, rows


def _find_different(sigma: Floats, steps: Numbers) -> tuple[Numbers, Numbers]:
    """Find the kernels that differ, and the row of each kernel among them.

    Most have the smallest width, and of these, those at the same step are equal. All others are taken to
    differ, and so is the last one, which does not belong to a trial.
    """
    steps = steps - steps.min(initial=0)
    n_steps = int(steps.max(initial=0)) + 1
    if n_steps > len(sigma):
        return np.arange(len(sigma)), np.arange(len(sigma))
    is_usual = sigma == sigma.min()
    is_usual[-1] = False
    usual, others = np.flatnonzero(is_usual), np.flatnonzero(~is_usual)
    kernels = np.zeros(n_steps, dtype=np.int64)
    kernels[steps[usual]] = usual
    rows = n_steps - 1 + np.cumsum(~is_usual)  # of the others; they come last
    rows[usual] = steps[usual]
    return np.append(kernels, others), rows


def _find_mass(a: Floats, b: Floats) -> Floats:
    """The mass of a standard normal distribution, from its left tail, where it has more digits."""
    side = np.where(a > 0, -1.0, 1.0)
    mass: Floats = side * (ndtr(side * b) - ndtr(side * a))
    return mass
