"""The starter in an installed wheel, and its alias."""

import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.starter.conftest import KEDRO, ROOT, Shell, read_files

IGNORED = {"conf/local/credentials.yml": "password: x", "data/07_model_output/studies.journal": "{}"}


@pytest.fixture(scope="module")
def wheel(
    shell: Shell, uv: str, copy: Callable[[], Path], tmp_path_factory: pytest.TempPathFactory
) -> Path:
    """A wheel made by way of a source distribution, from a tree in use that has no git history."""
    tree = copy()
    for name, content in IGNORED.items():
        (tree / name).write_text(content)
    folder = tmp_path_factory.mktemp("dist")
    shell(uv, "build", "--wheel", "--out-dir", str(folder / "direct"), cwd=tree)
    shell(uv, "build", "--out-dir", str(folder), cwd=tree)
    (direct,), (path,) = (folder / "direct").glob("*.whl"), folder.glob("*.whl")
    assert set(zipfile.ZipFile(direct).namelist()) == set(zipfile.ZipFile(path).namelist())
    return path


def test_the_alias_makes_the_default_project(
    wheel: Path, uv: str, default: Path, shell: Shell, tmp_path: Path
) -> None:
    pins = ["--constraints", str(ROOT / "requirements.txt")]
    kedro = [uv, "tool", "run", *pins, "--with", str(wheel), "kedro"]
    shell(*kedro, "new", "--starter=sweep", cwd=tmp_path, answers="\n\n\n")
    assert read_files(tmp_path / "my-sweep") == read_files(default)


def test_the_alias_works_in_a_checkout(default: Path, shell: Shell, tmp_path: Path) -> None:
    shell(*KEDRO, "new", "--starter=sweep", cwd=tmp_path, answers="\n\n\n")
    assert read_files(tmp_path / "my-sweep") == read_files(default)


def test_the_wheel_holds_the_project_and_no_output_or_secret(wheel: Path) -> None:
    names = zipfile.ZipFile(wheel).namelist()
    assert "kedro_sweep/__main__.py" in names
    tree = "kedro_sweep_starter/tree/"
    assert f"{tree}src/kedro_sweep/__main__.py" in names
    assert f"{tree}conf/local/.gitkeep" in names
    assert [name for name in IGNORED if f"{tree}{name}" in names] == []
