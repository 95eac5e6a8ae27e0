"""What a run sends to Neptune. Imported only in an environment with a neptune.yml."""

import atexit
import base64
import json
import logging
import os
from typing import Any, cast
from urllib.request import urlopen

import neptune
from kedro.framework.context import KedroContext
from kedro.framework.hooks import hook_impl
from kedro.io import CatalogProtocol, MemoryDataset
from kedro.pipeline import Pipeline
from neptune.internal.backends.hosted_client import BACKEND_SWAGGER_PATH
from neptune.types import File
from neptune.utils import stringify_unsupported

from kedro_sweep.redaction import redact
from kedro_sweep.tracking._session_store import find_command
from kedro_sweep.tracking.neptune.run_dataset import NeptuneRunLog
from kedro_sweep.validation import to_plain

logger = logging.getLogger(__name__)

DATA_DIRECTORY = "data/09_tracking/.neptune"
ANSWER_TIMEOUT, STOP_TIMEOUT = 5, 20  # seconds to wait for the server, at first and at the end

# Its greeting names an address that an offline run does not have.
logging.getLogger("neptune").setLevel(logging.WARNING)


class NeptuneHooks:
    """One Neptune run for each Kedro run, which the nodes get as `neptune_run`."""

    _run: neptune.Run | None = None

    @hook_impl
    def after_context_created(self, context: KedroContext) -> None:
        """Read neptune.yml and the credentials."""
        self._config = context.config_loader["neptune"]["neptune"]
        self._credentials = context._get_config_credentials().get("neptune", {})
        data_directory = str(context.project_path / DATA_DIRECTORY)
        os.environ.setdefault("NEPTUNE_DATA_DIRECTORY", data_directory)

    # Last, so that no Neptune run starts if another hook refuses the parameters.
    @hook_impl(trylast=True)
    def before_pipeline_run(
        self, run_params: dict[str, Any], pipeline: Pipeline, catalog: CatalogProtocol[Any, Any]
    ) -> None:
        """Start the run, and record the command, the parameters, the catalog and the pipeline."""
        if not self._config["enabled"]:
            return
        sources = [
            f"{run_params['project_path']}/{name}" for name in self._config["upload_source_files"] or []
        ]
        self._run = start_run(
            self._credentials, source_files=sources, dependencies=self._config["dependencies"]
        )
        # An interrupted run is closed at exit, because the client's own closing would wait forever.
        atexit.register(self._run.stop, seconds=STOP_TIMEOUT)
        catalog["neptune_run"].log = log = NeptuneRunLog(self._run, self._config["base_namespace"])
        parameters = catalog.load("parameters")
        datasets = {name: catalog.get(name) for name in pipeline.datasets()}
        record = {
            "kedro_command": find_command(run_params["run_id"]),
            "run_params": run_params,
            "catalog/parameters": {name: to_plain(value) for name, value in parameters.items()},
            "catalog/datasets": {
                name: {"type": type(dataset).__name__, **dataset._describe()}
                for name, dataset in datasets.items()
                if dataset is not None and not isinstance(dataset, MemoryDataset)
            },
        }
        for path, value in record.items():
            log[path] = stringify_unsupported(redact(value))
        log["structure"].upload(File.from_content(pipeline.to_json(), extension="json"))

    @hook_impl
    def after_pipeline_run(self) -> None:
        """End the run, and wait briefly for the server."""
        if self._run:
            self._run.stop(seconds=STOP_TIMEOUT)

    @hook_impl
    def on_pipeline_error(self) -> None:
        """Record the failure."""
        if self._run:
            self._run["sys/failed"] = True
            self._run.stop(seconds=STOP_TIMEOUT)


def start_run(credentials: dict[str, str], **options: Any) -> neptune.Run:
    """Start a run on the server, or in files if the server cannot be reached."""
    # What is printed, and the difference to the last commit, may contain passwords.
    unused = ("git_ref", "capture_stdout", "capture_stderr", "capture_hardware_metrics")
    options |= dict.fromkeys(unused, False)
    token, project = (
        credentials.get(name) or os.getenv(f"NEPTUNE_{name.upper()}")
        for name in ("api_token", "project")
    )
    mode = cast(Any, os.getenv("NEPTUNE_MODE", "offline"))
    if "NEPTUNE_MODE" not in os.environ and token and project:
        try:
            # The client itself would retry for a minute, or wait forever.
            found = json.loads(base64.b64decode(token))
            address = (found.get("api_url") or found["api_address"]).rstrip("/")
            with urlopen(f"{address}{BACKEND_SWAGGER_PATH}", timeout=ANSWER_TIMEOUT) as answer:
                if "paths" not in json.load(answer):
                    raise ValueError(f"{address} is no Neptune server")
            run = neptune.init_run(mode="async", api_token=token, project=project, **options)
            logger.info("Neptune run %s", run.get_url())
            return run
        except Exception as error:
            reason = redact(f"{type(error).__name__}: {error}".strip().splitlines()[0])
            logger.warning("Neptune's server cannot be used (%s): this run is recorded offline.", reason)
    run = neptune.init_run(mode=mode, **options)
    logger.info("Neptune run in %s", os.environ["NEPTUNE_DATA_DIRECTORY"])
    return run
