"""The other estimators that reuse fits, on the wines: extra trees and gradient boosting."""

from typing import Any

from kedro_sweep.search import Model, SearchSpace

from benchmarks.speed.measure import time_alternately
from benchmarks.speed.row import Row, at_least
from benchmarks.speed.ways import (
    FOREST_SPACE,
    check_same_trials,
    search_as_in_tutorial,
    search_here,
)
from benchmarks.wines import load_wine

N_TRIALS = 100
PLAIN = "tutorial, 1 core"
# Class, search space, and the speedup over the tutorial's way that it should reach.
ESTIMATORS: dict[str, tuple[str, dict[str, Any], float]] = {
    "extra trees": ("sklearn.ensemble.ExtraTreesClassifier", FOREST_SPACE, 4),
    "gradient boosting": (
        "sklearn.ensemble.GradientBoostingClassifier",
        {
            "n_estimators": {"type": "int", "low": 2, "high": 50},
            "max_depth": {"type": "int", "low": 1, "high": 4},
        },
        2,
    ),
}


def bench_others(repeats: int) -> list[Row]:
    """Measure 100 trials of each.

    Args:
        repeats: How often ours is run; the tutorial's way once.

    Returns:
        The rows.
    """
    X, y = load_wine()
    rows = []
    for name, (path, dimensions, target) in ESTIMATORS.items():
        model = Model.model_validate({"class": path})
        space = SearchSpace.model_validate(dimensions)
        seconds, studies = time_alternately(
            {
                PLAIN: lambda: search_as_in_tutorial(X, y, model, space, N_TRIALS, 1),  # noqa: B023
                "ours": lambda: search_here(X, y, model, space, N_TRIALS, 1),  # noqa: B023
            },
            repeats,
            once=[PLAIN],
        )
        check_same_trials(studies[PLAIN], studies["ours"])
        what = f"{name}, {N_TRIALS} trials, 1 core"
        rows.append(at_least(what, PLAIN, seconds["ours"], seconds[PLAIN], target))
    return rows
