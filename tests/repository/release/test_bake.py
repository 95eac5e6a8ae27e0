"""A project made the way a user does: from a repository at a tag, then run, checked and packaged.

These are the commands themselves, each in the environment that it installs. The project and its
environment are made once; the tests run in this order. All installers find a newer package with the
library's name, as they would if someone else published one: none may install it.
"""

import os
import shutil
import subprocess
from collections.abc import Callable
from filecmp import dircmp
from pathlib import Path
from zipfile import ZipFile

import pytest
from optuna.trial import TrialState
from starter.new_project import Names, make_project

from tests.conftest import Project

Shell = Callable[..., str]

HIDDEN = ("COV", "GIT", "KEDRO", "MAKE", "PYTEST", "PYTHON", "UV_PROJECT", "VIRTUAL_ENV")


@pytest.fixture(scope="module")
def forged(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a package that only has the library's name."""
    folder = tmp_path_factory.mktemp("forged")
    information = "kedro_sweep-99.0.dist-info"
    with ZipFile(folder / "kedro_sweep-99.0-py3-none-any.whl", "w") as wheel:
        wheel.writestr("kedro_sweep/__init__.py", "raise SystemExit('forged')")
        wheel.writestr(
            f"{information}/METADATA", "Metadata-Version: 2.1\nName: kedro-sweep\nVersion: 99.0"
        )
        wheel.writestr(
            f"{information}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any"
        )
        wheel.writestr(f"{information}/RECORD", "")
    return folder


@pytest.fixture(scope="module")
def shell(root: Path, forged: Path, tmp_path_factory: pytest.TempPathFactory) -> Shell:
    """Run a command that must succeed, outside the environment of the tests, and return its output."""
    home = tmp_path_factory.mktemp("cookiecutter")
    settings = home / "settings.yml"
    settings.write_text(f"cookiecutters_dir: {home}/clones\nreplay_dir: {home}/replay\n")
    env = {name: value for name, value in os.environ.items() if not name.startswith(HIDDEN)}
    # If the machine has no uv, use this repository's instead of installing another.
    env["PATH"] = os.pathsep.join([env["PATH"], str(root / ".uv/bin")])
    env |= {"COOKIECUTTER_CONFIG": str(settings), "DO_NOT_TRACK": "1", "COLUMNS": "200"}
    # Compile only what is imported, and start no more processes than needed.
    env |= {"UV_FIND_LINKS": str(forged), "PIP_FIND_LINKS": str(forged)}
    env |= {"UV_NO_CONFIG": "1", "UV_COMPILE_BYTECODE": "0", "PYTEST_XDIST_AUTO_NUM_WORKERS": "0"}

    def run(*command: str | Path, cwd: Path) -> str:
        done = subprocess.run(
            command,
            cwd=cwd,
            env=env,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stdout
        return done.stdout

    return run


@pytest.fixture(scope="module")
def repository(root: Path, shell: Shell, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A repository whose tag v1 has this one's files."""
    repository = tmp_path_factory.mktemp("repository")
    for name in shell("git", "ls-files", "-z", cwd=root).split("\0")[:-1]:
        if (root / name).is_file():
            (repository / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(root / name, repository / name)
    git = ("git", "-c", "user.name=test", "-c", "user.email=test@example.com")
    for command in ("init", "add .", "commit -m First", "tag v1", "rm -r src", "commit -m Second"):
        shell(*git, *command.split(), cwd=repository)
    return repository


@pytest.fixture(scope="module")
def project(
    root: Path, repository: Path, shell: Shell, tmp_path_factory: pytest.TempPathFactory
) -> Path:
    """The project that `kedro new` makes from tag v1."""
    folder = tmp_path_factory.mktemp("bake")
    starter = (f"--starter=git+file://{repository}", "--checkout=v1", "--directory=starter")
    kedro = root / ".venv/bin/kedro"
    shell(kedro, "new", *starter, "--name=My Project", cwd=folder)
    shell("git", "init", cwd=folder / "my-project")
    shell("git", "add", ".", cwd=folder / "my-project")
    return folder / "my-project"


@pytest.fixture(scope="module")
def packages(project: Path, shell: Shell) -> Path:
    """The folder that `make package` fills."""
    shell("make", "package", cwd=project)
    return project / "dist"


def test_a_tag_gives_the_project_that_the_files_give_with_the_address_of_its_repository(
    root: Path, repository: Path, project: Path, tmp_path: Path
) -> None:
    names = Names("my_project", "my-project", "My Project")
    make_project(root, tmp_path, names, f"file://{repository}")
    difference = dircmp(tmp_path, project, ignore=[".git"])
    assert (difference.left_only, difference.right_only) == ([], ["README.md"])
    assert difference.diff_files == []


def test_make_run_finishes_and_git_sees_no_output(project: Path, shell: Shell) -> None:
    printed = shell("make", "run", cwd=project)
    assert "Quote accuracy 0." in printed
    assert "opens the report" in printed
    [trials] = Project(project).studies().values()
    assert [trial.number for trial in trials] == list(range(100))
    assert {trial.state for trial in trials} == {TrialState.COMPLETE}
    assert list(project.glob("data/06_models/model.pkl/*/model.pkl"))
    assert shell("git", "ls-files", "--others", "--exclude-standard", cwd=project) == ""
    assert shell("git", "diff", cwd=project) == ""


def test_make_lint_finds_nothing(project: Path, shell: Shell) -> None:
    shell("make", "lint", cwd=project)


def test_make_test_passes(project: Path, shell: Shell) -> None:
    assert " passed" in shell("make", "test", cwd=project)


def test_make_docs_builds_the_page(project: Path, shell: Shell) -> None:
    shell("make", "docs", cwd=project)
    assert "My Project" in (project / "docs/_build/html/index.html").read_text()


def test_the_packages_hold_the_code_of_both_and_the_templates_of_pages(packages: Path) -> None:
    wheels = sorted(packages.glob("*.whl"))
    assert [wheel.name.partition("-")[0] for wheel in wheels] == ["kedro_sweep", "my_project"]
    library, project = ({*ZipFile(wheel).namelist()} for wheel in wheels)
    assert {"report.html", "comparison.html", "comparison.js", "style.css"} <= {
        name.removeprefix("kedro_sweep/report/templates/") for name in library
    }
    assert {"my_project/settings.py", "my_project/pipelines/data_science/nodes.py"} <= project
    assert (packages / "conf-my_project.tar.gz").is_file()


def test_the_packages_run_together_elsewhere(
    packages: Path, project: Path, shell: Shell, tmp_path: Path
) -> None:
    wheels = sorted(packages.glob("*.whl"))
    shutil.copytree(project / "data/01_raw", tmp_path / "data/01_raw")
    shell("uv", "venv", ".venv", cwd=tmp_path)
    pins = ("--constraints", project / "requirements.txt")
    _, alone = wheels
    assert "kedro-sweep" not in shell("uv", "pip", "install", "--dry-run", *pins, alone, cwd=tmp_path)
    shell("uv", "pip", "install", *pins, *wheels, cwd=tmp_path)
    output = shell(
        tmp_path / ".venv/bin/my-project",
        f"--conf-source={packages / 'conf-my_project.tar.gz'}",
        "--params=sweep.n_trials=2",
        # The page needs the library's templates. Figures would only add time.
        "--to-outputs=model,runs_comparison_page",
        cwd=tmp_path,
    )
    assert "Best accuracy 0." in output
    assert list(tmp_path.glob("data/06_models/model.pkl/*/model.pkl"))
    assert (tmp_path / "data/08_reporting/runs_comparison.html").is_file()
