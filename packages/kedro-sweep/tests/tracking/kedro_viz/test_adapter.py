"""The adapter adds what Kedro-Viz 10.2 needs. A browser test checks it with the real one."""

import sys
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest
from kedro.framework.session import KedroSession
from kedro.io import DataCatalog, MemoryDataset
from kedro.pipeline import Pipeline, node, pipeline
from kedro_datasets.json import JSONDataset
from kedro_datasets.matplotlib import MatplotlibDataset

from kedro_sweep.tracking.kedro_viz.adapter import adapt_kedro_viz
from kedro_sweep.tracking.session_store import SessionStore


def load(monkeypatch: pytest.MonkeyPatch, name: str, **content: Any) -> ModuleType:
    """Pretend that a module of Kedro-Viz is loaded, and the packages that it is in."""
    module = ModuleType(name)
    vars(module).update(content)
    monkeypatch.setitem(sys.modules, name, module)
    parent, _, child = name.rpartition(".")
    if parent:
        package = sys.modules.get(parent) or load(monkeypatch, parent)
        monkeypatch.setattr(package, child, module, raising=False)
    return module


@pytest.fixture
def kedro_viz(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> SimpleNamespace:
    """The adapted modules of a Kedro-Viz that loads a project with a session store in `tmp_path`."""
    for module in [name for name in sys.modules if name.partition(".")[0] == "kedro_viz"]:
        monkeypatch.delitem(sys.modules, module)
    store, catalog = SessionStore(str(tmp_path), "run 1"), DataCatalog({"known": MemoryDataset(1)})
    load(monkeypatch, "kedro_viz.integrations.kedro.sqlite_store", SQLiteStore=SimpleNamespace)
    loader = load(
        monkeypatch,
        "kedro_viz.integrations.kedro.data_loader",
        _load_data_helper=lambda path, env: (catalog, {"ds": path}, store, {"env": env}),
    )
    users = [
        load(monkeypatch, name, get_dataset_type=lambda kind: f"{kind.__module__}.{kind.__name__}")
        for name in (
            "kedro_viz.models.experiment_tracking",
            "kedro_viz.data_access.repositories.tracking_datasets",
        )
    ]
    monkeypatch.setattr(Pipeline, "only_nodes_with_namespace", None, raising=False)
    adapt_kedro_viz()
    return SimpleNamespace(loader=loader, users=users, catalog=catalog)


def test_a_session_takes_parameters_by_their_old_name(
    kedro_viz: SimpleNamespace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(KedroSession, "create", lambda **options: options)
    created = kedro_viz.loader.KedroSession.create(project_path="here", extra_params={"frac": 0.3})
    assert created == {"project_path": "here", "runtime_params": {"frac": 0.3}}


def test_the_catalog_has_its_old_methods(kedro_viz: SimpleNamespace) -> None:
    catalog, *_ = kedro_viz.loader._load_data_helper("project", env="local")
    assert catalog.list() == ["known"]
    assert catalog._get_dataset("known", suggest=False) is kedro_viz.catalog["known"]
    assert isinstance(catalog._get_dataset("made in the pipeline"), MemoryDataset)
    assert catalog._datasets is kedro_viz.catalog._datasets


def test_the_runs_come_from_the_projects_session_store(
    kedro_viz: SimpleNamespace, tmp_path: Path
) -> None:
    _, pipelines, store, statistics = kedro_viz.loader._load_data_helper("project", env="local")
    assert store.path == str(tmp_path)
    assert (pipelines, statistics) == ({"ds": "project"}, {"env": "local"})


def test_a_picture_has_the_name_by_which_the_page_knows_it(kedro_viz: SimpleNamespace) -> None:
    for module in kedro_viz.users:
        assert module.get_dataset_type(MatplotlibDataset).endswith("matplotlib_writer.MatplotlibWriter")
        assert module.get_dataset_type(JSONDataset).endswith("json.json_dataset.JSONDataset")


@pytest.mark.usefixtures("kedro_viz")
def test_a_pipeline_can_be_cut_down_to_one_namespace() -> None:
    nodes = [node(lambda a: a, "a", name, name=name, namespace=name) for name in ("one", "other")]
    cut: Any = pipeline(nodes)
    assert [node.namespace for node in cut.only_nodes_with_namespace("one").nodes] == ["one"]
