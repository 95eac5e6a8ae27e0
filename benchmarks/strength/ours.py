"""The ways of this project: the functions that its nodes call, with the parameters in conf."""

import shutil
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pandas as pd
from kedro_sweep.evaluation import choose_members, fit_model, make_model, search_and_keep
from kedro_sweep.onboarding import use_table
from kedro_sweep.search import Sweep, configure_candidates, open_journal
from kedro_sweep.tables import Data, find_means, prepare_rows, take_raw_rows
from optuna.artifacts import FileSystemArtifactStore

from benchmarks.strength.request import CORES, Request
from benchmarks.strength.settings import ENDLESS, find_forest, load_parameters
from benchmarks.wines import ROOT
from benchmarks.workers import start_workers

start_before_the_clock = partial(start_workers, CORES)


def run_contest(X: pd.DataFrame, y: "pd.Series[Any]", request: Request) -> Any:
    """Search with the parameters in conf/contest; a plain installation lacks the optional candidates."""
    parameters = load_parameters("contest")
    models = parameters["sweep"]["models"]
    is_plain = request.options.get("is_plain")
    kept = {name: given for name, given in models.items() if not (is_plain and given.get("optional"))}
    parameters["sweep"]["models"] = kept
    return _run(X, y, request, parameters)


def run_example(X: pd.DataFrame, y: "pd.Series[Any]", request: Request) -> Any:
    """Search with the parameters in conf/base: a forest and 100 trials, without a time limit."""
    return _run(X, y, request, load_parameters("base"))


def run_after_use(X: pd.DataFrame, y: "pd.Series[Any]", request: Request) -> Any:
    """Search with what `kedro sweep use` writes for this table, without a time limit."""
    with TemporaryDirectory() as folder:
        project = Path(folder)
        shutil.copytree(ROOT / "conf/base", project / "conf/base")
        X.assign(**{str(y.name): y}).to_csv(project / "table.csv", index=False)
        use_table(project, project / "table.csv", str(y.name), request.task)
        parameters = load_parameters("base", project / "conf")
    return _run(X, y, request, parameters)


def _run(X: pd.DataFrame, y: "pd.Series[Any]", request: Request, parameters: dict[str, Any]) -> Any:
    """Run the steps of the nodes from the training rows to the model, without their reports."""
    limits: dict[str, Any] = {"timeout": request.seconds, "n_trials": ENDLESS, "n_jobs": CORES}
    changes = {"scoring": request.measure, "model": find_forest(parameters, request.task)}
    changes = changes | limits if request.seconds else changes
    sweep = Sweep.model_validate(parameters["sweep"] | changes)
    given: dict[str, Any] = {"y_label": str(y.name), "features": None, "random_seed": request.seed}
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
    untrained = make_model(members, prepared, data, sweep)
    estimator = fit_model(untrained, prepared, y, n_jobs=sweep.n_jobs)
    return take_raw_rows(preparation, estimator)
