"""Search the hyperparameters, train the best model, evaluate it on the test rows.

The tables have the features, the column of the split, and the target. `preparation` picks the features
from raw rows. `data`, `sweep` and `decision` are groups of parameters. `neptune_run` is None without Neptune.
"""

from typing import Any

import pandas as pd
from kedro_sweep.evaluation import (
    Decision,
    check_decision,
    choose_members,
    describe_members,
    evaluate,
    fit_model,
    make_deciding,
    make_model,
    search_and_keep,
    summarize,
)
from kedro_sweep.report.figures import plot_predictions
from kedro_sweep.search import Sweep, configure_candidates, log_warnings, tabulate_trials
from kedro_sweep.tables import Data, take_raw_rows
from kedro_sweep.tracking import RunLog
from optuna.storages import BaseStorage
from sklearn.compose import ColumnTransformer
from sklearn.pipeline import Pipeline


def search_hyperparameters(
    train: pd.DataFrame,
    preparation: ColumnTransformer,
    data: Data,
    sweep: Sweep,
    decision: Decision,
    study_storage: BaseStorage,
    prediction_store: Any,
    neptune_run: RunLog | None = None,
) -> tuple[Any, ...]:
    """Run the search until it has enough trials, and choose the trials that make the model.

    Returns:
        The members of the model (its trials), the best parameters, the table of all trials, a summary of
        the search, its scores in each bootstrap draw, the model's predictions for the held-out rows of
        the folds, and what was decided by them.
    """
    configurations = configure_candidates(train, preparation, data, sweep)
    configurations = check_decision(decision, configurations)
    callbacks = [] if neptune_run is None else [neptune_run.log_trials]
    studies, store = search_and_keep(configurations, study_storage, prediction_store, callbacks)
    for log_trials in callbacks:  # trials of earlier runs, if this run adds none
        for study in studies.values():
            log_trials(study)
    members = choose_members(studies, configurations, store, sweep.ensemble)
    summary = summarize(studies, configurations, store, members, sweep.ensemble, decision)
    found = (members, summary.best_params, tabulate_trials(studies, summary.trials))
    return *found, summary.to_flat(), summary.selection_draws, summary.out_of_fold, summary.decision


def train_model(
    train: pd.DataFrame,
    preparation: ColumnTransformer,
    members: list[dict[str, Any]],
    decided: dict[str, Any],
    data: Data,
    sweep: Sweep,
    neptune_run: RunLog | None = None,
) -> tuple[Pipeline, dict[str, float], dict[str, Any]]:
    """Train the members chosen by the search on all training rows.

    Returns:
        The fitted model, which takes raw rows, its metrics on the training rows, and a description of
        what it was trained with.
    """
    X, y = preparation.transform(train), train[data.y_label]
    with log_warnings():
        untrained = make_model(members, X, data, sweep)
        estimator = fit_model(untrained, X, y, data.take_weights(train), sweep.n_jobs)
    model = take_raw_rows(preparation, make_deciding(estimator, decided, X, y), decided)
    metrics = evaluate(model, train, data).metrics
    if neptune_run is not None:
        neptune_run.log_evaluation("train", metrics, plot_predictions(model, train, data.y_label))
    return model, metrics, describe_members(members, preparation, data, sweep, train)


def evaluate_model(
    model: Pipeline,
    test: pd.DataFrame,
    data: Data,
    sweep_summary: dict[str, Any],
    neptune_run: RunLog | None = None,
) -> tuple[dict[str, float], dict[str, Any], pd.DataFrame]:
    """Evaluate the model on rows that neither the search nor the training has seen.

    Returns:
        The metrics on the test rows; their intervals, and the scores of each class; the true and the
        predicted target of each row.
    """
    evaluation = evaluate(model, test, data, sweep_summary["scoring"])
    if neptune_run is not None:
        neptune_run.log_evaluation(
            "test", evaluation.metrics, plot_predictions(model, test, data.y_label)
        )
    return evaluation
