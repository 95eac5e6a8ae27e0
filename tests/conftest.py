"""Fixtures for many tests: a small table, and copies of the project that learn from it.

The tests use a table and parameters of their own, so they pass whatever the project learns from.
"""

import gc
import shutil
from collections.abc import Callable, Iterator
from contextlib import chdir
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
import pytest
import yaml
from kedro.framework.project import configure_project
from kedro.framework.session import KedroSession
from kedro.runner import AbstractRunner
from kedro_sweep.search import open_journal
from optuna.trial import FrozenTrial
from threadpoolctl import threadpool_limits

ROOT = Path(__file__).parents[1]
PACKAGE = "wine_sweep"

FEATURES = ["width", "height", "weight"]
DATA: dict[str, Any] = {
    "y_label": "size",
    "features": None,
    "drop": ["price"],
    "split": {"kind": "random", "column": None},
    "frac": 0.2,
    "duplicates": "drop",
    "impute": "mean",
    "random_seed": 42,
}
SWEEP: dict[str, Any] = {
    "model": {"class": "sklearn.ensemble.RandomForestClassifier"},
    "search_space": {
        "n_estimators": {"type": "int", "low": 2, "high": 9},
        "max_depth": {"type": "int", "low": 1, "high": 6},
    },
    "n_trials": 6,
    "cv": 3,
    "untuned_boosting": False,  # 300 trees for each fold
    "sampler": {"class": "RandomSampler"},
    "pruner": {"class": "NopPruner"},
}
STORES: dict[str, dict[str, Any]] = {
    "study_storage": {
        "type": "kedro_sweep.datasets.optuna_storage_dataset.OptunaStorageDataset",
        "filepath": "data/07_model_output/studies.journal",
    },
    "prediction_store": {
        "type": "kedro_sweep.datasets.artifact_store_dataset.ArtifactStoreDataset",
        "path": "data/07_model_output/predictions",
    },
}
# For the same table, with another column to predict.
REGRESSION: dict[str, dict[str, Any]] = {
    "data": {"y_label": "price", "drop": ["size"]},
    "sweep": {"model": {"class": "sklearn.ensemble.RandomForestRegressor"}, "n_trials": 3},
}


def read_yaml(path: Path) -> dict[str, Any]:
    """Read a YAML file that holds a mapping."""
    content: dict[str, Any] | None = yaml.safe_load(path.read_text(encoding="utf-8"))
    return content or {}


@pytest.fixture(scope="session", autouse=True)
def _little_overhead() -> Iterator[None]:
    """Keep the threads of small fits from waiting for each other, and settings from searching the stack.

    Kedro's settings look for more files beside the script that was started. Python finds that script in
    the stack by comparing each frame with every module, which takes long in a worker of pytest-xdist.
    Kedro also reads the same YAML files for each run, which the parser in C does ten times as fast.
    """
    gc.freeze()  # otherwise, a tenth of the time goes into looking through all tests and libraries again
    stack = SimpleNamespace(stack=lambda: [SimpleNamespace(filename=__file__)])
    with threadpool_limits(1), pytest.MonkeyPatch.context() as patch:
        patch.setattr("dynaconf.utils.files.inspect", stack)
        patch.setattr("dynaconf.loaders.py_loader.inspect", stack)
        patch.setattr(yaml, "SafeLoader", getattr(yaml, "CSafeLoader", yaml.SafeLoader))
        yield


@pytest.fixture
def _yaml_of_users(monkeypatch: pytest.MonkeyPatch) -> None:
    """Read YAML with the parser in Python, as Kedro does: that in C words its errors in another way."""
    monkeypatch.setattr(yaml, "SafeLoader", yaml.loader.SafeLoader)


@pytest.fixture(scope="session")
def root() -> Path:
    """The folder of the project."""
    return ROOT


@pytest.fixture(scope="session")
def table() -> pd.DataFrame:
    """150 boxes with an identifier, three sizes, a price and some gaps; ten of them are there twice."""
    random = np.random.default_rng(0)
    boxes = pd.DataFrame(random.normal(10, 3, size=(140, 3)).round(1), columns=FEATURES)
    noisy = boxes["width"] + random.normal(size=140)
    boxes["size"] = pd.cut(noisy, [-np.inf, 9, 11, np.inf], labels=["S", "M", "L"]).astype("str")
    boxes["price"] = (3 * boxes["height"] + random.normal(size=140)).round(2)
    boxes.loc[::9, "weight"] = np.nan
    boxes = pd.concat([boxes, boxes[:10]], ignore_index=True)
    return boxes.assign(id=range(1000, 1150))


