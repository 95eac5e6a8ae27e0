"""The ways to train a model without this project."""

import logging
from contextlib import redirect_stdout

import pandas as pd
import skrub
from flaml import AutoML
from kedro_sweep.search import Model, SearchSpace
from kedro_sweep.search.study import make_estimator
from optuna_integration import OptunaSearchCV
from sklearn.ensemble import (
    ExtraTreesClassifier,
    ExtraTreesRegressor,
    HistGradientBoostingClassifier,
    HistGradientBoostingRegressor,
)
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.pipeline import Pipeline

from benchmarks.strength.settings import (
    CORES,
    ENDLESS,
    SCORES,
    Predict,
    Task,
    find_forest,
    load_parameters,
)


def search_with_flaml(X: pd.DataFrame, y: pd.Series, task: Task, seconds: float, seed: int) -> Predict:
    """Search with FLAML, which accepts text and missing values."""
    logging.getLogger("flaml").setLevel(logging.ERROR)
    model = AutoML()
    model.fit(
        X, y, task=task, metric=SCORES[task], time_budget=seconds, n_jobs=CORES, seed=seed, verbose=0
    )
    predict: Predict = model.predict
    return predict


def search_with_optuna_search_cv(
    X: pd.DataFrame, y: pd.Series, task: Task, seconds: float, seed: int
) -> Predict:
    """Search the forest in conf/base, with its space and its preprocessing, with `OptunaSearchCV`."""
    parameters = load_parameters("base")
    model = Model.model_validate(find_forest(parameters, task))
    estimator = make_estimator(model, X, seed)
    prefix = f"{estimator.steps[-1][0]}__" if isinstance(estimator, Pipeline) else ""
    space = SearchSpace.model_validate(parameters["sweep"]["search_space"]).distributions()
    search = OptunaSearchCV(
        estimator,
        {f"{prefix}{name}": distribution for name, distribution in space.items()},
        cv=parameters["sweep"]["cv"],
        scoring=SCORES[task],
        n_trials=None,
        timeout=seconds,
        n_jobs=CORES,
        random_state=seed,
        verbose=0,
    )
    predict: Predict = search.fit(X, y).predict
    return predict


def search_with_skrub(X: pd.DataFrame, y: pd.Series, task: Task, seconds: float, seed: int) -> Predict:
    """Choose among `skrub.tabular_pipeline` of three kinds of models with skrub's backend Optuna.

    The kinds and their ranges are those of the examples in skrub's documentation.
    """
    is_classifier = task == "classification"
    boosting = HistGradientBoostingClassifier if is_classifier else HistGradientBoostingRegressor
    trees = ExtraTreesClassifier if is_classifier else ExtraTreesRegressor
    linear = (
        LogisticRegression(C=skrub.choose_float(0.1, 10.0, log=True, name="C"))
        if is_classifier
        else Ridge(alpha=skrub.choose_float(0.01, 10.0, log=True, name="alpha"))
    )
    models = {
        "boosting": boosting(
            categorical_features="from_dtype",
            learning_rate=skrub.choose_float(0.01, 0.9, log=True, name="learning rate"),
            random_state=seed,
        ),
        "extra trees": trees(
            min_samples_leaf=skrub.choose_int(1, 32, log=True, name="min_samples_leaf"),
            n_jobs=CORES,
            random_state=seed,
        ),
        "linear": linear,
    }
    pipelines = {name: skrub.tabular_pipeline(model) for name, model in models.items()}
    choice = skrub.choose_from(pipelines, name="model")
    predicted = skrub.X(X).skb.apply(choice, y=skrub.y(y))
    search = predicted.skb.make_randomized_search(
        backend="optuna",
        n_iter=ENDLESS,
        timeout=seconds,
        scoring=SCORES[task],
        random_state=seed,
    )
    with redirect_stdout(None):  # it announces its study
        search.fit({"X": X, "y": y})
    return lambda rows: search.predict({"X": rows})


def fit_untuned(X: pd.DataFrame, y: pd.Series, task: Task, seconds: float, seed: int) -> Predict:
    """Fit `skrub.tabular_pipeline` without tuning."""
    pipeline = skrub.tabular_pipeline(task)
    pipeline[-1].set_params(random_state=seed)
    predict: Predict = pipeline.fit(X, y).predict
    return predict
