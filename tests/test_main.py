"""The packaged command takes the options of `kedro run`."""

import runpy
import sys

import pytest

from wine_sweep.__main__ import main

from tests.conftest import Project

DP_FILES = [
    "data_summary.json",
    "means.json",
    "raw_schema.yml",
    "row_groups.parquet",
    "test.parquet",
    "train.parquet",
]


def list_tables(project: Project) -> list[str]:
    """Name the files that the pipeline dp has made."""
    return sorted(path.name for path in (project.path / "data/05_model_input").iterdir())


@pytest.mark.filterwarnings("ignore:.*found in sys.modules:RuntimeWarning")  # imported above
def test_the_package_runs_as_a_module(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(project.path)
    monkeypatch.setattr(sys, "argv", ["python -m", "--pipelines=dp"])
    with pytest.raises(SystemExit) as ended:
        runpy.run_module("wine_sweep", run_name="__main__")
    assert ended.value.code == 0
    assert list_tables(project) == DP_FILES


@pytest.mark.parametrize("option", ["--pipeline", "--pipelines"])
def test_the_package_runs_from_code_and_gives_back_control(
    option: str, project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(project.path)
    main([option, "dp"], standalone_mode=False)
    assert list_tables(project) == DP_FILES
