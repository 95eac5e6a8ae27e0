"""A run logs no password, and a packaged project logs as its configuration says."""

import logging
import shutil
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from kedro_sweep.hooks import LoggingHooks, logging_hooks
from kedro_sweep.hooks.logging_hooks import read_logging, redact_record

TEXT = """
version: 1
disable_existing_loggers: false
loggers:
  test_of_logging_hooks: {level: CRITICAL}
"""


@pytest.fixture
def conf(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The configuration of a packaged project, which runs in another folder."""
    (tmp_path / "work").mkdir()
    monkeypatch.chdir(tmp_path / "work")
    conf = tmp_path / "conf"
    conf.mkdir()
    (conf / "logging.yml").write_text(TEXT)
    return conf


@pytest.mark.parametrize("kind", ["gztar", "zip", "folder"])
def test_the_file_is_read_from(kind: str, conf: Path, tmp_path: Path) -> None:
    source = conf
    if kind != "folder":
        source = Path(shutil.make_archive(str(tmp_path / "packed"), kind, tmp_path, "conf"))
    assert read_logging(source) == TEXT


def test_a_configuration_without_the_file_changes_nothing(conf: Path) -> None:
    (conf / "logging.yml").unlink()
    assert read_logging(conf) == ""


def test_logging_is_configured_by_it(conf: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("KEDRO_LOGGING_CONFIG", raising=False)
    context: Any = SimpleNamespace(config_loader=SimpleNamespace(conf_source=str(conf)))
    LoggingHooks().after_context_created(context)
    assert logging.getLogger("test_of_logging_hooks").level == logging.CRITICAL


def test_a_file_that_kedro_finds_itself_is_left_to_kedro(
    conf: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(conf.parent)
    monkeypatch.setattr(logging_hooks, "read_logging", lambda _: pytest.fail("read again"))
    context: Any = SimpleNamespace(config_loader=SimpleNamespace(conf_source=str(conf)))
    LoggingHooks().after_context_created(context)


def test_a_password_is_neither_in_a_message_nor_in_its_traceback(
    conf: Path, caplog: pytest.LogCaptureFixture
) -> None:
    context: Any = SimpleNamespace(config_loader=SimpleNamespace(conf_source=str(conf)))
    LoggingHooks().after_context_created(context)
    other = logging.getLogger("of.another.package")
    try:
        raise ConnectionError("http://me:hunter2@host/a is down")
    except ConnectionError:
        other.exception("No %s and %d", "http://me:hunter2@host/a", 7)
    assert caplog.messages == ["No http://***@host/a and 7"]
    assert "ConnectionError: http://***@host/a is down" in caplog.text
    assert "hunter2" not in caplog.text


def test_a_malformed_message_is_left_to_the_handler() -> None:
    record = logging.makeLogRecord({"msg": "%d", "args": ("one",)})
    assert redact_record(record)
    assert record.args == ("one",)
