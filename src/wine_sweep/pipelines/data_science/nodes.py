"""Search the hyperparameters, refit with the best, evaluate on the test rows."""

import logging
from typing import Any

import pandas as pd
from kedro_sweep.report.figures import plot_predictions
from kedro_sweep.search import (
    Model,
    RandomSeed,
    SearchSpace,
    StudyConfiguration,
    Sweep,
    describe_model,
    log_warnings,
    make_estimator,
    run_search,
    set_searched,
    summarize,
)
from kedro_sweep.tables import Duplicates, Impute, Split, TargetName, take_raw_rows
from kedro_sweep.tracking import RunLog
from optuna.storages import BaseStorage
from sklearn.base import is_classifier
from sklearn.compose import ColumnTransformer
from sklearn.metrics import (
    accuracy_score,
    balanced_accuracy_score,
    f1_score,
    mean_absolute_error,
    r2_score,
    root_mean_squared_error,
)
from sklearn.pipeline import Pipeline

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


def search_hyperparameters(
    train: pd.DataFrame,
    preparation: ColumnTransformer,
    study_storage: BaseStorage,
    y_label: TargetName,
    split: Split,
    duplicates: Duplicates,
    impute: Impute,
    model: Model,
    search_space: SearchSpace,
    sweep: Sweep,
    random_seed: RandomSeed,
    neptune_run: RunLog | None = None,
) -> tuple[dict[str, Any], pd.DataFrame, dict[str, Any]]:
    """Bring the study to its number of trials.

    Args:
        train: Training rows: features, the column of the split, and the target.
        preparation: Picks the features.
        study_storage: Where the trials are kept.
        y_label: Name of the column to predict.
        split: What keeps the training and test rows of a fold apart.
        duplicates: What happens to copies of rows.
        impute: Who fills gaps in numeric features.
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
    configuration = StudyConfiguration.from_table(
        train,
        preparation,
        y_label=y_label,
        split=split,
        duplicates=duplicates,
        impute=impute,
        model=model,
        search_space=search_space,
        sweep=sweep,
        random_seed=random_seed,
    )
    callbacks = [] if neptune_run is None else [neptune_run.log_trials]
    study = run_search(configuration, study_storage, callbacks)
    for log_trials in callbacks:  # those of earlier runs, when this one adds none
        log_trials(study)
    # Optuna names the column of values after the score; here it has one name whatever the score.
    trials = study.trials_dataframe().rename(columns={f"value_{configuration.scoring}": "value"})
    return study.best_params, trials, summarize(study, configuration)


def train_model(
    train: pd.DataFrame,
    preparation: ColumnTransformer,
    best_params: dict[str, Any],
    y_label: TargetName,
    impute: Impute,
    model: Model,
    random_seed: RandomSeed,
    neptune_run: RunLog | None = None,
) -> tuple[Pipeline, dict[str, float], dict[str, Any]]:
    """Fit the estimator on all training rows with the best parameters.

    Args:
        train: Training rows, features and target.
        preparation: Picks the features; the first step of the model.
        best_params: The searched arguments of the best trial.
        y_label: Name of the column to predict.
        impute: Who fills gaps in numeric features.
        model: The estimator.
        random_seed: Seed of the estimator.
        neptune_run: Where Neptune records this run; None if it does not.

    Returns:
        The fitted model, which takes raw rows, its metrics on the training rows, and what it was made
        of.
    """
    X, y = preparation.transform(train), train[y_label.root]
    whole = make_estimator(model, X, random_seed.root, imputes=impute.root == "in_model")
    estimator = set_searched(whole, best_params)
    with log_warnings():
        estimator.fit(X, y)
    fitted = take_raw_rows(preparation, estimator)
    description = {
        "features": preparation.feature_names_in_.tolist(),
        "y_label": y_label.root,
        "model_type": model.path,
        "fixed_params": model.params,
        "best_params": best_params,
    }
    metrics = _measure(fitted, y, fitted.predict(train))
    if neptune_run is not None:
        neptune_run.log_evaluation("train", metrics, plot_predictions(fitted, train, y_label))
    return fitted, metrics, description


def evaluate_model(
    model: Pipeline,
    test: pd.DataFrame,
    y_label: TargetName,
    neptune_run: RunLog | None = None,
) -> tuple[dict[str, float], pd.DataFrame]:
    """Evaluate the model on rows that neither the search nor the fit has seen.

    Args:
        model: The fitted model.
        test: Test rows, features and target.
        y_label: Name of the column to predict.
        neptune_run: Where Neptune records this run; None if it does not.

    Returns:
        The metrics on the test rows, and true and predicted target of each of them.
    """
    predictions = pd.DataFrame(
        {"y_true": test[y_label.root], "y_pred": model.predict(test)}, index=test.index
    )
    metrics = _measure(model, predictions["y_true"], predictions["y_pred"])
    logger.info(
        "On %d test rows: %s",
        len(test),
        ", ".join(f"{name} {value:.4f}" for name, value in metrics.items()),
    )
    if neptune_run is not None:
        neptune_run.log_evaluation("test", metrics, plot_predictions(model, test, y_label))
    return metrics, predictions


def make_model_card(
    model: Pipeline,
    train: pd.DataFrame,
    features: dict[str, Any],
    sweep_summary: dict[str, Any],
    train_metrics: dict[str, float],
    test_metrics: dict[str, float],
) -> dict[str, Any]:
    """Say what a user of the saved model has to know; saved last, as the mark of a finished run.

    Args:
        model: The fitted model.
        train: Training rows.
        features: What the model was made of.
        sweep_summary: The search that it comes from.
        train_metrics: Its metrics on the training rows.
        test_metrics: Its metrics on the test rows.

    Returns:
        Features, target, versions of libraries, parameters and metrics.
    """
    return describe_model(
        model,
        train[features["features"]],
        features["y_label"],
        {"fixed": features["fixed_params"], "best": features["best_params"]},
        {"train": train_metrics, "test": test_metrics, "best_value": sweep_summary["best_value"]},
    )


def _measure(model: Any, y_true: Any, y_pred: Any) -> dict[str, float]:
    metrics = CLASSIFIER_METRICS if is_classifier(model) else REGRESSOR_METRICS
    return {name: float(metric(y_true, y_pred)) for name, metric in metrics.items()}
