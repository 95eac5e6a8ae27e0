"""Search the hyperparameters, train the best model, evaluate it on the test rows."""

from typing import Any

import pandas as pd
from kedro_sweep.evaluation import (
    Ensemble,
    choose_members,
    describe_members,
    describe_test,
    log_test,
    make_model,
    measure,
    predict_rows,
    score_test,
    search_and_keep,
    summarize,
)
from kedro_sweep.report.figures import plot_predictions
from kedro_sweep.search import (
    Model,
    Models,
    RandomSeed,
    SearchSpace,
    Sweep,
    choose_candidates,
    configure_candidates,
    log_warnings,
    tabulate_trials,
)
from kedro_sweep.tables import (
    Duplicates,
    Impute,
    Split,
    TargetName,
    find_groups,
    split_model,
    take_raw_rows,
)
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
    models: Models,
    sweep: Sweep,
    ensemble: Ensemble,
    random_seed: RandomSeed,
    neptune_run: RunLog | None = None,
) -> tuple[list[dict[str, Any]], dict[str, Any], pd.DataFrame, dict[str, Any]]:
    """Run the search until it has enough trials, and choose the trials that make the model.

    Args:
        train: Training rows: features, the column of the split, and the target.
        preparation: Picks the features.
        study_storage: The storage of the studies.
        prediction_store: The store of their out-of-fold predictions.
        y_label: Name of the column to predict.
        split: What keeps the training and test rows of a fold apart.
        duplicates: What to do with duplicate rows.
        impute: How missing values in numeric features are filled.
        model: The estimator to tune, unless there are `models`.
        search_space: Its arguments to search.
        models: The candidates of a contest.
        sweep: Settings of the search.
        ensemble: How many trials make the model.
        random_seed: Seed of the estimators and the samplers.
        neptune_run: Neptune's record of this run; None without Neptune.

    Returns:
        The members of the model (its trials), the best parameters, the table of all trials, and a
        summary of the search.

    Raises:
        InputError: If the parameters do not suit each other or the table.
        AllTrialsFailedError: If no trial has a score.
    """
    configurations = configure_candidates(
        choose_candidates(model, search_space, models),
        train,
        preparation,
        y_label=y_label,
        split=split,
        duplicates=duplicates,
        impute=impute,
        sweep=ensemble.leave_time(sweep),
        random_seed=random_seed,
    )
    callbacks = [] if neptune_run is None else [neptune_run.log_trials]
    studies, store = search_and_keep(configurations, study_storage, prediction_store, callbacks)
    for log_trials in callbacks:  # trials of earlier runs, if this run adds none
        for study in studies.values():
            log_trials(study)
    seconds = ensemble.find_seconds(sweep)
    members = choose_members(studies, configurations, store, ensemble, seconds)
    summary = summarize(studies, configurations, store, members, ensemble, seconds)
    best_params = studies[summary["candidate"]].best_params
    return members, best_params, tabulate_trials(studies), summary


def train_model(
    train: pd.DataFrame,
    preparation: ColumnTransformer,
    members: list[dict[str, Any]],
    y_label: TargetName,
    impute: Impute,
    model: Model,
    search_space: SearchSpace,
    models: Models,
    sweep: Sweep,
    random_seed: RandomSeed,
    neptune_run: RunLog | None = None,
) -> tuple[Pipeline, dict[str, float], dict[str, Any]]:
    """Train the members chosen by the search on all training rows.

    Args:
        train: Training rows, features and target.
        preparation: Picks the features; the first step of the model.
        members: The chosen trials: candidate, searched arguments and weight of each.
        y_label: Name of the column to predict.
        impute: How missing values in numeric features are filled.
        model: The estimator, unless there are `models`.
        search_space: Its arguments that were searched.
        models: The candidates of a contest.
        sweep: Says how many members of an ensemble to train at once.
        random_seed: Seed of the estimators.
        neptune_run: Neptune's record of this run; None without Neptune.

    Returns:
        The fitted model, which takes raw rows, its metrics on the training rows, and a description of
        what it was trained with.
    """
    X, y = preparation.transform(train), train[y_label.root]
    candidates = choose_candidates(model, search_space, models, explain=False)
    imputes, n_jobs = impute.root == "in_model", sweep.n_jobs
    estimator = make_model(members, candidates, X, random_seed.root, imputes=imputes, n_jobs=n_jobs)
    with log_warnings():
        estimator.fit(X, y)
    fitted = take_raw_rows(preparation, estimator)
    metrics = measure(*predict_rows(fitted, train, y))
    if neptune_run is not None:
        neptune_run.log_evaluation("train", metrics, plot_predictions(fitted, train, y_label))
    return fitted, metrics, describe_members(members, candidates, preparation, y_label.root)


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
    """Evaluate the model on rows that neither the search nor the training has seen.

    Args:
        model: The fitted model.
        test: Test rows, features and target.
        y_label: Name of the column to predict.
        split: Names the column of groups, which are resampled as a whole.
        duplicates: What to do with duplicate rows.
        sweep_summary: Names the score of the search.
        random_seed: Seed of the intervals.
        neptune_run: Neptune's record of this run; None without Neptune.

    Returns:
        The metrics on the test rows; their intervals, and the scores of each class; the true and the
        predicted target of each row.
    """
    y_true = test[y_label.root]
    groups = find_groups(test, [*model.feature_names_in_], y_label.root, split, duplicates.root)
    truth, predicted = predict_rows(model, test, y_true, groups)
    metrics = measure(truth, predicted)
    preparation, estimator = split_model(model)
    score = score_test(estimator, preparation.transform(test), y_true, sweep_summary["scoring"])
    details = describe_test(truth, predicted, score, random_seed.root)
    log_test(metrics, details)
    if neptune_run is not None:
        neptune_run.log_evaluation("test", metrics, plot_predictions(model, test, y_label))
    y_pred = predicted.labels if truth.classes is None else truth.classes[predicted.labels]
    return metrics, details, pd.DataFrame({"y_true": y_true, "y_pred": y_pred}, index=test.index)
