"""Kedro-Viz's Experiment Tracking page, which was removed after release 10.2.0.

That release was made for Kedro 0.19, and uses five names that Kedro has since removed. It runs in a
separate environment, where this module adds the names and serves the page.
"""

import json
import os
import subprocess
import sys
import sysconfig
import time
import tomllib
import warnings
import webbrowser
from pathlib import Path
from shutil import copytree
from socket import create_connection
from threading import Thread
from types import SimpleNamespace
from typing import Any, cast

from kedro.framework.session import KedroSession
from kedro.io import DataCatalog
from kedro.pipeline import Pipeline
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

import kedro_sweep
from kedro_sweep import platforms
from kedro_sweep.errors import InputError, find_uv
from kedro_sweep.tracking._session_store import SessionStore
from kedro_sweep.tracking.json_dataset import JSONDataset
from kedro_sweep.tracking.run_titles import title_runs

NAME = ".venv-experiments"
REQUIREMENTS = Path(__file__).with_name("kedro_viz_requirements.txt")
# The page keeps titles and notes in the browser. Those that a user wrote there win.
TITLES = """<script>
const runs = %s, key = "KedroViz-runs-metadata", own = JSON.parse(localStorage.getItem(key) || "{}");
for (const run in runs) own[run] = { ...runs[run], ...own[run] };
localStorage.setItem(key, JSON.stringify(own));
</script></head>"""


def prepare_environment(project: Path) -> Path:
    """Install Kedro-Viz 10.2 and the project's dependencies, unless this has already been done."""
    environment = project / NAME
    python = platforms.find_program(environment, "python")
    library = Path(kedro_sweep.__file__).parent
    settings = tomllib.loads((project / "pyproject.toml").read_text(encoding="utf-8"))
    lines = settings.get("project", {}).get("dependencies", [])
    # This library is on no package index.
    dependencies = [line for line in lines if canonicalize_name(Requirement(line).name) != "kedro-sweep"]
    # If any of this changes, the environment is created again.
    versions = [sys.version, kedro_sweep.__version__, str(library)]
    recipe = "\n".join([*versions, *dependencies, REQUIREMENTS.read_text(encoding="utf-8")])
    stamp = environment / "recipe.txt"
    if python.exists() and stamp.exists() and stamp.read_text(encoding="utf-8") == recipe:
        return python
    print(f"Installing Kedro-Viz 10.2 into {environment}. This happens once and can take minutes.")
    if uv := find_uv(project):
        create = [uv, "venv", "--quiet", "--clear", "--python", sys.executable]
        install = [uv, "pip", "install", "--quiet", "--python", str(python)]
    else:
        create = [sys.executable, "-m", "venv", "--clear"]
        install = [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    install += ["--requirement", str(REQUIREMENTS), *dependencies]
    for command in ([*create, str(environment)], install):
        if subprocess.run(command, cwd=project, check=False).returncode != 0:
            raise InputError(
                f"Kedro-Viz 10.2 is not installed: `{platforms.join_command(command)}` failed."
            )
    packages = Path(sysconfig.get_path("purelib", scheme="venv", vars={"base": str(environment)}))
    # Windows lets few users make a link.
    (copytree if platforms.IS_WINDOWS else os.symlink)(library, packages / library.name)
    stamp.write_text(recipe, encoding="utf-8")
    return python


def serve(*, project: str, env: str | None, host: str, port: int, browser: bool) -> None:
    """Serve the page until Ctrl-C."""
    # This release is older than its libraries, which raise warnings.
    warnings.filterwarnings("ignore", module="kedro_viz")
    from kedro_viz.server import run_server  # noqa: PLC0415

    _adapt_kedro_viz()
    Thread(target=announce, args=(host, port, browser), daemon=True).start()
    run_server(host, port, project_path=project, env=env)


def announce(host: str, port: int, browser: bool) -> None:
    """Wait until the server is listening, then print the address of the page."""
    while True:
        try:
            create_connection((host, port)).close()
            break
        except OSError:
            time.sleep(0.2)
    address = f"http://{host}:{port}/experiment-tracking"
    print(f"The experiments: {address} (Ctrl-C to quit)", flush=True)
    if browser:
        webbrowser.open(address)


def _adapt_kedro_viz() -> None:
    from fastapi.responses import HTMLResponse  # noqa: PLC0415
    from kedro_datasets.matplotlib import MatplotlibDataset  # noqa: PLC0415
    from kedro_viz.api import apps  # noqa: PLC0415
    from kedro_viz.data_access.repositories import tracking_datasets  # noqa: PLC0415
    from kedro_viz.integrations.kedro import data_loader as loader  # noqa: PLC0415
    from kedro_viz.integrations.kedro.sqlite_store import SQLiteStore  # noqa: PLC0415
    from kedro_viz.models import experiment_tracking  # noqa: PLC0415

    load, get_dataset_type = loader._load_data_helper, experiment_tracking.get_dataset_type
    preview = JSONDataset.preview
    catalogs: list[DataCatalog] = []

    def create_session(*, extra_params: dict[str, Any] | None = None, **options: Any) -> KedroSession:
        return KedroSession.create(runtime_params=extra_params, **options)

    def load_project(*args: Any, **kwargs: Any) -> tuple[Any, ...]:
        catalog, pipelines, store, statistics = load(*args, **kwargs)
        catalogs.append(catalog)
        if isinstance(store, SessionStore):
            store = SQLiteStore(path=str(store.location.parent), session_id="kedro-viz")
        return catalog, pipelines, store, statistics

    def add_titles(page: str) -> Any:
        runs = catalogs[-1].get("tracked_runs")
        titles = {} if runs is None else title_runs(runs.load())
        script = TITLES % json.dumps(titles).replace("<", "\\u003c")
        return HTMLResponse(page.replace("</head>", script, 1))

    def preview_values(dataset: JSONDataset, **options: Any) -> Any:
        return json.loads(preview(dataset, **options))

    def get_old_dataset_type(dataset: Any) -> str:
        # The page shows an image only if the dataset has the name it had before kedro-datasets 7.
        old = "matplotlib.matplotlib_writer.MatplotlibWriter"
        is_image = isinstance(dataset, MatplotlibDataset) or type(dataset).__name__ == "PictureDataset"
        return old if is_image else get_dataset_type(dataset)

    def select_namespace(pipeline: Pipeline, namespace: str) -> Pipeline:
        return pipeline.only_nodes_with_namespaces([namespace])

    def get_dataset(catalog: DataCatalog, name: str, **_: Any) -> Any:
        return catalog.get(name, fallback_to_runtime_pattern=True)

    old_pipeline, old_catalog = cast(Any, Pipeline), cast(Any, DataCatalog)
    old_pipeline.only_nodes_with_namespace = select_namespace
    old_catalog.list = lambda catalog: list(catalog.keys())
    old_catalog._get_dataset = get_dataset
    apps.HTMLResponse, cast(Any, JSONDataset).preview = add_titles, preview_values
    loader.KedroSession = SimpleNamespace(create=create_session)
    loader._load_data_helper = load_project
    for module in (experiment_tracking, tracking_datasets):
        module.get_dataset_type = get_old_dataset_type


if __name__ == "__main__":
    serve(**json.loads(sys.argv[1]))
