"""Makes kedro-neptune work with Kedro 1. Imported only in an environment with a neptune.yml.

kedro-neptune 0.6 was written for Kedro 0.19. This module gives it the environment's configuration, one
Neptune run for the whole Kedro run, and a fallback if the server cannot be reached.
"""

import atexit
import base64
import dataclasses
import json
import logging
import os
import threading
from pathlib import Path
from typing import Any, cast
from urllib.request import urlopen

import kedro_neptune
import neptune
from kedro.framework.context import KedroContext
from kedro.framework.hooks import hook_impl
from kedro.io import CatalogProtocol
from kedro.pipeline import Pipeline
from kedro.pipeline.node import Node
from kedro_neptune.config import NeptuneConfig, parse_config_value
from neptune.handler import Handler
from neptune.internal.backends.hosted_client import BACKEND_SWAGGER_PATH
from neptune.internal.utils import git
from neptune.metadata_containers import run as neptune_run
from neptune.types import GitRef
from neptune.utils import stringify_unsupported

from kedro_sweep.redaction import redact
from kedro_sweep.tracking.neptune.export import DATA_DIRECTORY
from kedro_sweep.tracking.session_store import find_command
from kedro_sweep.validation import to_plain

logger = logging.getLogger(__name__)

# Seconds to wait for the server's first answer, for the whole start, and for the rest at the end.
ANSWER_TIMEOUT = 5
START_TIMEOUT = 20
STOP_TIMEOUT = 20

FIND_GIT_INFO, FIND_CHANGES = git.to_git_info, git.get_diff

# Its greeting names an address that an offline run does not have.
logging.getLogger("neptune").setLevel(logging.WARNING)


class NeptuneHooks(kedro_neptune.NeptuneHooks):  # type: ignore[misc]  # not typed
    """kedro-neptune's hooks, for Kedro 1."""

    @hook_impl
    def after_context_created(self, context: KedroContext) -> None:
        """Read neptune.yml and the credentials.

        Args:
            context: Holds the configuration and the project's folder.
        """
        config = context.config_loader["neptune"]["neptune"]
        credentials = context._get_config_credentials().get("neptune", {})
        self._config = NeptuneConfig(
            api_token=parse_config_value(credentials.get("api_token", "$NEPTUNE_API_TOKEN")),
            project=parse_config_value(credentials.get("project", "$NEPTUNE_PROJECT")),
            base_namespace=config["base_namespace"],
            source_files=config["upload_source_files"],
            enabled=config["enabled"],
            dependencies=config["dependencies"],
        )
        self._project_path = Path(context.project_path)
        os.environ.setdefault("NEPTUNE_DATA_DIRECTORY", str(self._project_path / DATA_DIRECTORY))
        # kedro-neptune looks for the environment on the command line, and expects parameters without
        # types.
        kedro_neptune.get_neptune_config = lambda settings: self._config
        kedro_neptune.log_parameters = _log_parameters
        # Catalog entries, parameters, the addresses of git remotes and uncommitted changes may contain
        # passwords.
        kedro_neptune.stringify_unsupported = _stringify
        neptune_run.to_git_info = _find_git_info  # type: ignore[attr-defined]
        git.get_diff = _find_changes

    @hook_impl
    def after_catalog_created(self, catalog: CatalogProtocol[Any, Any]) -> None:
        """Leave the catalog as conf/neptune/catalog.yml defines it.

        Args:
            catalog: Not used.
        """

    # Last, so that no Neptune run starts if another hook refuses the parameters.
    @hook_impl(trylast=True)
    def before_pipeline_run(
        self, run_params: dict[str, Any], pipeline: Pipeline, catalog: CatalogProtocol[Any, Any]
    ) -> None:
        """Start the Neptune run, pass it to the catalog, and record the command and the parameters.

        Args:
            run_params: The arguments of `kedro run`.
            pipeline: The pipeline that will run.
            catalog: The catalog.
        """
        if not self._config.enabled:
            return
        self._run = start_run(self._config, self._project_path)
        # An interrupted run is closed at exit, because the client's own closing would wait forever.
        atexit.register(self._run.stop, seconds=STOP_TIMEOUT)
        # It would ask the server for what was just sent, but there may be no server, or no longer one.
        self._run.sync = lambda **_: None  # type: ignore[method-assign]
        self._run[kedro_neptune.INTEGRATION_VERSION_KEY] = kedro_neptune.__version__
        catalog["neptune_run"].open(self._run, self._config.base_namespace)
        namespace = self._run[self._config.base_namespace]
        if command := find_command(run_params["run_id"]):
            namespace["kedro_command"] = command
        kedro_neptune.log_run_params(namespace, run_params)
        kedro_neptune.log_data_catalog_metadata(namespace, catalog)
        kedro_neptune.log_pipeline_metadata(namespace, pipeline)

    @hook_impl
    def before_node_run(
        self, node: Node, inputs: dict[str, Any], catalog: CatalogProtocol[Any, Any]
    ) -> None:
        """Record that the node starts.

        Args:
            node: The node.
            inputs: The inputs of the node.
            catalog: The catalog.
        """
        super().before_node_run(node, {name: to_plain(value) for name, value in inputs.items()}, catalog)

    @hook_impl
    def after_pipeline_run(self, catalog: CatalogProtocol[Any, Any]) -> None:
        """Record the end of the run, and wait briefly for the server.

        Args:
            catalog: The catalog.
        """
        if self._config.enabled:
            super().after_pipeline_run(catalog)
            self._run.stop(seconds=STOP_TIMEOUT)

    @hook_impl
    def on_pipeline_error(self) -> None:
        """Record the failure."""
        if self._config.enabled:
            self._run["sys/failed"] = True
            self._run.stop(seconds=STOP_TIMEOUT)


