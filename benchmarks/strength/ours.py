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

from benchmarks.strength.settings import CORES, ENDLESS, Predict, Task, find_forest, load_parameters


def run_default(X: pd.DataFrame, y: pd.Series, task: Task, seconds: float, seed: int) -> Predict:
    """Search with the parameters in conf/base: a forest and 100 trials, without a time limit.

    Args:
        X: Training features.
        y: Training target.
        task: What the target is.
        seconds: Not used.
        seed: Seed of the model and the search.

    Returns:
        A function that predicts raw rows.
    """
    return _run(X, y, task, seed, load_parameters("base"))


def run_contest(X: pd.DataFrame, y: pd.Series, task: Task, seconds: float, seed: int) -> Predict:
    """Search with the parameters in conf/contest, and use the best trial as the model.

    Args:
        X: Training features.
        y: Training target.
        task: What the target is.
        seconds: `sweep.timeout`.
        seed: Seed of the models and the search.

    Returns:
        A function that predicts raw rows.
    """
    return _run(X, y, task, seed, load_parameters("contest") | {"ensemble": {"size": 0}}, seconds)


def run_contest_with_ensemble(
    X: pd.DataFrame, y: pd.Series, task: Task, seconds: float, seed: int
) -> Predict:
    """Search with the parameters in conf/contest, and build the ensemble.

    Args:
        X: Training features.
        y: Training target.
        task: What the target is.
        seconds: `sweep.timeout`; the selection and the refit are part of it.
        seed: Seed of the models and the search.

    Returns:
        A function that predicts raw rows.
    """
    return _run(X, y, task, seed, load_parameters("contest"), seconds)


def _run(
    X: pd.DataFrame,
    y: pd.Series,
    task: Task,
    seed: int,
    parameters: dict[str, Any],
    seconds: float | None = None,
) -> Predict:
    """Run the steps of the nodes from the training rows to the model, without their reports."""
    limits = {} if seconds is None else {"timeout": seconds, "n_trials": ENDLESS}
    sweep = Sweep.model_validate(parameters["sweep"] | limits | {"n_jobs": CORES})
    ensemble = Ensemble.model_validate(parameters["ensemble"])
    split, target = Split.model_validate(parameters["split"]), TargetName(str(y.name))
    impute, random_seed = Impute(parameters["impute"]), RandomSeed(seed)
    candidates = choose_candidates(
        Model.model_validate(find_forest(parameters, task)),
        SearchSpace.model_validate(parameters["search_space"]),
        Models.model_validate(parameters["models"]),
    )
    train = X.assign(**{target.root: y})
    means = find_means(train, None, split, target, impute)
    preparation = prepare_rows(train, means, None, split, target)
    configurations = configure_candidates(
        candidates,
        train,
        preparation,
        y_label=target,
        split=split,
        duplicates=Duplicates(parameters["duplicates"]),
        impute=impute,
        sweep=ensemble.leave_time(sweep),
        random_seed=random_seed,
    )
    with TemporaryDirectory() as folder:
        (predictions := Path(folder) / "predictions").mkdir()
        studies, store = search_and_keep(
            configurations,
            open_journal(str(Path(folder) / "journal")),
            FileSystemArtifactStore(predictions),
        )
        members = choose_members(studies, configurations, store, ensemble, ensemble.find_seconds(sweep))
    prepared = preparation.transform(train)
    model = make_model(
        members, candidates, prepared, seed, imputes=impute.root == "in_model", n_jobs=CORES
    )
    predict: Predict = take_raw_rows(preparation, model.fit(prepared, y)).predict
    return predict
