"""A forest after encoders of two texts and a date, on 2,000 rows."""

import numpy as np
from kedro_sweep.search import Model, SearchSpace

from benchmarks.speed.measure import time_alternately
from benchmarks.speed.row import TIMES, Row, at_least
from benchmarks.speed.ways import FOREST, FOREST_SPACE, estimate_tutorial, search_here
from benchmarks.tables import make_listings

# Number of trials, how many of them per trial that the other way scores, and the speedup to reach.
SIZES = [(100, 4, 6), (1000, 20, 25)]


def bench_text(repeats: int) -> list[Row]:
    """Measure few and many trials.

    Args:
        repeats: How often ours is run; the other way scores a part of the same trials once.

    Returns:
        The rows.
    """
    X = make_listings(np.random.default_rng(0))
    y = X.pop("sold")
    model, space = Model.model_validate(FOREST), SearchSpace.model_validate(FOREST_SPACE)
    rows = []
    for n_trials, step, target in SIZES:
        seconds, studies = time_alternately(
            {"ours": lambda: search_here(X, y, model, space, n_trials, 1)},  # noqa: B023
            repeats,
        )
        plain = [estimate_tutorial(studies["ours"], X, y, model, 1, step)]
        what = f"two texts and a date, {n_trials:,} trials, 1 core"
        against = f"cross_val_score (every {step}th trial, {TIMES} {step})"
        rows.append(at_least(what, against, seconds["ours"], plain, target))
    return rows
