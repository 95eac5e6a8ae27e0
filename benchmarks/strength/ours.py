"""The ways of this project: the functions that its nodes call, with the parameters in conf."""

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pandas as pd
from kedro_sweep.evaluation import Ensemble, choose_members, make_model, search_and_keep
from kedro_sweep.search import (
    Model,
    Models,
    RandomSeed,
    SearchSpace,
    Sweep,
    choose_candidates,
    configure_candidates,
    open_journal,
)
from kedro_sweep.tables import (
    Duplicates,
    Impute,
    Split,
    TargetName,
    find_means,
    prepare_rows,
    take_raw_rows,
)
from optuna.artifacts import FileSystemArtifactStore

from benchmarks.strength.others import Predict
from benchmarks.strength.settings import CORES, Task, find_forest, load_parameters

TARGET = TargetName("target of the benchmark")


def run_default(X: pd.DataFrame, y: pd.Series, task: Task, seconds: float, seed: int) -> Predict:
    """Search as conf/base says: a forest, 100 trials, whatever time they take.

    Args:
        X: Training features.
        y: Training target.
        task: What the target is.
        seconds: Not used.
        seed: Of the model and the search.

    Returns:
        What predicts raw rows.
    """
    return _run(X, y, task, seed, load_parameters("base"), sweep={}, ensemble={})


def run_contest(X: pd.DataFrame, y: pd.Series, task: Task, seconds: float, seed: int) -> Predict:
    """Search as conf/contest says, and take the best trial as the model.

    Args:
        X: Training features.
        y: Training target.
        task: What the target is.
        seconds: `sweep.timeout`.
        seed: Of the models and the search.

    Returns:
        What predicts raw rows.
    """
    sweep = {"timeout": seconds, "n_trials": _ENDLESS}
    return _run(X, y, task, seed, load_parameters("contest"), sweep=sweep, ensemble={"size": 0})


def run_contest_with_ensemble(
    X: pd.DataFrame, y: pd.Series, task: Task, seconds: float, seed: int
) -> Predict:
    """Search as conf/contest says, and build its ensemble.

    Args:
        X: Training features.
        y: Training target.
        task: What the target is.
        seconds: `sweep.timeout`; the selection and the refit are part of it.
        seed: Of the models and the search.

    Returns:
        What predicts raw rows.
    """
    sweep = {"timeout": seconds, "n_trials": _ENDLESS}
    return _run(X, y, task, seed, load_parameters("contest"), sweep=sweep, ensemble={})
