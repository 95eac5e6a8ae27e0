"""Lets the Experiment Tracking page, which Kedro-Viz had until 10.2.0, read this project.

That release was made for Kedro 0.19. What it misses in today's Kedro is four names, all met in the
module that loads a project; the adapter supplies them there, in Kedro-Viz alone, and only in the
process that serves the page. `make experiments` installs and starts it.
"""

import sys
from importlib.metadata import PackageNotFoundError, version
from types import ModuleType, SimpleNamespace
from typing import Any

from kedro.framework.session import KedroSession

from kedro_sweep.tracking.session_store import SessionStore

VERSION = "10.2.0"
# The page starts with none of these, or starts and stays empty.
TOO_NEW = {"strawberry-graphql": "0.292", "graphql-core": "3.2.14"}


def adapt_kedro_viz() -> None:
    """Prepare Kedro-Viz to load the project, if it is the release that has the page.

    Does nothing in any other command than `kedro viz`, and with any other release.

    Raises:
        SystemExit: If a library that Kedro-Viz is built on is too new for it.
    """
    loader = sys.modules.get("kedro_viz.integrations.kedro.data_loader")
    if (loader is None and "viz" not in sys.argv) or _find_version("kedro-viz") != VERSION:
        return
    _check_libraries()
    if loader is not None:
        _adapt(loader)


def _find_version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return ""


def _check_libraries() -> None:
    from packaging.version import Version  # noqa: PLC0415  # only Kedro-Viz needs it

    for package, limit in TOO_NEW.items():
        installed = _find_version(package)
        if not installed or Version(installed) >= Version(limit):
            raise SystemExit(
                f"The Experiment Tracking page of kedro-viz {VERSION} needs {package}<{limit}, and "
                f"{installed or 'none'} is installed. `make experiments` installs what fits, or: "
                f"pip install '{package}<{limit}'"
            )


def _adapt(loader: ModuleType) -> None:
    """Supply the names: a session option, two methods of the catalog, a session store, a dataset."""
    from kedro_viz.data_access.repositories import tracking_datasets  # noqa: PLC0415
    from kedro_viz.integrations.kedro.sqlite_store import SQLiteStore  # noqa: PLC0415
    from kedro_viz.models import experiment_tracking  # noqa: PLC0415

    load, get_dataset_type = loader._load_data_helper, experiment_tracking.get_dataset_type

    def create_session(*, extra_params: dict[str, Any] | None = None, **options: Any) -> KedroSession:
        return KedroSession.create(runtime_params=extra_params, **options)

    def load_project(*args: Any, **kwargs: Any) -> tuple[Any, ...]:
        catalog, pipelines, store, statistics = load(*args, **kwargs)
        if isinstance(store, SessionStore):
            store = SQLiteStore(path=str(store.location.parent), session_id="kedro-viz")
        return _Catalog(catalog), pipelines, store, statistics

    def get_old_dataset_type(dataset: Any) -> str:
        # The page draws a picture if the dataset has the name that it had until kedro-datasets 7.
        name: str = get_dataset_type(dataset)
        return name.replace("matplotlib_dataset.MatplotlibDataset", "matplotlib_writer.MatplotlibWriter")

    loader.KedroSession = SimpleNamespace(create=create_session)  # type: ignore[attr-defined]
    loader._load_data_helper = load_project  # type: ignore[attr-defined]
    experiment_tracking.get_dataset_type = get_old_dataset_type
    tracking_datasets.get_dataset_type = get_old_dataset_type


class _Catalog:
    """A catalog with the methods that Kedro 1.0 removed."""

    def __init__(self, catalog: Any) -> None:
        self._catalog = catalog

    def __getattr__(self, name: str) -> Any:
        return getattr(self._catalog, name)

    def list(self) -> list[str]:
        return list(self._catalog.keys())

    def _get_dataset(self, name: str, **_: Any) -> Any:
        return self._catalog.get(name, fallback_to_runtime_pattern=True)