@dataclass(frozen=True)
class Project:
    """A copy of the project that a test may configure and run."""

    path: Path

    def configure(self, **changes: dict[str, Any]) -> None:
        """Set parameters in the YAML file of their group; a dictionary changes only its own keys."""
        for file in (self.path / "conf/base").glob("parameters*.yml"):
            content = read_yaml(file)
            for group in content.keys() & changes.keys():
                for key, change in changes[group].items():
                    before = content[group].get(key)
                    both = isinstance(before, dict) and isinstance(change, dict)
                    content[group][key] = before | change if both else change
            file.write_text(yaml.safe_dump(content, sort_keys=False))

    def run_here(
        self,
        *pipelines: str,
        env: str | None = None,
        from_nodes: list[str] | None = None,
        to_outputs: list[str] | None = None,
        runner: AbstractRunner | None = None,
        **params: Any,
    ) -> None:
        """Run pipelines in this process, which saves the seconds that a new Python takes to start."""
        configure_project(PACKAGE, preserve_logging=True)  # pytest listens to what is logged
        session = KedroSession.create(self.path, env=env, runtime_params=params)
        with chdir(self.path), session:
            names = list(pipelines) or None
            session.run(
                pipeline_names=names, from_nodes=from_nodes, to_outputs=to_outputs, runner=runner
            )

    def copy(self, path: Path) -> "Project":
        """Copy the project with all that its runs have made."""
        return Project(Path(shutil.copytree(self.path, path, symlinks=True)))

    def versions(self, name: str) -> list[Path]:
        """All versions of a versioned file, oldest first."""
        return sorted((self.path / "data").glob(f"*/{name}/*/{name}"))

    def studies(self) -> dict[str, list[FrozenTrial]]:
        """The trials of every study in the journal, by the study's name."""
        journal = self.path / "data/07_model_output/studies.journal"
        if not journal.exists():
            return {}
        storage = open_journal(str(journal))
        return {
            study.study_name: storage.get_all_trials(study._study_id)
            for study in storage.get_all_studies()
        }


def copy_files(path: Path) -> Project:
    """Copy the project to a folder, without the outputs of any run."""
    for file in ("pyproject.toml", ".telemetry"):
        shutil.copy(ROOT / file, path)
    shutil.copytree(ROOT / "conf", path / "conf", ignore=shutil.ignore_patterns("local"))
    (path / "conf/local").mkdir()
    shutil.copytree(ROOT / "data/01_raw", path / "data/01_raw")
    # Link the code, which is already compiled.
    (path / "src").mkdir()
    (path / "src" / PACKAGE).symlink_to(ROOT / "src" / PACKAGE)
    return Project(path)


@pytest.fixture(scope="session")
def copy_project(table: pd.DataFrame, tmp_path_factory: pytest.TempPathFactory) -> Callable[[], Project]:
    """Make copies of the project that learn from the small table."""

    def copy() -> Project:
        project = copy_files(tmp_path_factory.mktemp("project"))
        table.to_csv(project.path / "data/01_raw/boxes.csv", index=False)
        raw = {"type": "pandas.CSVDataset", "filepath": "data/01_raw/boxes.csv"}
        for name, changes in {
            "catalog": {"raw": raw, **STORES},
            "parameters": {"data": DATA, "decision": {}},
            "parameters_data_science": {"sweep": SWEEP},
        }.items():
            file = project.path / f"conf/base/{name}.yml"
            file.write_text(yaml.safe_dump(read_yaml(file) | changes, sort_keys=False))
        return project

    return copy


@pytest.fixture
def project(copy_project: Callable[[], Project]) -> Project:
    """A fresh copy of the project."""
    return copy_project()


@pytest.fixture(scope="session")
def finished(copy_project: Callable[[], Project]) -> Project:
    """A copy after a short run of all pipelines; tests may add runs but change nothing."""
    project = copy_project()
    project.run_here()
    return project
