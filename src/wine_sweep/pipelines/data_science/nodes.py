"""Search the hyperparameters, refit with the best, evaluate on the test rows."""

from typing import Any

import pandas as pd
from kedro_sweep.evaluation import (
    describe_test,
    log_test,
    measure,
    predict_rows,
    search_and_keep,
    summarize,
)
from kedro_sweep.report.figures import plot_predictions
from kedro_sweep.search import (
    Model,
    RandomSeed,
    SearchSpace,
    StudyConfiguration,
    Sweep,
    log_warnings,
    make_estimator,
    set_searched,
    tabulate_trials,
)
from kedro_sweep.tables import Duplicates, Impute, Split, TargetName, find_groups, take_raw_rows
from kedro_sweep.tracking import RunLog
from optuna.storages import BaseStorage
from sklearn.compose import ColumnTransformer
from sklearn.pipeline import Pipeline


def search_hyperparameters(
    train: pd.DataFrame,
    preparation: ColumnTransformer,
    study_storage: BaseStorage,
    prediction_store: Any,
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
        prediction_store: Where their out-of-fold predictions are kept.
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
    study, store = search_and_keep(configuration, study_storage, prediction_store, callbacks)
    for log_trials in callbacks:  # those of earlier runs, when this one adds none
        log_trials(study)
    return study.best_params, tabulate_trials(study), summarize(study, configuration, store)


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
    metrics = measure(*predict_rows(fitted, train, y))
    if neptune_run is not None:
        neptune_run.log_evaluation("train", metrics, plot_predictions(fitted, train, y_label))
    return fitted, metrics, description


def evaluate_model(
    model: Pipeline,
    test: pd.DataFrame,
    y_label: TargetName,
    split: Split,
    duplicates: Duplicates,
    sweep_summary: dict[str, Any],
    random_seed: RandomSeed,
    neptune_run: RunLog | None = None,
) -> tuple[dict[str, float], dict[str, Any], pd.DataFrame]:
    """Evaluate the model on rows that neither the search nor the fit has seen.

    Args:
        model: The fitted model.
        test: Test rows, features and target.
        y_label: Name of the column to predict.
        split: Names the column of groups, which are resampled whole.
        duplicates: What happens to copies of rows.
        sweep_summary: Names the score of the search.
        random_seed: Seed of the intervals.
        neptune_run: Where Neptune records this run; None if it does not.

    Returns:
        The metrics on the test rows; their intervals, and how each class is predicted; true and
        predicted target of each row.
    """
    y_true = test[y_label.root]
    groups = find_groups(test, [*model.feature_names_in_], y_label.root, split, duplicates.root)
    truth, predicted = predict_rows(model, test, y_true, groups)
    metrics = measure(truth, predicted)
    details = describe_test(truth, predicted, sweep_summary["scoring"], random_seed.root)
    log_test(metrics, details)
    if neptune_run is not None:
        neptune_run.log_evaluation("test", metrics, plot_predictions(model, test, y_label))
    y_pred = predicted.labels if truth.classes is None else truth.classes[predicted.labels]
    return metrics, details, pd.DataFrame({"y_true": y_true, "y_pred": y_pred}, index=test.index)
