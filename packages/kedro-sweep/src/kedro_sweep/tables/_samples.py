"""Samples of the rows, where all of them would take minutes. Code that draws one must say so."""

from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

Rows = NDArray[np.intp]

# The most rows of a table that figures show, and training rows that the trained model is scored on.
SHOWN_ROWS = 100_000
# A sample keeps so many rows of a rare class, or all that there are.
FEWEST_OF_CLASS = 10
# Of larger groups, rows are drawn instead: a few whole groups would say little about other groups.
FEWEST_GROUPS = 50


def draw_rows(
    n_rows: int,
    most: int | None,
    random_seed: int,
    *,
    classes: Any = None,
    groups: Any = None,
    ordered: bool = False,
    fewest: int = FEWEST_OF_CLASS,
) -> Rows:
    """Draw the positions of at most so many rows, in order; the same for the same seed.

    The shares of the classes stay, except for the fewest rows of each. Groups stay whole. Ordered rows
    are evenly spaced. On top of these two come the first rows of each class that would be lost.
    """
    everything = np.arange(n_rows)
    if most is None or n_rows <= most:
        return everything
    if ordered:
        return _add_lost(np.linspace(0, n_rows - 1, most).round().astype(np.intp), classes, fewest)
    random = np.random.default_rng(random_seed)
    if groups is not None:
        numbers, _ = pd.factorize(groups)
        order, sizes = random.permutation(numbers.max() + 1), np.bincount(numbers)
        chosen = order[np.cumsum(sizes[order]) <= most]
        if len(chosen) >= FEWEST_GROUPS and sizes[chosen].sum() > most / 2:  # no group is very large
            return _add_lost(np.flatnonzero(np.isin(numbers, chosen)), classes, fewest)
    order = random.permutation(n_rows)
    if classes is None:
        return np.sort(order[:most])
    numbers = pd.factorize(classes)[0][order]
    ranks = pd.Series(numbers).groupby(numbers).cumcount().to_numpy()
    shares = np.where(ranks < fewest, 0, (ranks + 0.5) / np.bincount(numbers)[numbers])
    return np.sort(order[np.argsort(shares, kind="stable")[:most]])


def _add_lost(rows: Rows, classes: Any, fewest: int) -> Rows:
    if classes is None:
        return rows
    numbers, _ = pd.factorize(classes)
    ranks = pd.Series(numbers).groupby(numbers).cumcount().to_numpy()
    return np.union1d(rows, np.flatnonzero(~np.isin(numbers, numbers[rows]) & (ranks < fewest)))
