"""Missing packages can be installed with one command that suits the environment."""

import os
import shlex
import sys
from pathlib import Path

import pytest
from packaging.requirements import Requirement

from kedro_sweep import errors
from kedro_sweep.errors import find_install_command, find_uv


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project running in its own environment, on a machine without uv."""
    (tmp_path / "pyproject.toml").touch()
    monkeypatch.setattr(sys, "prefix", str(tmp_path / ".venv"))
    monkeypatch.setattr(sys, "executable", str(tmp_path / "a folder/python"))
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    monkeypatch.chdir(tmp_path)
    return tmp_path


def install_uv(folder: Path) -> Path:
    folder.mkdir(parents=True)
    uv = folder / "uv"
    uv.touch(mode=0o755)
    return uv


def test_uv_on_the_path_syncs_the_projects_environment(project: Path) -> None:
    install_uv(project / "bin")
    assert find_uv(project) == "uv"
    assert find_install_command("mlflow") == "uv sync --inexact --no-dev --extra mlflow"


@pytest.mark.parametrize(("folder", "uv"), [(".", ".uv/bin/uv"), ("conf", "../.uv/bin/uv")])
def test_the_uv_of_the_makefile_does_so_too_from_every_folder(
    folder: str, uv: str, project: Path
) -> None:
    expected = install_uv(project / ".uv/bin")
    (project / "conf").mkdir()
    os.chdir(folder)
    assert find_uv(project) == str(expected)
    assert find_install_command("mlflow") == f"{uv} sync --inexact --no-dev --extra mlflow"


def test_uv_installs_into_an_environment_that_is_not_the_projects(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    install_uv(project / "bin")
    monkeypatch.setattr(sys, "prefix", str(project / "other"))
    command = shlex.split(find_install_command("mlflow"))
    assert command[:5] == ["uv", "pip", "install", "--python", sys.executable]
    assert [Requirement(part).name for part in command[5:]] == ["kedro-mlflow", "mlflow"]


def test_pip_installs_where_there_is_no_uv(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(errors, "find_spec", lambda name: name == "pip")
    assert find_uv(project) is None
    command = shlex.split(find_install_command("cluster"))
    assert command[:4] == [sys.executable, "-m", "pip", "install"]
    # The library's own name is not among them, because it is on no package index.
    assert {str(Requirement(part)).partition(">")[0] for part in command[4:]} == {
        "distributed",
        "psycopg[binary]",
    }


def test_an_environment_without_pip_needs_the_uv_that_made_it(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(errors, "find_spec", lambda name: None)
    assert find_install_command("mlflow") == "uv sync --inexact --no-dev --extra mlflow"
