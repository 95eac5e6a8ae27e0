"""What the starter makes from this repository, in process."""

import subprocess
import sys
import tomllib
from fnmatch import fnmatch
from pathlib import Path

import pytest
from starter.new_project import BEGIN, END, LIBRARY, ONLY_HERE, Names, make_project

HERE = "https://host/template"


@pytest.fixture(scope="module")
def tracked(root: Path) -> list[str]:
    """The files that git tracks."""
    listed = subprocess.run(["git", "ls-files"], cwd=root, check=True, capture_output=True, text=True)
    return [name for name in listed.stdout.splitlines() if (root / name).is_file()]


@pytest.fixture(scope="module")
def project(root: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A new project, without the two pages that Kedro writes before the starter copies."""
    folder = tmp_path_factory.mktemp("project")
    make_project(root, folder, Names("my_project", "my-project", "My Project"), HERE)
    return folder


def list_files(folder: Path) -> list[str]:
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())


def test_a_project_has_its_own_parts_alone(project: Path) -> None:
    settings = [
        ".gitattributes",
        ".gitignore",
        ".pre-commit-config.yaml",
        ".telemetry",
        "pyproject.toml",
    ]
    files = [*settings, "Makefile", "requirements.txt", "uv.lock"]
    folders = ["conf", "data", "docs", "notebooks", "packages", "src", "tests"]
    assert sorted(path.name for path in project.iterdir()) == sorted(files + folders)
    assert list_files(project / "docs") == ["_static/tables.css", "conf.py"]
    assert (project / "src/my_project/settings.py").is_file()
    assert not (project / "tests/repository").exists()


def test_a_project_starts_with_both_example_tables_and_all_environments(project: Path) -> None:
    tables = {path.name for path in (project / "data/01_raw").glob("*.csv")}
    assert tables == {"WineQT.csv", "power_grid.csv"}
    environments = {"base", "local", "contest", "cluster", "mlflow", "neptune"}
    assert {path.name for path in (project / "conf").iterdir()} >= environments


def test_a_project_has_the_library_unchanged(root: Path, project: Path, tracked: list[str]) -> None:
    expected = [name for name in tracked if fnmatch(name, LIBRARY) and "/tests/" not in name]
    assert [f"packages/{name}" for name in list_files(project / "packages")] == sorted(expected)
    for name in expected:
        assert (project / name).read_bytes() == (root / name).read_bytes()


def test_no_name_of_the_template_is_left(project: Path) -> None:
    for name in list_files(project):
        text = name + (project / name).read_text()
        for old in ("wine_sweep", "wine-sweep", "Wine Sweep", "starter", BEGIN, END):
            assert old not in text or fnmatch(name, LIBRARY), name


def test_the_comment_on_the_library_names_the_address_of_the_template(project: Path) -> None:
    assert f'kedro-sweep = {{ git = "{HERE}", tag = ' in (project / "pyproject.toml").read_text()


def test_a_project_starts_at_version_0_1_0(project: Path) -> None:
    settings = tomllib.loads((project / "pyproject.toml").read_text())["project"]
    assert settings["version"] == "0.1.0"
    assert settings.keys().isdisjoint({"urls", "classifiers", "license"})


@pytest.mark.parametrize("pattern", ONLY_HERE)
def test_every_pattern_of_files_to_leave_out_names_some(pattern: str, tracked: list[str]) -> None:
    assert any(fnmatch(name, pattern) for name in tracked)


@pytest.mark.parametrize(
    "title", ["Zz", "Predicting customer churn in the northern-most regions"], ids=["short", "long"]
)
def test_a_name_of_any_length_keeps_the_style_and_the_lock(
    title: str, uv: str, root: Path, tmp_path: Path
) -> None:
    distribution = title.lower().replace(" ", "-")
    make_project(root, tmp_path, Names(distribution.replace("-", "_"), distribution, title))
    ruff, renamed = [sys.executable, "-m", "ruff"], ["--exclude", LIBRARY, "."]
    for command in (  # Python cannot call these tools without a process
        [*ruff, "check", *renamed],
        [*ruff, "format", "--check", *renamed],
        [uv, "lock", "--check"],
    ):
        done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr
