"""Forests on the wines: the default search, compared with the tutorial's way and OptunaSearchCV."""

import optuna
from kedro_sweep.search import Model, SearchSpace

from benchmarks.speed.measure import time_alternately
from benchmarks.speed.row import TIMES, Measured, at_least, at_most_more, per_trial
from benchmarks.speed.ways import (
    FEW,
    FOREST,
    FOREST_SPACE,
    MANY,
    ONE,
    TUTORIAL,
    TWO,
    check_same_trials,
    estimate_tutorial,
    search_as_in_tutorial,
    search_here,
    search_with_optuna_search_cv,
)
from benchmarks.wines import load_wine

MEMORY = "Kedro Sweep, 1 core, in memory"
STEP = 10  # the tutorial's way scores one of this many trials, if there are many


def bench_few(repeats: int) -> Measured:
    """Measure 100 trials."""
    X, y = load_wine()
    model, space = Model.model_validate(FOREST), SearchSpace.model_validate(FOREST_SPACE)
    seconds, studies = time_alternately(
        {
            TWO: lambda: search_here(X, y, model, space, FEW, 2),
            TUTORIAL: lambda: search_as_in_tutorial(X, y, model, space, FEW, -1),
            ONE: lambda: search_here(X, y, model, space, FEW, 1),
            MEMORY: lambda: search_here(X, y, model, space, FEW, 1, in_memory=True),
            "OptunaSearchCV": lambda: search_with_optuna_search_cv(X, y, model, space, FEW),
        },
        repeats,
        once=["OptunaSearchCV"],
    )
    for name in (ONE, TWO, MEMORY):
        check_same_trials(studies[TUTORIAL], studies[name])
    one, memory = seconds[ONE], seconds[MEMORY]
    rows = [
        at_least(f"forest, {FEW} trials, 1 core", TUTORIAL, one, seconds[TUTORIAL], 5),
        at_least(f"forest, {FEW} trials, 2 cores", TUTORIAL, seconds[TWO], seconds[TUTORIAL], 5),
        at_least(f"forest, {FEW} trials, 2 cores", ONE, seconds[TWO], one, 1.25),
        at_least(f"forest, {FEW} trials, 1 core", "OptunaSearchCV", one, seconds["OptunaSearchCV"], 4),
        at_most_more(
            "a trial in a journal", "in memory", per_trial(one, FEW), per_trial(memory, FEW), 5, "ms"
        ),
    ]
    curves = {name: find_finish_times(studies[name]) for name in (TUTORIAL, "OptunaSearchCV")}
    return rows, {"curves": curves}


def bench_many(repeats: int) -> Measured:
    """Measure 1,000 trials."""
    X, y = load_wine()
    model, space = Model.model_validate(FOREST), SearchSpace.model_validate(FOREST_SPACE)
    seconds, studies = time_alternately(
        {
            TWO: lambda: search_here(X, y, model, space, MANY, 2),
            ONE: lambda: search_here(X, y, model, space, MANY, 1),
        },
        repeats,
    )
    check_same_trials(studies[ONE], studies[TWO])
    tutorial = [estimate_tutorial(studies[ONE], X, y, model, -1, STEP)]
    against = f"{TUTORIAL} (every {STEP}th trial, {TIMES} {STEP})"
    rows = [
        at_least(f"forest, {MANY:,} trials, 1 core", against, seconds[ONE], tutorial, 25),
        at_least(f"forest, {MANY:,} trials, 2 cores", against, seconds[TWO], tutorial, 32),
        at_least(f"forest, {MANY:,} trials, 2 cores", ONE, seconds[TWO], seconds[ONE], 1.4),
    ]
    return rows, {"curves": {name: find_finish_times(studies[name]) for name in (ONE, TWO)}}


def find_finish_times(study: optuna.Study) -> list[float]:
    """Find out when each trial finished."""
    trials = study.get_trials(deepcopy=False)
    start = trials[0].datetime_start
    return [
        (trial.datetime_complete - start).total_seconds()
        for trial in trials
        if trial.datetime_complete and start
    ]
