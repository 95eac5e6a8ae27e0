"""A run logs no password, shows names as they are, and logs as its configuration says."""

import logging
import re
import shutil
from collections.abc import Callable, Iterator
from io import StringIO
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from kedro.logging import RichHandler
from rich.console import Console

from kedro_sweep.hooks import _error_hooks as logging_hooks
from kedro_sweep.hooks._error_hooks import LoggingHooks, read_logging
from kedro_sweep.startup import redact_record

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


@pytest.fixture
def printed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[], str]]:
    """What Kedro's own handler prints in a project that has no logging.yml."""
    monkeypatch.chdir(tmp_path)
    console = Console(file=StringIO(), width=200, force_terminal=True, color_system="truecolor")
    logging.root.addHandler(handler := RichHandler(console=console, show_path=False, show_time=False))
    context: Any = SimpleNamespace(config_loader=SimpleNamespace(conf_source=str(tmp_path)))
    LoggingHooks().after_context_created(context)
    assert isinstance(console.file, StringIO)
    yield console.file.getvalue
    logging.root.removeHandler(handler)
    logging.captureWarnings(False)


@pytest.mark.parametrize("logger", ["kedro_sweep.tables", "my_project.nodes", "py.warnings"])
def test_square_brackets_are_shown(logger: str, printed: Callable[[], str]) -> None:
    logging.getLogger(logger).warning("The target '%s' has gaps", "heart [red]rate [/min]")
    assert "'heart [red]rate [/min]'" in _remove_colors(printed())


def test_a_message_may_still_ask_for_markup(printed: Callable[[], str]) -> None:
    logging.getLogger("my_project").warning("[red]stop[/red]", extra={"markup": True})
    assert "[red]" not in printed()


def test_kedro_still_colors_the_names_of_datasets(printed: Callable[[], str]) -> None:
    colored = {"rich_format": ["dark_orange"]}  # as kedro.io.data_catalog does
    logging.getLogger("kedro.io").warning("Loading data from %s", "raw", extra=colored)
    assert "dark_orange" not in printed()
    assert "38;5;208mraw" in printed()


def _remove_colors(text: str) -> str:
    return re.sub(r"\x1b\[[0-9;]*m", "", text)


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


def test_a_handler_that_formats_errors_itself_shows_no_password() -> None:
    """As a RichHandler with rich_tracebacks, or a formatter of JSON, does."""

    class OwnFormatter(logging.Formatter):
        def formatException(self, ei: Any) -> str:  # noqa: N802  # the name that logging calls
            return f"<{ei[1]}>"

    for url, expected in (("http://me:hunter2@host", "ConnectionError: http://***@host"), ("a", "<a>")):
        error = ConnectionError(url)
        record = logging.makeLogRecord({"msg": "No", "exc_info": (type(error), error, None)})
        assert redact_record(record)
        assert OwnFormatter().format(record) == f"No\n{expected}"


def test_a_malformed_message_is_left_to_the_handler() -> None:
    record = logging.makeLogRecord({"msg": "%d", "args": ("one",)})
    assert redact_record(record)
    assert record.args == ("one",)
