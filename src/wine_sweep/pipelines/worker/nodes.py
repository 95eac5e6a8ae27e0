"""Add trials to a study that another run has started."""

from typing import Any

import pandas as pd
from kedro_sweep.evaluation import search_and_keep
from kedro_sweep.search import (
    Model,
    Models,
    RandomSeed,
    SearchSpace,
    Sweep,
    choose_candidates,
    configure_candidates,
)
from kedro_sweep.tables import Duplicates, Impute, Split, TargetName
from optuna.storages import BaseStorage
from sklearn.compose import ColumnTransformer


def add_trials(
    train: pd.DataFrame,
    worker_preparation: ColumnTransformer,
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
    random_seed: RandomSeed,
) -> None:
    """Add trials to the study of these parameters until no trial is left to take.

    Args:
        train: Training rows: features, the column of the split, and the target.
        worker_preparation: Picks the features.
        study_storage: The database that the machines share.
        prediction_store: The store of the out-of-fold predictions, which they share as well.
        y_label: Name of the column to predict.
        split: What keeps the training and test rows of a fold apart.
        duplicates: What to do with duplicate rows.
        impute: How missing values in numeric features are filled.
        model: The estimator to tune, unless there are `models`.
        search_space: Its arguments to search.
        models: The candidates of a contest.
        sweep: Settings of the search. `n_trials` has no effect: the run that started the study sets it.
        random_seed: Seed of the estimators and the samplers.

    Raises:
        InputError: If the study does not exist, or the storage cannot be shared.
        AllTrialsFailedError: If the first ten trials all failed.
    """
    configurations = configure_candidates(
        choose_candidates(model, search_space, models),
        train,
        worker_preparation,
        y_label=y_label,
        split=split,
        duplicates=duplicates,
        impute=impute,
        sweep=sweep,
        random_seed=random_seed,
    )
    search_and_keep(configurations, study_storage, prediction_store, adds=True)
