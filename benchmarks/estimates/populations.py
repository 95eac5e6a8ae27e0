"""Made-up tables of several kinds, of which any number of rows can be drawn."""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

N_FEATURES = 8
ROWS_OF_GROUP = 10
# The strength of the signal, for classes and for numbers.
SIGNALS = {"none": (0.0, 0.0), "weak": (1.0, 0.5), "strong": (3.0, 2.0)}
KINDS = ("balanced", "rare", "six classes", "groups", "numbers", "heavy tails")
SHARES = (0.4, 0.25, 0.15, 0.1, 0.06, 0.04)  # of six classes, without signal
RARE = 0.1  # share of positive rows, unless another is given


class Rows(NamedTuple):
    """Features, target and groups, shape (n, 8), (n,) and (n,)."""

    X: Array
    y: NDArray[np.float64] | NDArray[np.int64]
    groups: NDArray[np.int64] | None

    @property
    def has_classes(self) -> bool:
        """Whether the target numbers classes."""
        return self.y.dtype.kind == "i"


def _calibrate(X: Array) -> Array:
    """The function behind the tables by which the intervals were calibrated."""
    values = 2 * np.sin(np.pi * X[:, 0] * X[:, 1] / 3) + X[:, 2] ** 2 - 1 + X[:, 3]
    return np.asarray(values / values.std())


def _publish(X: Array) -> Array:
    """The function behind the tables of the published page."""
    interaction = 0.8 * X[:, 1] * X[:, 2] + 0.6 * np.sin(2 * X[:, 3])
    return np.asarray(X[:, 0] + interaction + 0.5 * (np.abs(X[:, 4]) - 0.8))


FAMILIES: dict[str, Callable[[Array], Array]] = {"calibration": _calibrate, "published": _publish}


def draw_rows(
    family: str, kind: str, signal: str, n_rows: int, random: np.random.Generator, rare: float = RARE
) -> Rows:
    """Draw rows of a kind of table; rows of a group share most of their features, and luck."""
    X = random.normal(size=(n_rows, N_FEATURES))
    groups, luck = None, np.zeros(n_rows)
    if kind == "groups":
        groups = np.arange(n_rows) // ROWS_OF_GROUP
        shared = random.normal(size=(groups.max() + 1, N_FEATURES))[groups]
        X = np.sqrt(0.5) * (X + shared)
        luck = random.normal(size=groups.max() + 1)[groups]
    of_classes, of_numbers = SIGNALS[signal]
    values = FAMILIES[family](X)
    if kind == "numbers":
        return Rows(X, of_numbers * values + random.normal(size=n_rows), None)
    if kind == "heavy tails":
        return Rows(X, of_numbers * values + random.standard_t(4, size=n_rows), None)
    if kind == "six classes":
        weights = np.random.default_rng(0).normal(size=(N_FEATURES, len(SHARES)))
        logits = of_classes * (X @ weights / 2 + np.outer(values, weights[0])) + np.log(SHARES)
        exponentials = np.exp(logits - logits.max(axis=1, keepdims=True))
        cumulated = (exponentials / exponentials.sum(axis=1, keepdims=True)).cumsum(axis=1)
        return Rows(X, (cumulated > random.random((n_rows, 1))).argmax(axis=1), None)
    logits = of_classes * values + luck
    if kind == "rare":
        logits += _find_shift(logits, rare)
    return Rows(X, (random.random(n_rows) < 1 / (1 + np.exp(-logits))).astype(np.int64), groups)


def _find_shift(logits: Array, rare: float) -> float:
    """Find the shift that makes positive rows rare, by bisection."""
    low, high = -30.0, 30.0
    for _ in range(50):
        middle = (low + high) / 2
        share = np.mean(1 / (1 + np.exp(-(logits + middle))))
        low, high = (middle, high) if share < rare else (low, middle)
    return low
