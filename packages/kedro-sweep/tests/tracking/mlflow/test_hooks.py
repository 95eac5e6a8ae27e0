"""What is logged and recorded about an MLflow server contains no password."""

import logging
from types import SimpleNamespace
from typing import Any

import mlflow
import pytest
from kedro.io import DataCatalog, MemoryDataset
from kedro.pipeline import Pipeline
from kedro_mlflow.framework.hooks.mlflow_hook import MlflowHook
from mlflow.entities import Run

from kedro_sweep.tracking.mlflow.hooks import MlflowHooks


@pytest.mark.parametrize(
    ("uri", "place", "stays"),
    [
        ("http://mlflow:5000", "data/mlartifacts", False),
        ("http://mlflow:5000", "s3://bucket/artifacts", True),
        ("http://mlflow:5000", "/mnt/artifacts", True),
        ("sqlite:///data/mlflow.db", "data/mlartifacts", True),
    ],
)
def test_a_server_keeps_no_files_in_a_folder_of_this_machine(
    uri: str, place: str, stays: bool, tmp_path: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(MlflowHook, "after_context_created", lambda *_: None)
    experiment = {"name": "wines", "create_experiment_kwargs": {"artifact_location": place}}
    config = {"server": {"mlflow_tracking_uri": uri}, "tracking": {"experiment": experiment}}
    context: Any = SimpleNamespace(config_loader={"mlflow": config}, project_path=tmp_path)
    MlflowHooks().after_context_created(context)
    how = context.config_loader["mlflow"]["tracking"]["experiment"]["create_experiment_kwargs"]
    assert how == ({"artifact_location": place} if stays else {})


URI = "postgresql+psycopg://me:hunter2@host:5432/mlflow"


def test_the_password_of_the_server_and_of_a_parameter_is_hidden(
    run: Run, tmp_path: Any, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    passed: list[Any] = []
    monkeypatch.setattr(
        MlflowHook, "before_pipeline_run", lambda _, *arguments: passed.append(arguments)
    )
    hooks = MlflowHooks()
    hooks._is_mlflow_enabled, hooks._already_active_mlflow = True, True
    hooks.flatten, hooks.recursive, hooks.sep, hooks.long_params_strategy = True, True, ".", "fail"
    hooks.mlflow_config = SimpleNamespace(
        tracking=SimpleNamespace(
            run=SimpleNamespace(name=None), experiment=SimpleNamespace(name="tests")
        ),
        server=SimpleNamespace(mlflow_tracking_uri=URI),
    )
    parameters = {"sweep": {"scheduler": "tcp://me:hunter2@host:1"}}
    run_params = {"run_id": "now", "project_path": tmp_path, "pipeline_names": None}
    run_params["runtime_params"] = parameters
    with caplog.at_level(logging.INFO):
        catalog = DataCatalog({"parameters": MemoryDataset(parameters)})
        hooks.before_pipeline_run(run_params, Pipeline([]), catalog)
    assert caplog.messages == [
        "MLflow run now of experiment tests, in postgresql+psycopg://***@host:5432/mlflow"
    ]
    assert mlflow.get_run(run.info.run_id).data.params == {"sweep.scheduler": "tcp://***@host:1"}
    assert "hunter2" not in str(passed)
