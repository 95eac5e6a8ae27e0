"""The trials of a study, as the history of a metric in an MLflow run."""

from math import isnan
from typing import Any, NoReturn

import pandas as pd
from kedro.io import DatasetError
from kedro_mlflow.io.metrics.mlflow_abstract_metric_dataset import MlflowAbstractMetricDataset
from mlflow import MlflowClient
from mlflow.entities import Metric, Param, RunTag
from mlflow.utils.mlflow_tags import MLFLOW_PARENT_RUN_ID
from mlflow.utils.validation import MAX_METRICS_PER_BATCH

RUN_STATUS = {"COMPLETE": "FINISHED", "PRUNED": "KILLED", "FAIL": "FAILED"}


class MlflowTrialsDataset(MlflowAbstractMetricDataset):  # type: ignore[misc]  # not typed
    """Record the table of trials made by `tabulate_trials`.

    With several candidates, each has its own metric, such as `trial_value.random_forest`.

    Example `catalog.yml` entry::

        trials@mlflow-history:
          type: kedro_sweep.tracking.mlflow.trials_dataset.MlflowTrialsDataset
          key: trial_value
    """

    def __init__(
        self, *, key: str, nested_runs: bool = False, metadata: dict[str, Any] | None = None
    ) -> None:
        """Set up the metric.

        Args:
            key: Name of the metric; its steps are the numbers of the trials.
            nested_runs: Whether to record each trial as a nested run as well.
            metadata: Ignored by Kedro; for users and plugins.
        """
        super().__init__(key=key, metadata=metadata)
        self._nested_runs = nested_runs
        self._is_contest = False

    def save(self, data: pd.DataFrame) -> None:
        """Record the value and the other scores of complete trials, in one call per thousand."""
        if not self._logging_activated:
            return
        self._validate_run_id()
        client = MlflowClient()
        trials: list[dict[str, Any]] = data.to_dict(orient="records")  # type: ignore[assignment]
        self._is_contest = data["candidate"].nunique() > 1
        metrics = [metric for trial in trials for metric in self._measure(trial)]
        for start in range(0, len(metrics), MAX_METRICS_PER_BATCH):
            client.log_batch(self.run_id, metrics=metrics[start : start + MAX_METRICS_PER_BATCH])
        if self._nested_runs:
            experiment_id = client.get_run(self.run_id).info.experiment_id
            for trial in trials:
                if trial["state"] in RUN_STATUS:  # others wait in the queue, or run elsewhere
                    self._record_run(client, experiment_id, trial)

    def _measure(self, trial: dict[str, Any]) -> list[Metric]:
        """Collect the value of a complete trial and its other scores."""
        if trial["state"] != "COMPLETE":
            return []
        moment = _milliseconds(trial["datetime_complete"])
        scores = {name: value for name, value in trial.items() if name.startswith("score_")}
        suffix = f".{trial['candidate']}" if self._is_contest else ""
        return [
            Metric(f"{name}{suffix}", value, moment, trial["number"])
            for name, value in {self.key: trial["value"], **scores}.items()
            if not isnan(value)
        ]

    def _record_run(self, client: MlflowClient, experiment_id: str, trial: dict[str, Any]) -> None:
        run = client.create_run(
            experiment_id,
            start_time=_milliseconds(trial["datetime_start"]),
            tags={MLFLOW_PARENT_RUN_ID: self.run_id},
            run_name=f"{trial['candidate'] if self._is_contest else 'trial'} {trial['number']}",
        )
        run_id = run.info.run_id
        params = {
            name.removeprefix("params_"): value
            for name, value in trial.items()
            if name.startswith("params_") and not (isinstance(value, float) and isnan(value))
        }
        error = trial.get("user_attrs_error")
        client.log_batch(
            run_id,
            metrics=self._measure(trial),
            params=[Param(name, str(value)) for name, value in params.items()],
            tags=[RunTag("error", error)] if isinstance(error, str) else [],
        )
        client.set_terminated(
            run_id, RUN_STATUS[trial["state"]], end_time=_milliseconds(trial["datetime_complete"])
        )

    def load(self) -> NoReturn:
        """Raise an error: the MLflow run does not contain everything that was saved here."""
        raise DatasetError("MlflowTrialsDataset only records: read the run with mlflow.MlflowClient.")


def _milliseconds(moment: pd.Timestamp) -> int:
    # Optuna's times are local times without a time zone.
    return int(1000 * moment.to_pydatetime().timestamp())
