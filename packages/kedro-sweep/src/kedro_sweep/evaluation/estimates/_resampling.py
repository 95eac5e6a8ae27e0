"""Bootstrap draws: rows, or whole groups of rows, with replacement."""

from collections.abc import Iterator

import numpy as np
from numpy.random import Generator
from sklearn.model_selection import TimeSeriesSplit

from kedro_sweep.evaluation.predictions import Array
from kedro_sweep.search import Splitter, StudyConfiguration

# The number of predictions whose draws are held in memory at a time (16 MB).
BATCH_CELLS = 2_000_000


def draw_weights(truth_units: Array, n_draws: int, random_seed: int | Generator) -> Array:
    """Draw as many units as there are, with replacement, several times."""
    random = np.random.default_rng(random_seed)
    n_units = int(truth_units.max()) + 1
    drawn = random.integers(n_units, size=(n_draws, n_units))
    drawn += n_units * np.arange(n_draws)[:, np.newaxis]
    counts = np.bincount(drawn.ravel(), minlength=n_draws * n_units).reshape(n_draws, n_units)
    return counts.astype(float)[:, truth_units]


def draw_batches(truth_units: Array, n_draws: int, random_seed: int) -> Iterator[Array]:
    """Draw in batches that fit in memory for any number of predictions."""
    random = np.random.default_rng(random_seed)
    size = max(1, BATCH_CELLS // len(truth_units))
    for start in range(0, n_draws, size):
        yield draw_weights(truth_units, min(size, n_draws - start), random)


def find_obstacle(configuration: StudyConfiguration) -> str:
    """Explain why the predictions of a study's folds cannot be resampled."""
    cv = configuration.sweep.cv
    follows_time = configuration.ordered or (
        isinstance(cv, Splitter) and isinstance(cv.build(seed=0), TimeSeriesSplit)
    )
    if follows_time:
        return (
            "The folds follow time, and a bootstrap would mix earlier and later rows as if they did not "
            "depend on each other."
        )
    return ""
