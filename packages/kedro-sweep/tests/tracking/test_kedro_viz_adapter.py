"""The adapter touches one release of Kedro-Viz, and nothing else; the browser tests see it work."""

import subprocess
import sys
from importlib.metadata import PackageNotFoundError
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest
from kedro.framework.session import KedroSession
from kedro.io import DataCatalog, MemoryDataset
from kedro_datasets.matplotlib import MatplotlibDataset
from kedro_datasets.plotly import JSONDataset

from kedro_sweep.tracking import kedro_viz_adapter
from kedro_sweep.tracking.kedro_viz.adapter import adapt_kedro_viz
from kedro_sweep.tracking.session_store import SessionStore

LOADER = "kedro_viz.integrations.kedro.data_loader"
FITTING = {"kedro-viz": "10.2.0", "strawberry-graphql": "0.291.3", "graphql-core": "3.2.13"}


def install(monkeypatch: pytest.MonkeyPatch, **versions: str) -> None:
    """Pretend that these are installed, besides what fits."""
    installed = FITTING | {name.replace("_", "-"): version for name, version in versions.items()}
    monkeypatch.setattr(kedro_viz_adapter, "version", installed.__getitem__)


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


def use(monkeypatch: pytest.MonkeyPatch, *arguments: str) -> None:
    monkeypatch.setattr(sys, "argv", ["kedro", *arguments])
    monkeypatch.delitem(sys.modules, LOADER, raising=False)


@pytest.mark.parametrize(
    ("package", "version", "limit"),
    [
        ("strawberry-graphql", "0.292.0", "0.292"),
        ("strawberry-graphql", "1.0", "0.292"),
        ("graphql-core", "3.2.14", "3.2.14"),
    ],
)
def test_library_that_is_too_new_ends_kedro_viz_with_one_message(
    package: str, version: str, limit: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    use(monkeypatch, "viz", "run")
    install(monkeypatch, **{package.replace("-", "_"): version})
    with pytest.raises(SystemExit, match=f"needs {package}<{limit}, and {version} is installed"):
        adapt_kedro_viz()


def test_other_commands_do_not_mind_the_libraries(monkeypatch: pytest.MonkeyPatch) -> None:
    use(monkeypatch, "run")
    install(monkeypatch, graphql_core="3.2.14")
    adapt_kedro_viz()


def test_libraries_that_fit_pass(monkeypatch: pytest.MonkeyPatch) -> None:
    use(monkeypatch, "viz", "run")
    install(monkeypatch)
    adapt_kedro_viz()


def test_other_releases_of_kedro_viz_are_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    use(monkeypatch, "viz", "run")
    install(monkeypatch, kedro_viz="12.5.0", graphql_core="3.2.14")
    loader = load(monkeypatch, LOADER, KedroSession="theirs", _load_data_helper="theirs")
    adapt_kedro_viz()
    assert (loader.KedroSession, loader._load_data_helper) == ("theirs", "theirs")


def test_project_without_kedro_viz_needs_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(package: str) -> str:
        raise PackageNotFoundError(package)

    use(monkeypatch, "viz", "run")
    monkeypatch.setattr(kedro_viz_adapter, "version", fail)
    adapt_kedro_viz()


def test_loader_gets_what_kedro_no_longer_has(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    store = SessionStore(str(tmp_path), "run 1")
    catalog = DataCatalog({"known": MemoryDataset(1)})
    use(monkeypatch, "viz", "run")
    install(monkeypatch)
    load(monkeypatch, "kedro_viz.integrations.kedro.sqlite_store", SQLiteStore=SimpleNamespace)
    loader = load(
        monkeypatch,
        LOADER,
        _load_data_helper=lambda path, env: (catalog, {"ds": path}, store, {"env": env}),
    )
    users = [
        load(monkeypatch, name, get_dataset_type=lambda kind: f"{kind.__module__}.{kind.__name__}")
        for name in (
            "kedro_viz.models.experiment_tracking",
            "kedro_viz.data_access.repositories.tracking_datasets",
        )
    ]
    adapt_kedro_viz()

    theirs, pipelines, sqlite_store, statistics = loader._load_data_helper("project", env="local")
    assert theirs.list() == ["known"]
    assert theirs._get_dataset("known", suggest=False) is catalog["known"]
    assert isinstance(theirs._get_dataset("made in the pipeline"), MemoryDataset)
    assert theirs._datasets is catalog._datasets
    assert (pipelines, statistics) == ({"ds": "project"}, {"env": "local"})
    assert sqlite_store.path == str(tmp_path)

    for module in users:
        assert module.get_dataset_type(MatplotlibDataset).endswith("matplotlib_writer.MatplotlibWriter")
        assert module.get_dataset_type(JSONDataset).endswith("plotly.json_dataset.JSONDataset")

    monkeypatch.setattr(KedroSession, "create", lambda **options: options)
    created = loader.KedroSession.create(project_path="project", extra_params={"frac": 0.3})
    assert created == {"project_path": "project", "runtime_params": {"frac": 0.3}}


def test_settings_import_no_tracker() -> None:
    heavy = {"kedro_viz", "sqlalchemy"}
    script = f"import sys, wine_sweep.settings; print({heavy} & set(sys.modules))"
    found = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert found.stdout.splitlines()[-1] == "set()"
