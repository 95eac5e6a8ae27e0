"""Fixtures for the tests of this repository, which new projects do not get."""

import sys
from collections.abc import Callable
from typing import Any

import pytest
import yaml
from kedro_sweep.datasets.runs_dataset import RunsDataset
from kedro_sweep.report.runs import read_runs

from tests.conftest import Project, read_yaml

Refused = Callable[..., str]


def read_ends(project: Project) -> dict[str, str]:
    """How each run in the comparison ended, by its name."""
    runs = RunsDataset(path=str(project.path / "data/09_tracking")).load()
    return {run.id: run.end for run in read_runs(runs)}


@pytest.fixture(scope="session")
def copy_project(copy_project: Callable[[], Project]) -> Callable[[], Project]:
    """Make copies of the project with a small forest: no test of this folder is about its trees."""

    def copy() -> Project:
        project = copy_project()
        file = project.path / "conf/base/parameters_data_science.yml"
        content = read_yaml(file)
        content["sweep"]["model"]["params"] = {"n_estimators": 8}
        del content["sweep"]["search_space"]["n_estimators"]
        file.write_text(yaml.safe_dump(content, sort_keys=False))
        return project

    return copy


@pytest.fixture
def prepared(project: Project) -> Project:
    """A copy with the training and test tables, but no study."""
    project.run_here("dp")
    return project


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
