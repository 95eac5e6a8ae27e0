"""The ways of this project: the functions that its nodes call, with the parameters in conf."""

import shutil
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pandas as pd
from kedro_sweep.evaluation import choose_members, make_model, search_and_keep
from kedro_sweep.onboarding import use_table
from kedro_sweep.search import Sweep, configure_candidates, open_journal
from kedro_sweep.tables import Data, find_means, prepare_rows, take_raw_rows
from optuna.artifacts import FileSystemArtifactStore

from benchmarks.strength.settings import CORES, ENDLESS, Predict, Task, find_forest, load_parameters
from benchmarks.wines import ROOT


def run_default(X: pd.DataFrame, y: pd.Series, task: Task, seconds: float, seed: int) -> Predict:
    """Search with the parameters in conf/base: a forest and 100 trials, without a time limit."""
    return _run(X, y, task, seed, load_parameters("base"))


def run_default_after_use(
    X: pd.DataFrame, y: pd.Series, task: Task, seconds: float, seed: int
) -> Predict:
    """Search with what `kedro sweep use` writes for this table, without a time limit."""
    with TemporaryDirectory() as folder:
        project = Path(folder)
        shutil.copytree(ROOT / "conf/base", project / "conf/base")
        X.assign(**{str(y.name): y}).to_csv(project / "table.csv", index=False)
        use_table(project, project / "table.csv", str(y.name), task)
        parameters = load_parameters("base", project / "conf")
    return _run(X, y, task, seed, parameters)


def run_contest(X: pd.DataFrame, y: pd.Series, task: Task, seconds: float, seed: int) -> Predict:
    """Search with the parameters in conf/contest, and use the best trial as the model."""
    parameters = load_parameters("contest")
    parameters["sweep"]["ensemble"] = {"size": 0}
    return _run(X, y, task, seed, parameters, seconds)


def run_contest_with_ensemble(
    X: pd.DataFrame, y: pd.Series, task: Task, seconds: float, seed: int
) -> Predict:
    """Search with the parameters in conf/contest, and build the ensemble."""
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
    limits = {} if seconds is None else {"timeout": seconds, "n_trials": ENDLESS, "n_jobs": CORES}
    model = {"model": find_forest(parameters, task)}
    sweep = Sweep.model_validate(parameters["sweep"] | limits | model)
    given: dict[str, Any] = {"y_label": str(y.name), "features": None, "random_seed": seed}
    data = Data.model_validate(parameters["data"] | given)
    train = X.drop(columns=data.drop).assign(**{data.y_label: y})
    preparation = prepare_rows(train, find_means(train, data), data)
    configurations = configure_candidates(train, preparation, data, sweep)
    with TemporaryDirectory() as folder:
        (predictions := Path(folder) / "predictions").mkdir()
        studies, store = search_and_keep(
            configurations,
            open_journal(str(Path(folder) / "journal")),
            FileSystemArtifactStore(predictions),
        )
        members = choose_members(studies, configurations, store, sweep.ensemble)
    prepared = preparation.transform(train)
    estimator = make_model(members, prepared, data, sweep).fit(prepared, y)
    predict: Predict = take_raw_rows(preparation, estimator).predict
    return predict
