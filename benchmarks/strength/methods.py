"""All methods by name: ours first, in the order of the page."""

from collections.abc import Callable

import pandas as pd

from benchmarks.strength.others import (
    fit_untuned,
    search_with_flaml,
    search_with_optuna_search_cv,
    search_with_skrub,
)
from benchmarks.strength.ours import run_contest, run_contest_with_ensemble, run_default
from benchmarks.strength.settings import Predict, Task

Method = Callable[[pd.DataFrame, pd.Series, Task, float, int], Predict]

METHODS: dict[str, Method] = {
    "contest with ensemble": run_contest_with_ensemble,
    "contest": run_contest,
    "default": run_default,
    "FLAML": search_with_flaml,
    "OptunaSearchCV": search_with_optuna_search_cv,
    "skrub search": search_with_skrub,
    "skrub untuned": fit_untuned,
}
