"""Numbers become metrics of the active run, and everything else becomes tags."""

import pytest
from kedro.io import DatasetError
from mlflow import MlflowClient
from mlflow.entities import Run

from kedro_sweep.tracking.mlflow.values_dataset import MlflowValuesDataset


def test_numbers_are_metrics_and_texts_are_tags(run: Run) -> None:
    MlflowValuesDataset(key="sweep").save({"best_value": 0.5, "n_trials": 3, "study": "Forest-1"})
    data = MlflowClient().get_run(run.info.run_id).data
    assert data.metrics == {"sweep.best_value": 0.5, "sweep.n_trials": 3.0}
    assert data.tags["sweep.study"] == "Forest-1"


def test_numbers_of_a_dictionary_are_metrics_one_by_one(run: Run) -> None:
    MlflowValuesDataset(key="sweep").save({"scores": {"f1_macro": 0.3, "r2": None}, "none": {}})
    data = MlflowClient().get_run(run.info.run_id).data
    assert data.metrics == {"sweep.scores.f1_macro": 0.3}
    assert not [name for name in data.tags if name.startswith("sweep.")]


def test_what_is_not_known_is_left_out(run: Run) -> None:
    MlflowValuesDataset(key="sweep").save({"corrected_value": None, "note": "", "n_fail": 0})
    data = MlflowClient().get_run(run.info.run_id).data
    assert data.metrics == {"sweep.n_fail": 0}
    assert not [name for name in data.tags if name.startswith("sweep.")]


def test_without_a_run_it_says_so() -> None:
    with pytest.raises(DatasetError, match="active run"):
        MlflowValuesDataset(key="sweep").save({"best_value": 0.5})


def test_it_cannot_be_loaded() -> None:
    with pytest.raises(DatasetError, match="MlflowClient"):
        MlflowValuesDataset(key="sweep").load()
