"""The project that the defaults give, used as a user would: run, tested, checked, packaged."""

import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.starter.conftest import Shell


@pytest.fixture(scope="module")
def finished(bake: Callable[..., Path], shell: Shell) -> Path:
    """The default project, in which git has all files and `make run` has run."""
    project = bake()
    shell("git", "init", "--quiet", cwd=project)
    shell("git", "add", ".", cwd=project)
    output = shell("make", "run", cwd=project)
    assert "Pipeline execution completed successfully" in output
    return project


def test_it_runs_and_git_would_track_no_output(finished: Path, shell: Shell) -> None:
    assert list(finished.glob("data/06_models/model.pkl/*/model.pkl"))
    assert list(finished.glob("data/09_tracking/test_metrics.json/*/test_metrics.json"))
    before = shell("git", "ls-files", cwd=finished)
    assert "data/01_raw/WineQT.csv" in before
    shell("git", "add", ".", cwd=finished)
    assert shell("git", "ls-files", cwd=finished) == before


def test_its_style_and_types_are_right(finished: Path, shell: Shell) -> None:
    shell("make", "lint", cwd=finished)


def test_its_own_tests_pass(finished: Path, shell: Shell) -> None:
    assert " passed" in shell("make", "test", cwd=finished)


def test_its_wheel_runs_elsewhere_with_its_configuration(
    finished: Path, uv: str, shell: Shell, tmp_path: Path
) -> None:
    shell(uv, "run", "--no-sync", "kedro", "package", cwd=finished)
    (wheel,) = finished.glob("dist/*.whl")
    names = zipfile.ZipFile(wheel).namelist()
    # Nothing of the starter, which this project's own wheel carries.
    assert {name.partition("/")[0].partition("-")[0] for name in names} == {"my_sweep"}

    table = tmp_path / "data/01_raw/WineQT.csv"
    table.parent.mkdir(parents=True)
    table.write_bytes((finished / "data/01_raw/WineQT.csv").read_bytes())
    shell(uv, "venv", "--quiet", ".venv", cwd=tmp_path)
    pins = ["--constraints", str(finished / "requirements.txt")]
    shell(uv, "pip", "install", "--quiet", *pins, str(wheel), cwd=tmp_path)
    configuration = str(finished / "dist/conf-my_sweep.tar.gz")
    output = shell(
        str(tmp_path / ".venv/bin/my-sweep"),
        f"--conf-source={configuration}",
        "--params=sweep.n_trials=2",
        cwd=tmp_path,
    )
    assert "Pipeline execution completed successfully" in output
    assert list(tmp_path.glob("data/06_models/model.pkl/*/model.pkl"))
