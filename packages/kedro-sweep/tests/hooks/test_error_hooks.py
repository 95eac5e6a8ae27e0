"""Errors that the user can fix get one message, and a run logs no password and names as they are."""

import errno
import logging
import os
import re
import shutil
import sys
from collections.abc import Callable, Iterator
from io import StringIO
from pathlib import Path
from types import SimpleNamespace
from typing import Any, NoReturn

import fsspec
import pandas as pd
import pytest
from kedro.config import OmegaConfigLoader
from kedro.io import DataCatalog, DatasetError
from kedro.logging import RichHandler
from kedro.pipeline import Pipeline, node, pipeline
from kedro.runner import ThreadRunner
from kedro.utils import load_obj
from kedro.validation import CheckFailure, DataValidationError, ParameterValidationError
from kedro_datasets.json import JSONDataset
from kedro_datasets.pandas import CSVDataset, ParquetDataset
from rich.console import Console

from kedro_sweep.errors import AllTrialsFailedError, InputError
from kedro_sweep.hooks import _error_hooks
from kedro_sweep.hooks._error_hooks import (
    DAMAGED_REMEDY,
    ENTRY_REMEDY,
    FILE_REMEDIES,
    REMEDIES,
    SYSTEM_REMEDIES,
    MessageHooks,
    explain,
    read_logging,
    show_error,
)
from kedro_sweep.startup import redact_record

Show = Callable[..., str]
PARQUET: bytes = pd.DataFrame({"pH": [3.2]}).to_parquet()


def show(action: Callable[..., Any], *arguments: Any) -> None:
    """Run code that fails, and show the error as Python would."""
    with pytest.raises(BaseException) as caught:  # noqa: PT011
        action(*arguments)
    show_error(caught.type, caught.value, caught.tb)


@pytest.fixture(autouse=True)
def own_excepthook(monkeypatch: pytest.MonkeyPatch) -> None:
    """Restore what prints errors after each test."""
    monkeypatch.setattr(sys, "excepthook", sys.__excepthook__)


def make_context(conf: Path) -> Any:
    """The context of a project with a folder of configuration."""
    return SimpleNamespace(config_loader=SimpleNamespace(conf_source=str(conf)))


@pytest.fixture
def tell(caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]) -> Show:
    """Run code that fails; return the one message shown, without a traceback."""

    def tell(action: Callable[..., Any], *arguments: Any) -> str:
        show(action, *arguments)
        [record] = caplog.records
        assert record.levelno == logging.ERROR
        assert record.exc_info is None
        # Rich must not read the square brackets of a message as markup.
        assert record.__dict__["markup"] is False
        assert capsys.readouterr().err == ""
        return record.getMessage()

    return tell


@pytest.fixture
def keep_traceback(
    caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]
) -> Callable[..., str]:
    """Run code that fails; return the traceback shown."""

    def keep_traceback(action: Callable[..., Any], *arguments: Any) -> str:
        show(action, *arguments)
        assert caplog.records == []
        printed = capsys.readouterr().err
        assert printed.startswith("Traceback (most recent call last)") or "direct cause" in printed
        return printed

    return keep_traceback


def fail(error: BaseException, cause: BaseException | None = None) -> NoReturn:
    raise error from cause


def configure(folder: Path, env: str = "base", **files: str) -> OmegaConfigLoader:
    """Write a configuration and make its loader."""
    for name, text in files.items():
        file = folder / f"base/{name}.yml"
        file.parent.mkdir(exist_ok=True)
        file.write_text(text)
    return OmegaConfigLoader(str(folder), env, base_env="base", default_run_env="base")


def read(folder: Path, name: str, text: str, env: str = "base") -> Any:
    return configure(folder, env, **{name: text})[name]


def use_credentials(entry: dict[str, str]) -> DataCatalog:
    return DataCatalog.from_config({"table": entry}, credentials={})


