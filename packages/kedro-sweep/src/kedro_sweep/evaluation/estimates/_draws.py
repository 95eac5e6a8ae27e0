"""How many bootstrap draws, and of what, an estimate uses to finish within seconds."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from sklearn.model_selection import TimeSeriesSplit

from kedro_sweep.evaluation.metrics import (
    CLASS_METRICS,
    RANK_METRICS,
    average_folds,
    find_metric,
    find_name,
    score_all_folds,
)
from kedro_sweep.evaluation.predictions import Array, Predictions, Truth
from kedro_sweep.search import Splitter, StudyConfiguration
from kedro_sweep.tables import draw_rows

DRAWS = 1_000
FEWEST_DRAWS = 200
# Predictions that can be scored, over all draws and configurations, in about two seconds.
CELLS = 1_000_000_000
# A rank score takes this many times as long as another score, per class.
COST_OF_RANKS = 4

# For an ensemble: numbers that can be blended and scored in about five seconds.
ENSEMBLE_DRAWS = 200
FEWEST_ENSEMBLE_DRAWS = 150
BLENDED_CELLS = 1_500_000_000
# The fewest draws may take this many times as long, which is less than a minute.
LONGEST = 10
# Scores by class or rank take this many times as long as means over rows.
COST_OF_BLENDED_CLASSES = 2
COST_OF_BLENDED_RANKS = 8

# Calls of a scorer that scores one draw at a time, in about 15 seconds if it has so many rows, and how
# to use them.
CALLS = 15_000
ROWS_OF_CALL = 1_000
FEWEST_CALLS = 150  # for each configuration
FEWEST_CONFIGURATIONS = 20


class Effort(NamedTuple):
    """The number of draws, the numbers of the configurations, and what is less than usual."""

    n_draws: int
    configurations: Array
    note: str


def value(scoring: str, truth: Truth, candidates: Sequence[Predictions], weights: Array) -> Array:
    """Compute the value that configurations are chosen by in each draw."""
    if metric := find_metric(
        scoring
    ):  # as for a trial; of another scorer, that would take too many calls
        return average_folds(metric, truth, candidates, weights)
    return score_all_folds(scoring, truth, candidates, weights)


def plan_effort(truth: Truth, n_configurations: int, n_references: int, scoring: str) -> Effort:
    """Choose the numbers of draws and configurations; they are always the same for the same task.

    If not all configurations are used, those that are used are spread over the search. Using the best
    ones, or adding the best one, would bring back the luck that the correction removes.
    """
    everything = np.arange(n_configurations)
    if find_metric(scoring) is None:
        n_calls = CALLS // max(1, len(truth.y) // ROWS_OF_CALL)
        n_kept = min(n_configurations, max(FEWEST_CONFIGURATIONS, n_calls // FEWEST_CALLS))
        kept = np.linspace(0, n_configurations - 1, n_kept).round().astype(int)
        n_draws = min(DRAWS, max(FEWEST_CALLS, n_calls // (n_kept + 2 + n_references)))
        note = f"From {n_draws} draws and {n_kept} of {n_configurations} configurations"
        return Effort(n_draws, kept, f"{note}, because '{scoring}' has to be called for each.")
    cost, scoring = 1, find_name(scoring)
    if scoring in RANK_METRICS and truth.classes is not None:
        n_rankings = 2 if scoring.startswith("roc_auc_ovo") else 1  # per class, of so many rows
        cost = COST_OF_RANKS * len(truth.classes) * n_rankings
    n_cells = len(truth.y) * max(n_configurations, 1) * cost
    return _limit(CELLS // n_cells, DRAWS, FEWEST_DRAWS, everything)


def plan_ensemble_effort(
    truth: Truth, n_configurations: int, scoring: str, size: int, trials: int
) -> Effort:
    """Choose the number of draws, each of which repeats the selection of an ensemble."""
    everything = np.arange(n_configurations)
    if find_metric(scoring) is None:
        note = f"'{scoring}' would have to be called for each blend in each draw, which takes minutes."
        return Effort(0, everything, note)
    cells = _count_blended_cells(truth, n_configurations, scoring, size, trials)
    n_draws = BLENDED_CELLS // (len(truth.y) * cells)
    if n_draws < FEWEST_ENSEMBLE_DRAWS / LONGEST:
        note = f"{FEWEST_ENSEMBLE_DRAWS} draws, the fewest, would take minutes on so many predictions."
        return Effort(0, everything, note)
    return _limit(n_draws, ENSEMBLE_DRAWS, FEWEST_ENSEMBLE_DRAWS, everything)


def sample_for_ensemble(
    truth: Truth, n_configurations: int, scoring: str, size: int, trials: int, random_seed: int
) -> Array:
    """Draw as many rows, or whole groups, as the fewest draws can use in less than half a minute."""
    cells = _count_blended_cells(truth, n_configurations, scoring, size, trials)
    most = LONGEST // 2 * BLENDED_CELLS // (FEWEST_ENSEMBLE_DRAWS * cells)
    classes = None if truth.classes is None else truth.y
    units = truth.units if truth.n_units < len(truth.y) else None
    return draw_rows(len(truth.y), most, random_seed, classes=classes, groups=units)


def _count_blended_cells(
    truth: Truth, n_configurations: int, scoring: str, size: int, trials: int
) -> int:
    """Count the numbers to blend and score per row and draw."""
    scoring = find_name(scoring)
    cost = COST_OF_BLENDED_CLASSES if scoring in CLASS_METRICS else 1
    cost = COST_OF_BLENDED_RANKS if scoring in RANK_METRICS else cost
    n_columns = 1 if truth.classes is None else len(truth.classes)
    return n_columns * size * min(trials, n_configurations) * cost


def _limit(n_draws: int, most: int, fewest: int, configurations: Array) -> Effort:
    n_draws = min(most, max(fewest, n_draws))
    note = f"From {n_draws} draws instead of {most:,}, to take seconds."
    return Effort(n_draws, configurations, note if n_draws < most else "")


def find_obstacle(configuration: StudyConfiguration) -> str:
    """Explain why the predictions of a study's folds cannot be resampled."""
    cv = configuration.sweep.cv
    splitter = cv.build(seed=0) if isinstance(cv, Splitter) else None
    if not configuration.ordered and not isinstance(splitter, TimeSeriesSplit):
        return ""
    return (
        "The folds follow time, and a bootstrap would mix earlier and later rows as if they did not "
        "depend on each other."
    )
