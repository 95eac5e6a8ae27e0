"""A dictionary, as metrics and tags of an MLflow run."""

from time import time
from typing import Any, NoReturn

from kedro.io import DatasetError
from kedro_mlflow.framework.hooks.utils import _flatten_dict
from kedro_mlflow.io.metrics.mlflow_abstract_metric_dataset import MlflowAbstractMetricDataset
from mlflow import MlflowClient
from mlflow.entities import Metric, RunTag


class MlflowValuesDataset(MlflowAbstractMetricDataset):  # type: ignore[misc]  # not typed
    """Record numbers as metrics and everything else as tags of the active run, in one call.

    Example `catalog.yml` entry, which records a value `acc` as `test.acc`::

        test_metrics@mlflow:
          type: kedro_sweep.tracking.mlflow.values_dataset.MlflowValuesDataset
          key: test
    """

    def save(self, data: dict[str, Any]) -> None:
        """Record the values, nested ones one by one; None and empty texts are left out."""
        if not self._logging_activated:
            return
        self._validate_run_id()
        now = int(1000 * time())
        metrics, tags = [], []
        for name, value in _flatten_dict({self.key: data}).items():
            if isinstance(value, int | float):
                metrics.append(Metric(name, value, now, 0))
            elif value not in (None, ""):
                tags.append(RunTag(name, str(value)))
        MlflowClient().log_batch(self.run_id, metrics=metrics, tags=tags)

    def load(self) -> NoReturn:
        """Raise an error: the MLflow run contains more than what was saved here."""
        raise DatasetError("MlflowValuesDataset only records: read the run with mlflow.MlflowClient.")