SHARED = (AttributeError, ValueError)
# By the class of the error, as in REMEDIES (with how the text begins, for those in SHARED): what raises
# it, and a part of its message.
MISTAKES: dict[str, tuple[Callable[[Path], Any], str]] = {
    "InputError": (lambda _: fail(InputError("features 'pH'")), "features 'pH'"),
    "ParameterValidationError": (
        lambda _: fail(ParameterValidationError("sweep.cv: 1 is not allowed")),
        "sweep.cv: 1 is not allowed",
    ),
    "DataValidationError": (
        lambda _: fail(DataValidationError("", failures=[CheckFailure("gaps", column="pH")])),
        "pH: gaps — 1 case",
    ),
    "MissingConfigException": (lambda folder: read(folder, "catalog", "{}", env="nowhere"), "nowhere"),
    "InterpolationResolutionError": (
        lambda folder: read(folder, "credentials", "url: ${oc.env:NOT_SET_ANYWHERE}"),
        "NOT_SET_ANYWHERE",
    ),
    "KeyError": (
        lambda _: use_credentials({"type": "json.JSONDataset", "filepath": "a", "credentials": "mine"}),
        "Unable to find credentials 'mine'",
    ),
    "ValueError: Failed to find the pipeline named": (
        lambda _: fail(ValueError("Failed to find the pipeline named 'dss'.")),
        "Failed to find the pipeline named 'dss'.",
    ),
    "AttributeError: The following datasets cannot be used with multiprocessing": (
        lambda _: fail(AttributeError("The following datasets cannot be used with multiprocessing: a")),
        "multiprocessing: a",
    ),
    "AttributeError: module 'kedro.runner' has no attribute": (
        lambda _: load_obj("ParalelRunner", "kedro.runner"),
        "has no attribute 'ParalelRunner'",
    ),
    "ValueError: Pipeline does not contain": (
        lambda _: Pipeline([]).filter(from_nodes=["ds.fit"]),
        "nodes named ['ds.fit']",
    ),
    "ValueError: Pipeline contains no nodes after applying": (
        lambda _: Pipeline([]).filter(),
        "after applying all provided filters",
    ),
    "ValueError: Pipeline input(s) {'params:": (
        lambda _: fail(ValueError("Pipeline input(s) {'params:drop'} not found in the DataCatalog")),
        "{'params:drop'} not found",
    ),
    "ValueError: Pipeline input(s)": (
        lambda _: fail(ValueError("Pipeline input(s) {'run_results'} not found in the DataCatalog")),
        "{'run_results'} not found",
    ),
    "YAMLError": (lambda folder: read(folder, "catalog", "a: 1\nb\nc: 2"), "catalog.yml"),
}


@pytest.mark.parametrize(
    ("name", "remedy"),
    [
        (f"{error_type.__name__}: {start}" if error_type in SHARED else error_type.__name__, remedy)
        for (error_type, start), remedy in REMEDIES.items()
    ],
)
def test_every_mistake_of_the_user_is_one_message_with_its_remedy(
    name: str, remedy: str, tmp_path: Path, tell: Show
) -> None:
    make_mistake, expected = MISTAKES[name]
    message = tell(make_mistake, tmp_path)
    assert expected in message
    assert message.endswith(remedy)


@pytest.mark.parametrize(
    ("code", "wrapped"),
    [
        *((code, wrapped) for code in SYSTEM_REMEDIES for wrapped in (True, False)),
        *((code, True) for code in FILE_REMEDIES),
    ],
)
def test_what_the_system_refuses_is_one_message_with_the_file_and_the_remedy(
    code: int, wrapped: bool, tell: Show
) -> None:
    error = OSError(code, os.strerror(code), "data/table.csv")
    message = tell(fail, DatasetError("table: Failed while saving.") if wrapped else error, error)
    assert f"{os.strerror(code)}: 'data/table.csv'" in message
    assert message.endswith((SYSTEM_REMEDIES | FILE_REMEDIES)[code])
    assert message.startswith("table: Failed while saving.") is wrapped


@pytest.mark.parametrize("code", FILE_REMEDIES, ids=errno.errorcode.get)
def test_a_missing_file_that_no_dataset_reads_keeps_its_traceback(
    code: int, keep_traceback: Callable[..., str]
) -> None:
    assert "data/table.csv" in keep_traceback(fail, OSError(code, os.strerror(code), "data/table.csv"))


