"""Making projects with the starter, and running commands in them."""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
import yaml

from kedro_sweep_starter.project import list_files

ROOT = Path(__file__).parents[2]

KEDRO = (sys.executable, "-m", "kedro")
NEW = (*KEDRO, "new", "--starter", str(ROOT), "--directory", "starter")

ANSWERS = {
    "project_name": "My Sweep",
    "repo_name": "my-sweep",
    "python_package": "my_sweep",
    "example": "wine",
    "trackers": "all",
}


def read_files(project: Path) -> dict[str, bytes]:
    """The content of every file by its path."""
    return {
        path.relative_to(project).as_posix(): path.read_bytes()
        for path in sorted(project.rglob("*"))
        if path.is_file()
    }


@dataclass(frozen=True)
class Shell:
    """Runs commands that do not see the environment of the tests, nor touch the user's folders."""

    env: dict[str, str]

    def __call__(self, *command: str, cwd: Path, answers: str = "", fails: bool = False) -> str:
        """Run a command, which must succeed or fail as said, and give all that it printed."""
        done = subprocess.run(
            command,
            cwd=cwd,
            env=self.env,
            input=answers,
            text=True,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            check=False,
        )
        assert (done.returncode != 0) == fails, done.stdout
        return done.stdout


@pytest.fixture(scope="session")
def shell(tmp_path_factory: pytest.TempPathFactory) -> Shell:
    home = tmp_path_factory.mktemp("cookiecutter")
    settings = home / "config.yml"
    settings.write_text(
        yaml.safe_dump({"cookiecutters_dir": str(home / "clones"), "replay_dir": str(home / "replay")})
    )
    hidden = ("COV", "KEDRO", "PYTEST", "PYTHON", "UV_PROJECT", "VIRTUAL_ENV")
    env = {name: value for name, value in os.environ.items() if not name.startswith(hidden)}
    # Where uv is not installed, the Makefile keeps one of its own; a new project need not get another.
    path = os.pathsep.join([env["PATH"], str(ROOT / ".uv/bin")])
    author = {
        f"GIT_{who}_{what}": "test" for who in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")
    }
    return Shell(
        env
        | author
        | {"PATH": path, "COOKIECUTTER_CONFIG": str(settings), "DO_NOT_TRACK": "1", "COLUMNS": "300"}
    )


@pytest.fixture(scope="session")
def bake(shell: Shell, tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Path]:
    """Make a project from this working tree, unattended."""

    def make(**answers: str) -> Path:
        config = ANSWERS | answers
        folder = tmp_path_factory.mktemp("bake")
        file = folder / "answers.yml"
        file.write_text(yaml.safe_dump(config))
        shell(*NEW, "--config", str(file), cwd=folder)
        return folder / config["repo_name"]

    return make


@pytest.fixture(scope="session")
def default(bake: Callable[..., Path]) -> Path:
    """The project that the defaults give, as it was made: tests change nothing in it."""
    return bake()


@pytest.fixture(scope="session")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Callable[[], Path]:
    """Copy this project's files, without its history and environment."""

    def make() -> Path:
        folder = tmp_path_factory.mktemp("copy") / "kedro-sweep"
        for name in list_files(ROOT):
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, folder / name)
        return folder

    return make


@pytest.fixture(scope="session")
def uv(shell: Shell) -> str:
    found = shutil.which("uv", path=shell.env["PATH"])
    assert found, "uv is needed: `make setup-dev` installs it"
    return found
