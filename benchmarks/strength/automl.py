"""The tools that have an environment of their own. Imported only there."""

from tempfile import TemporaryDirectory
from types import SimpleNamespace
from typing import Any

import catboost  # noqa: F401 (imported before the clock)
import lightgbm  # noqa: F401
import pandas as pd
import xgboost  # noqa: F401

from benchmarks.strength.request import CORES, Request


def fit_autogluon(X: pd.DataFrame, y: "pd.Series[Any]", request: Request) -> Any:
    """Fit AutoGluon, which takes no seed."""
    from autogluon.tabular import TabularPredictor  # noqa: PLC0415

    kinds = {"roc_auc": "binary", "accuracy": "multiclass", "r2": "regression"}
    folder = TemporaryDirectory()
    predictor = TabularPredictor(
        request.target,
        problem_type=kinds[request.measure],
        eval_metric=request.measure,
        path=folder.name,
        verbosity=0,
    )
    train = X.assign(**{request.target: y})
    # With less time, the check for overfitting of the best quality leaves none to train.
    short = {"dynamic_stacking": False} if request.seconds < 60 else {}
    limits = {"time_limit": request.seconds, "num_cpus": CORES, "num_gpus": 0}
    predictor.fit(train, **limits, **short, **request.options)
    return SimpleNamespace(
        predict=predictor.predict,
        predict_proba=lambda rows: predictor.predict_proba(rows).sort_index(axis="columns").to_numpy(),
        folder=folder,  # stays as long as the model
    )


def fit_mljar(X: pd.DataFrame, y: "pd.Series[Any]", request: Request) -> Any:
    """Fit mljar-supervised."""
    from supervised import AutoML  # noqa: PLC0415

    folder = TemporaryDirectory()
    classes = "binary_classification" if y.nunique() == 2 else "multiclass_classification"
    model = AutoML(
        ml_task=classes
        if request.task == "classification"
        else "regression",  # it guesses by the values
        total_time_limit=int(request.seconds),
        eval_metric={"roc_auc": "auc"}.get(request.measure, request.measure),
        n_jobs=CORES,
        random_state=request.seed,
        results_path=f"{folder.name}/results",
        verbose=0,
        **request.options,
    )
    model.fit(X, y)
    return SimpleNamespace(predict=model.predict, predict_proba=model.predict_proba, folder=folder)