def test_a_message_is_shown_as_it_is(tell: Show) -> None:
    text = "the features [red]pH[/red] must be one of ['pH', 'alcohol'] or 'all'"
    assert tell(fail, AllTrialsFailedError(text)) == text


def load(dataset: Any) -> Any:
    return DataCatalog({"table": dataset}).load("table")


def test_a_file_that_is_not_there_is_named_with_the_remedy(tmp_path: Path, tell: Show) -> None:
    message = tell(load, CSVDataset(filepath=str(tmp_path / "table.csv")))
    assert f"{tmp_path}/table.csv" in message
    assert message.endswith(FILE_REMEDIES[errno.ENOENT])


@pytest.mark.parametrize(
    ("dataset", "content", "reason"),
    [
        (JSONDataset, b"", "Expecting value"),
        (JSONDataset, b'{"acc": ', "Expecting value"),
        (CSVDataset, b"", "No columns to parse"),
        (CSVDataset, b"a,b\n1,2\n1,2,3\n", "Expected 2 fields in line 3, saw 3"),
        (CSVDataset, "köln\n1\n".encode("latin-1"), "can't decode byte 0xf6"),
        (ParquetDataset, b"", "Parquet file size is 0 bytes"),
        (ParquetDataset, PARQUET[:-1], "Parquet magic bytes not found in footer"),
        (ParquetDataset, b"PAR1" + bytes(4) + PARQUET[8:], "deserialize thrift"),
    ],
)
def test_a_damaged_file_is_named_with_what_is_wrong_and_the_remedy(
    dataset: Any, content: bytes, reason: str, tmp_path: Path, tell: Show
) -> None:
    file = tmp_path / "table"
    file.write_bytes(content)
    message = tell(load, dataset(filepath=str(file)))
    assert str(file) in message
    assert reason in message
    assert message.endswith(DAMAGED_REMEDY)


@pytest.mark.parametrize(
    "entry",
    [
        {"type": "json.NoDataset", "filepath": "a.json"},
        {"type": "json.JSONDataset", "filepath": "a.json", "colour": "red"},
        {"filepath": "a.json"},
    ],
    ids=["no such dataset", "no such argument", "no dataset"],
)
def test_a_mistake_in_the_catalog_is_named_with_the_remedy(entry: dict[str, str], tell: Show) -> None:
    message = tell(lambda: DataCatalog.from_config({"table": entry}).load("table"))
    assert "'table'" in message
    assert message.endswith(ENTRY_REMEDY)


class _WrongInput(JSONDataset):  # type: ignore[misc]  # not typed
    """Finds that the user has something to correct."""

    def load(self) -> Any:
        raise InputError("Line 7 is damaged: delete it.")


class _Wrong(JSONDataset):  # type: ignore[misc]  # not typed
    """Has a mistake in its code."""

    def load(self) -> Any:
        raise KeyError("key")


def test_an_input_error_of_a_dataset_is_shown_without_what_kedro_says_around_it(tell: Show) -> None:
    message = tell(load, _WrongInput(filepath="table.json"))
    assert message == "Line 7 is damaged: delete it."


def test_a_mistake_in_the_code_of_a_dataset_keeps_its_traceback(
    keep_traceback: Callable[..., str],
) -> None:
    printed = keep_traceback(load, _Wrong(filepath="table.json"))
    assert "KeyError: 'key'" in printed
    assert "DatasetError" in printed


def test_a_table_that_a_file_cannot_hold_is_not_called_a_damaged_file(
    tmp_path: Path, keep_traceback: Callable[..., str]
) -> None:
    catalog = DataCatalog({"table": ParquetDataset(filepath=str(tmp_path / "table"))})
    assert "ArrowInvalid" in keep_traceback(catalog.save, "table", pd.DataFrame({"a": [1, "b"]}))


@pytest.mark.parametrize(
    "error",
    [
        ZeroDivisionError("a mistake in the code"),
        KeyError("column"),
        ValueError("no pipeline"),
        OSError(),
    ],
    ids=repr,
)
def test_any_other_error_keeps_its_traceback(
    error: Exception, keep_traceback: Callable[..., str]
) -> None:
    assert type(error).__name__ in keep_traceback(fail, error).splitlines()[-1]