def start_run(config: NeptuneConfig, project_path: Path) -> neptune.Run:
    """Start a run on the server, or in files if the server cannot be reached."""
    arguments = {
        "source_files": [str(project_path / pattern) for pattern in config.source_files or []],
        "dependencies": config.dependencies,
        # Neptune itself looks for the repository around the environment's programs.
        "git_ref": GitRef(repository_path=str(project_path)),
        "capture_stdout": False,
        "capture_stderr": False,
        "capture_hardware_metrics": False,
    }
    mode = os.getenv("NEPTUNE_MODE", "offline")
    if "NEPTUNE_MODE" not in os.environ and config.api_token and config.project:
        try:
            run = _start_in_time(api_token=config.api_token, project=config.project, **arguments)
            logger.info("Neptune run %s", run.get_url())
            return run
        except Exception as error:
            reason = redact(f"{type(error).__name__}: {error}".strip().splitlines()[0])
            logger.warning("Neptune's server cannot be used (%s): this run is recorded offline.", reason)
    run = neptune.init_run(mode=cast(Any, mode), **arguments)
    logger.info("Neptune run in %s", os.environ["NEPTUNE_DATA_DIRECTORY"])
    return run


def _start_in_time(**arguments: Any) -> neptune.Run:
    """Start a run in a thread that can be abandoned: the client may wait for the server forever."""
    outcome: list[neptune.Run | Exception] = []
    left_behind = threading.Event()

    def start() -> None:
        try:
            _check_server(arguments["api_token"])
            run = neptune.init_run(mode="async", **arguments)
        except Exception as error:
            outcome.append(error)
            return
        outcome.append(run)
        if left_behind.is_set():
            run.stop(seconds=0)

    thread = threading.Thread(target=start, daemon=True)
    thread.start()
    thread.join(START_TIMEOUT)
    if not outcome:
        left_behind.set()
        raise TimeoutError(f"no answer within {START_TIMEOUT} seconds")
    if isinstance(outcome[0], Exception):
        raise outcome[0]
    return outcome[0]


def _check_server(api_token: str) -> None:
    """Send the client's first request, and raise an error if there is no valid answer.

    The client itself would retry for a minute, or wait forever.
    """
    token = json.loads(base64.b64decode(api_token))
    url = (token.get("api_url") or token["api_address"]).rstrip("/") + BACKEND_SWAGGER_PATH
    with urlopen(url, timeout=ANSWER_TIMEOUT) as answer:
        if "paths" not in json.load(answer):
            raise ValueError(f"{url} is not a Neptune server")


def _log_parameters(namespace: Handler, catalog: CatalogProtocol[Any, Any]) -> None:
    parameters = {name: to_plain(value) for name, value in catalog.load("parameters").items()}
    namespace["parameters"] = _stringify(parameters)


def _stringify(value: Any) -> Any:
    return stringify_unsupported(redact(value))


def _find_git_info(git_ref: Any) -> git.GitInfo | None:
    info = FIND_GIT_INFO(git_ref)
    return info and dataclasses.replace(info, remotes=redact(info.remotes))


def _find_changes(repo: Any, commit_ref: str) -> str | None:
    changes: str | None = redact(FIND_CHANGES(repo, commit_ref))
    return changes
