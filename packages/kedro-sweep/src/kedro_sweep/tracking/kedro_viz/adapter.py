"""Lets the Experiment Tracking page of Kedro-Viz 10.2.0 read a current project.

That release was made for Kedro 0.19, and uses five names that Kedro has since removed. The adapter adds
them, but only in the process that serves the page.
"""

from types import SimpleNamespace
from typing import Any

from kedro.framework.session import KedroSession
from kedro.pipeline import Pipeline

from kedro_sweep.tracking.session_store import SessionStore


def adapt_kedro_viz() -> None:
    """Add an option to sessions, methods to catalogs and pipelines, a store and a dataset."""
    from kedro_viz.data_access.repositories import tracking_datasets  # noqa: PLC0415
    from kedro_viz.integrations.kedro import data_loader as loader  # noqa: PLC0415
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
        # The page shows an image only if the dataset has the name it had before kedro-datasets 7.
        name: str = get_dataset_type(dataset)
        return name.replace("matplotlib_dataset.MatplotlibDataset", "matplotlib_writer.MatplotlibWriter")

    def select_namespace(pipeline: Pipeline, namespace: str) -> Pipeline:
        return pipeline.only_nodes_with_namespaces([namespace])

    Pipeline.only_nodes_with_namespace = select_namespace  # type: ignore[attr-defined]
    loader.KedroSession = SimpleNamespace(create=create_session)
    loader._load_data_helper = load_project
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
