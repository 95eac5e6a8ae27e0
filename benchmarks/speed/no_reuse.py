"""Estimators whose fits share nothing, on the wines."""

from typing import Any

from kedro_sweep.search import Model, SearchSpace

from benchmarks.speed.measure import time_alternately
from benchmarks.speed.row import Row, at_least, at_most_more, per_trial
from benchmarks.speed.ways import check_same_trials, search_as_in_tutorial, search_here
from benchmarks.wines import load_wine
from benchmarks.workers import start_workers

ESTIMATORS: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "SVC": (
        {"class": "sklearn.svm.SVC"},
        {"C": {"type": "float", "low": 0.1, "high": 100, "log": True}},
    ),
    "HistGradientBoosting": (
        {"class": "sklearn.ensemble.HistGradientBoostingClassifier", "params": {"max_iter": 5}},
        {"learning_rate": {"type": "float", "low": 0.01, "high": 1, "log": True}},
    ),
    "Pipeline": (
        {"class": "benchmarks.speed.ways.make_scaled_svc"},
        {"svc__C": {"type": "float", "low": 0.1, "high": 100, "log": True}},
    ),
}
N_TRIALS = 40


def bench_no_reuse(repeats: int) -> list[Row]:
    """Measure each with one process, and with two workers that are already running.

    Args:
        repeats: How often each is run.

    Returns:
        The rows.
    """
    X, y = load_wine()
    rows = []
    for name, (model_params, space_params) in ESTIMATORS.items():
        model = Model.model_validate(model_params)
        space = SearchSpace.model_validate(space_params)
        start_workers(2)
        seconds, studies = time_alternately(
            {
                "plain": lambda: search_as_in_tutorial(X, y, model, space, N_TRIALS, 1),  # noqa: B023
                "one": lambda: search_here(X, y, model, space, N_TRIALS, 1),  # noqa: B023
                "two": lambda: search_here(X, y, model, space, N_TRIALS, 2),  # noqa: B023
            },
            repeats,
        )
        check_same_trials(studies["plain"], studies["one"])
        one, plain = per_trial(seconds["one"], N_TRIALS), per_trial(seconds["plain"], N_TRIALS)
        rows += [
            at_most_more(f"a trial of {name}, 1 process", "cross_val_score", one, plain, 5, "ms"),
            at_least(
                f"{name}, {N_TRIALS} trials, 2 workers",
                "Kedro Sweep, 1 process",
                seconds["two"],
                seconds["one"],
                1.6,
            ),
        ]
    return rows
