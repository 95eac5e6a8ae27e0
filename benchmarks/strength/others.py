"""The ways to train a model without this project."""

import logging
from contextlib import redirect_stdout
from types import SimpleNamespace
from typing import Any

import pandas as pd
import skrub
from flaml import AutoML
from kedro_sweep.search import Model, SearchSpace
from kedro_sweep.search.study import make_estimator
from optuna.samplers import RandomSampler
from optuna_integration import OptunaSearchCV
from sklearn.ensemble import HistGradientBoostingClassifier, HistGradientBoostingRegressor
from sklearn.pipeline import Pipeline

from benchmarks.strength.request import CORES, Request
from benchmarks.strength.settings import ENDLESS, find_forest, load_parameters


def search_with_flaml(X: pd.DataFrame, y: "pd.Series[Any]", request: Request) -> Any:
    """Search with FLAML, which accepts text and missing values."""
    logging.getLogger("flaml").setLevel(logging.ERROR)
    settings: dict[str, Any] = {
        "task": request.task,
        "metric": request.measure,
        "time_budget": request.seconds,
    }
    model = AutoML()
    model.fit(X, y, **settings, n_jobs=CORES, seed=request.seed, verbose=0, **request.options)
    return model


def search_with_optuna_search_cv(X: pd.DataFrame, y: "pd.Series[Any]", request: Request) -> Any:
    """Search the forest in conf/base, with its space and its preprocessing, with `OptunaSearchCV`."""
    parameters = load_parameters("base")
    model = Model.model_validate(find_forest(parameters, request.task))
    estimator = make_estimator(model, X, request.seed)
    prefix = f"{estimator.steps[-1][0]}__" if isinstance(estimator, Pipeline) else ""
    space = SearchSpace.model_validate(parameters["sweep"]["search_space"]).distributions()
    search = OptunaSearchCV(
        estimator,
        {f"{prefix}{name}": distribution for name, distribution in space.items()},
        cv=parameters["sweep"]["cv"],
        scoring=request.measure,
        n_trials=None,
        timeout=request.seconds,
        n_jobs=CORES,
        random_state=request.seed,
        verbose=0,
    )
    return search.fit(X, y)


def search_with_skrub(X: pd.DataFrame, y: "pd.Series[Any]", request: Request) -> Any:
    """Search the gradient boosting of `skrub.tabular_pipeline` at random, as skrub's examples do.

    Skrub stops a search in time only with its backend Optuna.
    """
    kinds = {
        "classification": HistGradientBoostingClassifier,
        "regression": HistGradientBoostingRegressor,
    }
    boosting = kinds[request.task](
        categorical_features="from_dtype",
        learning_rate=skrub.choose_float(0.01, 0.9, log=True, name="learning rate"),
        max_leaf_nodes=skrub.choose_int(3, 100, log=True, name="leaves"),
        random_state=request.seed,
    )
    predicted = skrub.X(X).skb.apply(skrub.tabular_pipeline(boosting), y=skrub.y(y))
    search = predicted.skb.make_randomized_search(
        backend="optuna",
        sampler=RandomSampler(seed=request.seed),
        n_iter=ENDLESS,
        timeout=request.seconds,
        scoring=request.measure,
        random_state=request.seed,
    )
    with redirect_stdout(None):  # it announces its study
        search.fit({"X": X, "y": y})
    return SimpleNamespace(
        predict=lambda rows: search.predict({"X": rows}),
        predict_proba=lambda rows: search.predict_proba({"X": rows}),
    )


def fit_untuned(X: pd.DataFrame, y: "pd.Series[Any]", request: Request) -> Any:
    """Fit `skrub.tabular_pipeline` without tuning."""
    pipeline = skrub.tabular_pipeline(request.task)
    pipeline[-1].set_params(random_state=request.seed)
    return pipeline.fit(X, y)
