"""Commands start without warnings that a user cannot act on."""

import logging
import sys
from importlib.metadata import entry_points
from pathlib import Path
from typing import Any

import pytest
import yaml
from kedro.framework.cli.utils import ENTRY_POINT_GROUPS
from kedro.framework.project import LOGGING
from kedro.utils import load_obj
from rich.console import Console

from kedro_sweep import startup


def start(name: str) -> None:
    """Do what Kedro does when a command starts."""
    [found] = entry_points(group=ENTRY_POINT_GROUPS["init"], name=name)
    found.load()()


def test_warnings_that_a_user_cannot_act_on_are_hidden(caplog: pytest.LogCaptureFixture) -> None:
    start("sweep")
    warned = logging.getLogger("py.warnings")
    warned.warning("%s", "\x1b[33mAdd type hints to the `predict` method to enable data validation")
    warned.warning("%s", r"Glyph 127863 (\N{WINE GLASS}) missing from font(s) DejaVu Sans.")
    warned.warning("%s", "another")
    assert caplog.messages == ["another"]


def test_the_errors_of_a_command_are_explained_before_there_is_a_run(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(sys, "excepthook", sys.__excepthook__)
    start("sweep_errors")
    with pytest.raises(AttributeError) as caught:
        load_obj("ParalelRunner", "kedro.runner")
    sys.excepthook(caught.type, caught.value, caught.tb)
    assert "ThreadRunner and ParallelRunner" in caplog.text


@pytest.fixture
def configured(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> list[dict[str, Any]]:
    """The configurations that are applied, in a folder of a project with a logging.yml."""
    (tmp_path / "pyproject.toml").write_text("[tool.kedro]")
    (tmp_path / "conf/base").mkdir(parents=True)
    handlers = {
        "rich": {"class": "kedro.logging.RichHandler", "level": "ERROR"},
        "own": {"class": "logging.NullHandler"},
    }
    (tmp_path / "conf/logging.yml").write_text(yaml.safe_dump({"version": 1, "handlers": handlers}))
    monkeypatch.chdir(tmp_path / "conf/base")
    monkeypatch.delenv("KEDRO_LOGGING_CONFIG", raising=False)
    applied: list[dict[str, Any]] = []
    monkeypatch.setattr(LOGGING, "configure", applied.append)
    return applied


def test_the_logging_of_a_project_is_found_from_its_folders(
    configured: list[dict[str, Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    start("sweep_logging")
    assert [config["version"] for config in configured] == [1]
    for folder in ("../..", "/"):
        monkeypatch.chdir(folder)
        start("sweep_logging")
    assert configured[1:] == [configured[1]]
    monkeypatch.setenv("KEDRO_LOGGING_CONFIG", "own.yml")
    start("sweep_logging")
    assert len(configured) == 2


@pytest.mark.parametrize("is_terminal", [True, False])
def test_only_a_terminal_breaks_the_lines_of_a_log(
    is_terminal: bool, configured: list[dict[str, Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    console = Console(force_terminal=is_terminal)
    monkeypatch.setattr(startup, "get_console", lambda: console)
    start("sweep_logging")
    [config] = configured
    expected = "kedro.logging.RichHandler" if is_terminal else "logging.StreamHandler"
    assert config["handlers"]["rich"]["class"] == expected
    assert config["handlers"]["rich"]["level"] == "ERROR"
    assert config["handlers"]["own"]["class"] == "logging.NullHandler"
