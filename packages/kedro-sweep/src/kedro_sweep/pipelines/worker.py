"""train → more trials in the study that several machines search."""

from typing import Any

import pandas as pd
from kedro.pipeline import Node, Pipeline
from optuna.storages import BaseStorage
from sklearn.compose import ColumnTransformer

from kedro_sweep.evaluation import search_and_keep
from kedro_sweep.search import Sweep, configure_candidates
from kedro_sweep.tables import Data, prepare_rows


def work() -> Pipeline:
    """Add trials to the study of a run on another machine.

    Returns:
        The pipeline after data processing, which saves nothing but trials.
    """
    stores = ["study_storage", "prediction_store"]
    prepared = "worker_preparation"
    return Pipeline(
        [
            Node(prepare_rows, ["train", "means", "params:data"], prepared, name="prepare_rows"),
            Node(
                _add_trials,
                ["train", prepared, "params:data", "params:sweep", *stores],
                None,
                name="add_trials",
            ),
        ],
        namespace="worker",
        prefix_datasets_with_namespace=False,
    )


def _add_trials(
    train: pd.DataFrame,
    preparation: ColumnTransformer,
    data: Data,
    sweep: Sweep,
    study_storage: BaseStorage,
    prediction_store: Any,
) -> None:
    """Add trials until none is left to take. The run that started the study sets their number."""
    configurations = configure_candidates(train, preparation, data, sweep)
    search_and_keep(configurations, study_storage, prediction_store, adds=True)