def test_the_traceback_of_a_message_is_logged_for_those_who_look(
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.DEBUG, logger="kedro_sweep")
    error = InputError("the table is empty")
    show(fail, error)
    message, traceback = caplog.records
    assert (message.levelno, traceback.levelno) == (logging.ERROR, logging.DEBUG)
    assert traceback.exc_info is not None
    assert traceback.exc_info[:2] == (InputError, error)
    assert "in fail" in caplog.text


def test_the_hook_replaces_what_python_prints(conf: Path) -> None:
    MessageHooks().after_context_created(make_context(conf))
    assert sys.excepthook is show_error


def test_a_missing_package_for_excel_is_named_with_its_command() -> None:
    error = DatasetError("raw: Failed while loading data from dataset")
    error.__cause__ = ImportError("Missing optional dependency 'openpyxl'")
    assert re.fullmatch(r"Excel files need openpyxl: run `.*excel.*`.", explain(error), re.DOTALL)


def test_a_password_is_neither_in_a_traceback_nor_in_a_message(tell: Show, keep_traceback: Show) -> None:
    url = "http://me:hunter2@host/api"
    assert f"to {url.replace('me:hunter2', '***')} failed" in keep_traceback(
        fail, RuntimeError(f"to {url} failed")
    )
    assert "hunter2" not in tell(fail, InputError(f"{url} is unknown"))


def run_failing_node(error: Exception) -> None:
    def fail_in_node() -> int:
        raise error

    runner = ThreadRunner(max_workers=1)  # as every runner, it gives advice before the error leaves it
    runner.run(pipeline([node(fail_in_node, inputs=None, outputs="n", name="n")]), DataCatalog())


@pytest.mark.parametrize(
    ("error", "has_advice"),
    [
        (InputError("frac 2 is not allowed"), False),
        (DatasetError("raw: Failed while loading"), True),
        (ZeroDivisionError(), True),
    ],
    ids=["refusal", "file", "bug"],
)
def test_only_an_error_that_another_run_may_not_repeat_is_followed_by_how_to_resume(
    error: Exception,
    has_advice: bool,
    caplog: pytest.LogCaptureFixture,
    tmp_path: Path,
) -> None:
    MessageHooks().after_context_created(make_context(tmp_path))
    with pytest.raises(type(error)):
        run_failing_node(error)
    assert bool([record for record in caplog.records if "nodes ran" in record.message]) is has_advice


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


@pytest.mark.parametrize("kind", ["gztar", "bztar", "zip", "folder"])
def test_the_file_is_read_from(kind: str, conf: Path, tmp_path: Path) -> None:
    source = conf
    if kind != "folder":
        source = Path(shutil.make_archive(str(tmp_path / "packed"), kind, tmp_path, "conf"))
    assert read_logging(str(source)) == TEXT


def test_the_file_is_read_from_a_remote_folder(conf: Path) -> None:
    fsspec.filesystem("memory").pipe("/bucket/conf/logging.yml", TEXT.encode())
    assert read_logging("memory://bucket/conf") == TEXT


def test_a_configuration_without_the_file_changes_nothing(conf: Path) -> None:
    (conf / "logging.yml").unlink()
    assert read_logging(str(conf)) == ""


def test_logging_is_configured_by_it(conf: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("KEDRO_LOGGING_CONFIG", raising=False)
    MessageHooks().after_context_created(make_context(conf))
    assert logging.getLogger("test_of_logging_hooks").level == logging.CRITICAL


def test_a_file_that_kedro_finds_itself_is_left_to_kedro(
    conf: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(conf.parent)
    monkeypatch.setattr(_error_hooks, "read_logging", lambda _: pytest.fail("read again"))
    MessageHooks().after_context_created(make_context(conf))


@pytest.fixture
def printed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[], str]]:
    """What Kedro's own handler prints in a project that has no logging.yml."""
    monkeypatch.chdir(tmp_path)
    console = Console(file=StringIO(), width=200, force_terminal=True, color_system="truecolor")
    logging.root.addHandler(handler := RichHandler(console=console, show_path=False, show_time=False))
    MessageHooks().after_context_created(make_context(tmp_path))
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
    MessageHooks().after_context_created(make_context(conf))
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
