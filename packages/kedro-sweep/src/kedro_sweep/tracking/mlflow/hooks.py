"""What a run sends to MLflow. Imported only in an environment with an mlflow.yml."""

import atexit
import logging
import os
from copy import deepcopy
from pathlib import Path
from typing import Any

import mlflow
from kedro.framework.context import KedroContext
from kedro.framework.hooks import hook_impl
from kedro.io import CatalogProtocol
from kedro.pipeline import Pipeline
from kedro.pipeline.node import Node
from kedro_mlflow.framework.hooks.mlflow_hook import MlflowHook
from kedro_mlflow.framework.hooks.utils import _flatten_dict
from mlflow.entities import RunStatus
from mlflow.models import infer_signature
from mlflow.utils.git_utils import get_git_commit
from mlflow.utils.mlflow_tags import MLFLOW_GIT_COMMIT

from kedro_sweep.redaction import redact
from kedro_sweep.tracking._session_store import find_command
from kedro_sweep.validation import to_plain

logger = logging.getLogger(__name__)

SQLITE = "sqlite:///"

# Send no usage data, like .telemetry for Kedro.
os.environ.setdefault("MLFLOW_DISABLE_TELEMETRY", "true")
# List only the packages that a model imports as its requirements, not everything in uv.lock.
os.environ.setdefault("MLFLOW_UV_AUTO_DETECT", "false")
# Silence messages about created tables and settings, and warnings about cloudpickle, which
# conf/mlflow/catalog.yml chooses, and about pip, which environments made by uv do not have.
logging.getLogger("kedro_mlflow").setLevel(logging.WARNING)
logging.getLogger("mlflow").setLevel(logging.WARNING)
logging.getLogger("mlflow.sklearn").setLevel(logging.ERROR)
logging.getLogger("mlflow.utils.environment").setLevel(logging.ERROR)


class MlflowHooks(MlflowHook):  # type: ignore[misc]  # kedro-mlflow is not typed
    """kedro-mlflow's hooks, and the catalog entries `NAME@mlflow` in addition to the datasets `NAME`."""

    @hook_impl
    def after_context_created(self, context: KedroContext) -> None:
        """Read mlflow.yml and open the experiment."""
        config = context.config_loader["mlflow"]
        server = config.get("server", {})
        uri = server.get("mlflow_tracking_uri") or ""
        # SQLAlchemy would resolve a relative path against the current folder, which may not be the
        # project's.
        if uri.startswith(SQLITE):
            path = Path(context.project_path) / uri.removeprefix(SQLITE)
            server = {**server, "mlflow_tracking_uri": f"{SQLITE}{path}"}
            config = {**config, "server": server}
        if uri.startswith("http"):  # a folder of this machine is no place for the files of a server
            config = deepcopy(config)
            experiment = config.get("tracking", {}).get("experiment", {})
            how = experiment.get("create_experiment_kwargs") or {}
            if ":" not in (place := str(how.get("artifact_location", ""))) and not place.startswith("/"):
                how.pop("artifact_location", None)
        context.config_loader["mlflow"] = config
        super().after_context_created(context)

    # Last, so that no MLflow run starts if another hook refuses the parameters.
    @hook_impl(trylast=True)
    def before_pipeline_run(
        self, run_params: dict[str, Any], pipeline: Pipeline, catalog: CatalogProtocol[Any, Any]
    ) -> None:
        """Start the MLflow run, and record the command and the parameters."""
        run = self.mlflow_config.tracking.run
        run.name = run.name or run_params["run_id"]
        super().before_pipeline_run(redact(run_params), pipeline, catalog)
        if not self._is_mlflow_enabled:
            return
        if not self._already_active_mlflow:
            # A run that is still open at exit was interrupted, but MLflow would mark it as finished.
            atexit.register(mlflow.end_run, RunStatus.to_string(RunStatus.KILLED))
        commit = get_git_commit(str(run_params["project_path"]))
        command = find_command(run_params["run_id"])
        pipelines = "+".join(run_params["pipeline_names"] or ["__default__"])
        tags = {"pipeline": pipelines, MLFLOW_GIT_COMMIT: commit, "kedro_command": command}
        mlflow.set_tags({name: value for name, value in tags.items() if value})
        params = redact({name: to_plain(value) for name, value in catalog.load("parameters").items()})
        if self.flatten:
            params = _flatten_dict(params, recursive=self.recursive, sep=self.sep)
        for name, value in params.items():
            self._log_param(self.sanitize_param_name(name), value)
        logger.info(
            "MLflow run %s of experiment %s, in %s",
            run.name,
            self.mlflow_config.tracking.experiment.name,
            redact(self.mlflow_config.server.mlflow_tracking_uri),
        )

    @hook_impl
    def before_node_run(
        self, node: Node, catalog: CatalogProtocol[Any, Any], inputs: dict[str, Any], is_async: bool
    ) -> None:
        """Find the MLflow run again, in the thread in which the node runs."""
        # If a run is opened twice in a thread, it must be closed twice.
        if mlflow.active_run() is None:
            # Without inputs, because all parameters are already recorded.
            super().before_node_run(node, catalog, {}, is_async)

    @hook_impl
    def after_node_run(
        self, catalog: CatalogProtocol[Any, Any], inputs: dict[str, Any], outputs: dict[str, Any]
    ) -> None:
        """Save each output NAME to the catalog entries NAME@mlflow as well."""
        for name, data in outputs.items():
            for entry, dataset in catalog.items():
                if entry.startswith(f"{name}@mlflow"):
                    if example := (dataset.metadata or {}).get("signature_from"):
                        X = inputs[example][list(data.feature_names_in_)]
                        dataset._save_args["signature"] = infer_signature(X, data.predict(X))
                    catalog.save(entry, data)
