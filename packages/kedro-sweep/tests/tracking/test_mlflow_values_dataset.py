from pathlib import Path

import mlflow
import pytest
from kedro.io import DatasetError
from mlflow import MlflowClient

from kedro_sweep.tracking.mlflow.values_dataset import MlflowValuesDataset


def test_numbers_are_metrics_and_texts_are_tags(tmp_path: Path) -> None:
    mlflow.set_tracking_uri(f"sqlite:///{tmp_path}/mlflow.db")
    mlflow.set_experiment("values")
    with mlflow.start_run() as run:
        MlflowValuesDataset(key="sweep").save({"best_value": 0.5, "n_trials": 3, "study": "Forest-1"})
    data = MlflowClient().get_run(run.info.run_id).data
    assert data.metrics == {"sweep.best_value": 0.5, "sweep.n_trials": 3.0}
    assert data.tags["sweep.study"] == "Forest-1"


def test_without_a_run_it_says_so() -> None:
    with pytest.raises(DatasetError, match="active run"):
        MlflowValuesDataset(key="sweep").save({"best_value": 0.5})


def test_it_cannot_be_loaded() -> None:
    with pytest.raises(DatasetError, match="MlflowClient"):
        MlflowValuesDataset(key="sweep").load()
