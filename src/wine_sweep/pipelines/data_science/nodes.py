"""Search the hyperparameters, refit with the best, evaluate on the test rows."""

import logging
from typing import Any

import optuna
import pandas as pd
from kedro_sweep.search import (
    Model,
    RandomSeed,
    SearchSpace,
    StudyConfiguration,
    Sweep,
    log_warnings,
    make_estimator,
    run_search,
    set_searched,
)
from kedro_sweep.tables import FeatureNames, TargetName
from kedro_sweep.tracking import RunLog
from optuna.storages import BaseStorage
from pydantic import BaseModel
from sklearn.base import is_classifier
from sklearn.metrics import (
    accuracy_score,
    balanced_accuracy_score,
    f1_score,
    mean_absolute_error,
    r2_score,
    root_mean_squared_error,
)

from ..reporting.nodes import plot_predictions

logger = logging.getLogger(__name__)

CLASSIFIER_METRICS = {
    "acc": accuracy_score,
    "balanced_acc": balanced_accuracy_score,
    "f1_macro": lambda y_true, y_pred: f1_score(y_true, y_pred, average="macro"),
}
REGRESSOR_METRICS = {
    "r2": r2_score,
    "mae": mean_absolute_error,
    "rmse": root_mean_squared_error,
}


def flatten_parameters(parameters: dict[str, Any]) -> dict[str, Any]:
    """Flatten the parameters, so that runs can be compared key by key.

    Args:
        parameters: All parameters of the run, plain or as the models that nodes ask for.

    Returns:
        The same, nested names joined by dots: `{"sweep.n_trials": 100}`.
    """
    flat: dict[str, Any] = {}
    for name, parameter in sorted(parameters.items()):  # Kedro reads the files in any order
        is_model = isinstance(parameter, BaseModel)
        value = parameter.model_dump(mode="json", by_alias=True) if is_model else parameter
        if isinstance(value, dict) and value:
            flat |= {f"{name}.{key}": inner for key, inner in flatten_parameters(value).items()}
        else:
            flat[name] = value
    return flat


def search_hyperparameters(
    train: pd.DataFrame,
    study_storage: BaseStorage,
    features: FeatureNames,
    y_label: TargetName,
    model: Model,
    search_space: SearchSpace,
    sweep: Sweep,
    random_seed: RandomSeed,
    neptune_run: RunLog | None = None,
) -> tuple[dict[str, Any], pd.DataFrame, dict[str, Any]]:
    """Bring the study to its number of trials.

    Args:
        train: Training rows, features and target.
        study_storage: Where the trials are kept.
        features: Names of the columns that the model may see.
        y_label: Name of the column to predict.
        model: The estimator to tune.
        search_space: Its arguments to search.
        sweep: How the search goes.
        random_seed: Seed of the estimator and the sampler.
        neptune_run: Where Neptune records this run; None if it does not.

    Returns:
        The best parameters, the table of all trials, and a summary of the study.

    Raises:
        InputError: If the parameters do not suit each other or the table.
        AllTrialsFailedError: If no trial has a value.
    """
    configuration = StudyConfiguration(
        X=train[features.root],
        y=train[y_label.root],
        model=model,
        search_space=search_space,
        sweep=sweep,
        random_seed=random_seed.root,
    )
    callbacks = [] if neptune_run is None else [neptune_run.log_trials]
    study = run_search(configuration, study_storage, callbacks)
    for log_trials in callbacks:  # those of earlier runs, when this one adds none
        log_trials(study)
    # Optuna names the column of values after the score; here it has one name whatever the score.
    trials = study.trials_dataframe().rename(columns={f"value_{configuration.scoring}": "value"})
    return study.best_params, trials, _summarize(study, configuration)


def _summarize(study: optuna.Study, configuration: StudyConfiguration) -> dict[str, Any]:
    states = [trial.state.name.lower() for trial in study.get_trials(deepcopy=False)]
    return {
        "study": study.study_name,
        "scoring": configuration.scoring,
        "direction": configuration.sweep.direction,
        "best_value": study.best_value,
        "best_trial": study.best_trial.number,
        "n_trials": len(states),
        **{f"n_{state}": states.count(state) for state in ("complete", "pruned", "fail")},
    }


def train_model(
    train: pd.DataFrame,
    best_params: dict[str, Any],
    features: FeatureNames,
    y_label: TargetName,
    model: Model,
    random_seed: RandomSeed,
    neptune_run: RunLog | None = None,
) -> tuple[Any, dict[str, float], dict[str, Any]]:
    """Fit the estimator on all training rows with the best parameters.

    Args:
        train: Training rows, features and target.
        best_params: The searched arguments of the best trial.
        features: Names of the columns that the model may see.
        y_label: Name of the column to predict.
        model: The estimator.
        random_seed: Seed of the estimator.
        neptune_run: Where Neptune records this run; None if it does not.

    Returns:
        The fitted model, its metrics on the training rows, and what it was made of.
    """
    estimator = make_estimator(model, train[features.root], random_seed.root)
    estimator = set_searched(estimator, best_params)
    with log_warnings():
        estimator.fit(train[features.root], train[y_label.root])
    description = {
        "features": features.root,
        "y_label": y_label.root,
        "model_type": model.path,
        "fixed_params": model.params,
        "best_params": best_params,
    }
    metrics = _measure(estimator, train[y_label.root], estimator.predict(train[features.root]))
    if neptune_run is not None:
        figure = plot_predictions(estimator, train, features, y_label)
        neptune_run.log_evaluation("train", metrics, figure)
    return estimator, metrics, description


def evaluate_model(
    model: Any,
    test: pd.DataFrame,
    features: FeatureNames,
    y_label: TargetName,
    neptune_run: RunLog | None = None,
) -> tuple[dict[str, float], pd.DataFrame]:
    """Evaluate the model on rows that neither the search nor the fit has seen.

    Args:
        model: The fitted model.
        test: Test rows, features and target.
        features: Names of the columns that the model may see.
        y_label: Name of the column to predict.
        neptune_run: Where Neptune records this run; None if it does not.

    Returns:
        The metrics on the test rows, and true and predicted target of each of them.
    """
    predictions = pd.DataFrame(
        {"y_true": test[y_label.root], "y_pred": model.predict(test[features.root])},
        index=test.index,
    )
    metrics = _measure(model, predictions["y_true"], predictions["y_pred"])
    logger.info(
        "On %d test rows: %s",
        len(test),
        ", ".join(f"{name} {value:.4f}" for name, value in metrics.items()),
    )
    if neptune_run is not None:
        figure = plot_predictions(model, test, features, y_label)
        neptune_run.log_evaluation("test", metrics, figure)
    return metrics, predictions


def _measure(model: Any, y_true: Any, y_pred: Any) -> dict[str, float]:
    metrics = CLASSIFIER_METRICS if is_classifier(model) else REGRESSOR_METRICS
    return {name: float(metric(y_true, y_pred)) for name, metric in metrics.items()}
