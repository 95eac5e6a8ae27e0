"""The environment of Kedro-Viz 10.2 is created once, with uv or pip, and announces its page."""

import re
import subprocess
import sys
import webbrowser
from collections.abc import Callable
from pathlib import Path
from socket import create_server
from threading import Thread
from types import SimpleNamespace
from typing import Any

import pytest

import kedro_sweep
from kedro_sweep.errors import InputError
from kedro_sweep.tracking import kedro_viz

PROJECT = """\
[project]
dependencies = ["kedro-sweep[viz]", "Kedro_Sweep", "pandas>=2.3", "my-own-package"]
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    (tmp_path / "pyproject.toml").write_text(PROJECT)
    return tmp_path


@pytest.fixture
def commands(monkeypatch: pytest.MonkeyPatch, project: Path) -> list[list[str]]:
    """The commands that would install the kedro_viz. In place of them, a Python appears in it."""
    commands: list[list[str]] = []

    def run(command: list[str], **_: Any) -> SimpleNamespace:
        commands.append(command)
        python = project / ".venv-experiments/bin/python"
        python.parent.mkdir(parents=True, exist_ok=True)
        python.touch()
        find_packages(project).mkdir(parents=True, exist_ok=True)
        for link in find_packages(project).iterdir():
            link.unlink()
        return SimpleNamespace(returncode=0)

    monkeypatch.setattr(subprocess, "run", run)
    monkeypatch.setattr(kedro_viz, "find_uv", lambda project: "uv")
    return commands


def find_packages(project: Path) -> Path:
    version = ".".join(map(str, sys.version_info[:2]))
    return project / f".venv-experiments/lib/python{version}/site-packages"


def test_uv_installs_the_pins_and_what_the_project_needs_beyond_them(
    project: Path, commands: list[list[str]]
) -> None:
    python = kedro_viz.prepare_environment(project)
    assert python == project / ".venv-experiments/bin/python"
    create, install = commands
    assert create[:2] == ["uv", "venv"]
    assert install[:3] == ["uv", "pip", "install"]
    assert install[-3:] == [str(kedro_viz.REQUIREMENTS), "pandas>=2.3", "my-own-package"]


def test_pip_installs_where_there_is_no_uv(
    project: Path, commands: list[list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(kedro_viz, "find_uv", lambda project: None)
    python = kedro_viz.prepare_environment(project)
    create, install = commands
    assert create[1:3] == ["-m", "venv"]
    assert install[:4] == [str(python), "-m", "pip", "install"]
    assert install[-3:] == [str(kedro_viz.REQUIREMENTS), "pandas>=2.3", "my-own-package"]


@pytest.mark.usefixtures("commands")
def test_the_library_can_be_imported_there(project: Path) -> None:
    kedro_viz.prepare_environment(project)
    link = find_packages(project) / "kedro_sweep"
    assert link.resolve() == Path(kedro_sweep.__file__).parent


def test_what_is_installed_is_not_installed_again(project: Path, commands: list[list[str]]) -> None:
    kedro_viz.prepare_environment(project)
    commands.clear()
    kedro_viz.prepare_environment(project)
    assert commands == []


def change_dependencies(project: Path) -> None:
    (project / "pyproject.toml").write_text(PROJECT.replace("my-own", "another"))


def change_pins(project: Path) -> None:
    kedro_viz.REQUIREMENTS = project / "requirements.txt"
    kedro_viz.REQUIREMENTS.write_text("kedro-viz==10.2.0")


def remove_python(project: Path) -> None:
    (project / ".venv-experiments/bin/python").unlink()


@pytest.mark.parametrize("change", [change_dependencies, change_pins, remove_python])
def test_a_change_installs_it_again(
    change: Callable[[Path], None],
    project: Path,
    commands: list[list[str]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(kedro_viz, "REQUIREMENTS", kedro_viz.REQUIREMENTS)
    kedro_viz.prepare_environment(project)
    commands.clear()
    change(project)
    kedro_viz.prepare_environment(project)
    assert len(commands) == 2


def test_a_failed_installation_names_the_command_and_is_tried_again(
    project: Path, commands: list[list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(subprocess, "run", lambda *_, **__: SimpleNamespace(returncode=2))
        with pytest.raises(InputError, match=r"Kedro-Viz 10\.2 is not installed: `uv venv .*` failed"):
            kedro_viz.prepare_environment(project)
    kedro_viz.prepare_environment(project)
    assert len(commands) == 2


def test_the_pins_hold_the_release_that_has_the_page() -> None:
    pins = kedro_viz.REQUIREMENTS.read_text()
    assert re.search(r"^kedro-viz==10\.2\.0$", pins, re.MULTILINE)


@pytest.mark.parametrize("browser", [True, False])
def test_the_page_is_announced_and_opened_when_the_server_listens(
    browser: bool, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    opened: list[str] = []
    monkeypatch.setattr(webbrowser, "open", opened.append)
    with create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    thread = Thread(target=kedro_viz.announce, args=("127.0.0.1", port, browser))
    thread.start()
    thread.join(timeout=0.3)
    assert thread.is_alive()
    assert capsys.readouterr().out == ""
    with create_server(("127.0.0.1", port)):
        thread.join(timeout=30)
    address = f"http://127.0.0.1:{port}/experiment-tracking"
    assert address in capsys.readouterr().out
    assert opened == [address] * browser
