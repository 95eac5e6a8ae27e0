"""Fixtures for the tests of this repository, which new projects do not get."""

import shutil
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
import yaml
from kedro_sweep.datasets.runs_dataset import RunsDataset
from kedro_sweep.report._runs import read_runs

from tests.conftest import ROOT, Project, copy_files, read_yaml

Refused = Callable[..., str]


def read_ends(project: Project) -> dict[str, str]:
    """How each run in the comparison ended, by its name."""
    runs = RunsDataset(path=str(project.path / "data/09_tracking")).load()
    return {run.id: run.end for run in read_runs(runs)}


@pytest.fixture(scope="session")
def uv() -> str:
    """The machine's uv, or the one that `make` installed: it need not be on the path."""
    return shutil.which("uv") or str(ROOT / ".uv/bin/uv")


@pytest.fixture(scope="session")
def wine() -> pd.DataFrame:
    """The raw table as it is committed."""
    return pd.read_csv(ROOT / "data/01_raw/WineQT.csv")


@pytest.fixture(scope="session")
def features(wine: pd.DataFrame) -> list[str]:
    """The columns that `features: null` means: all but the target and the identifier."""
    return [name for name in wine.columns if name not in ("quality", "Id")]


@pytest.fixture
def parameters() -> dict[str, Any]:
    """The project's own parameters, with a short sweep; each test may change its copy."""
    merged: dict[str, Any] = {}
    for file in (ROOT / "conf/base").glob("parameters*.yml"):
        merged |= read_yaml(file)
    merged["sweep"] |= {"n_trials": 5, "cv": 3, "sampler": {"class": "RandomSampler"}}
    merged["sweep"]["untuned_boosting"] = False
    return merged


@pytest.fixture(scope="session")
def copy_project(tmp_path_factory: pytest.TempPathFactory) -> Callable[[], Project]:
    """Make copies of the project that grow few trees: no test of this folder is about them."""

    def copy() -> Project:
        project = copy_files(tmp_path_factory.mktemp("project"))
        file = project.path / "conf/base/parameters_data_science.yml"
        content = read_yaml(file)
        content["sweep"]["model"]["params"] = {"n_estimators": 8}
        content["sweep"]["untuned_boosting"] = False
        del content["sweep"]["search_space"]["n_estimators"]
        file.write_text(yaml.safe_dump(content, sort_keys=False))
        return project

    return copy


@pytest.fixture(scope="session")
def prepared_once(copy_project: Callable[[], Project]) -> Project:
    """The project after the pipeline dp, to be copied."""
    project = copy_project()
    project.run_here("dp")
    return project


@pytest.fixture
def prepared(prepared_once: Project, tmp_path: Path) -> Project:
    """A copy with the training and test tables, but no study."""
    return prepared_once.copy(tmp_path / "prepared")


@pytest.fixture(scope="session")
def searched_once(prepared_once: Project, tmp_path_factory: pytest.TempPathFactory) -> Project:
    """The prepared project after a search of one trial, to be copied."""
    project = prepared_once.copy(tmp_path_factory.mktemp("searched") / "project")
    project.run_here("ds", sweep={"n_trials": 1})
    return project


@pytest.fixture
def searched(searched_once: Project, tmp_path: Path) -> Project:
    """A copy with a study of one trial and its model."""
    return searched_once.copy(tmp_path / "searched")


@pytest.fixture
def refused(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]
) -> Refused:
    """Run pipelines as `Project.run_here` does, which must fail; return the one message shown."""

    def run(project: Project, *pipelines: str, **options: Any) -> str:
        monkeypatch.setattr(sys, "excepthook", sys.__excepthook__)
        # Kedro and the system raise errors of many classes; only the message matters here.
        with pytest.raises(Exception) as stopped:  # noqa: PT011
            project.run_here(*pipelines, **options)
        caplog.clear()
        sys.excepthook(stopped.type, stopped.value, stopped.tb)
        assert "Traceback" not in capsys.readouterr().err
        [message] = caplog.messages
        return message

    return run
