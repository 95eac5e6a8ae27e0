"""What the user can correct is told in one message; everything else keeps its traceback."""

import logging
import sys
from pathlib import Path
from typing import Any

import pytest
from kedro.io import DataCatalog, DatasetError
from kedro.validation import ParameterValidationError
from kedro_datasets.json import JSONDataset

from kedro_sweep.errors import AllTrialsFailedError, InputError
from kedro_sweep.hooks import ErrorHooks
from kedro_sweep.hooks.error_hooks import show_error


def show(error: BaseException) -> None:
    """Show an error that was raised somewhere."""
    try:
        raise error
    except BaseException as raised:
        show_error(type(raised), raised, raised.__traceback__)


@pytest.mark.parametrize(
    "error_type", [InputError, AllTrialsFailedError, DatasetError, ParameterValidationError]
)
def test_an_error_of_the_user_is_shown_as_its_message_alone(
    error_type: type[Exception],
    caplog: pytest.LogCaptureFixture,
    capsys: pytest.CaptureFixture[str],
) -> None:
    show(error_type("features [red]pH[/red] must be numbers"))
    [record] = caplog.records
    assert record.levelno == logging.ERROR
    assert "features [red]pH[/red] must be numbers" in record.getMessage()
    assert record.exc_info is None
    # Rich must not read the square brackets of a message as markup.
    assert record.__dict__["markup"] is False
    assert "Traceback" not in capsys.readouterr().err


def load(file: Path) -> DatasetError:
    """Load a file that cannot be loaded."""
    catalog = DataCatalog({"table": JSONDataset(filepath=str(file))})
    with pytest.raises(DatasetError) as caught:
        catalog.load("table")
    return caught.value


def test_a_file_that_is_not_there_is_shown_with_the_remedy(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    show(load(tmp_path / "table.json"))
    [message] = caplog.messages
    assert "table.json" in message
    assert message.endswith("or correct its entry in conf/base/catalog.yml.")


def test_a_file_that_is_damaged_is_shown_with_the_remedy(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "table.json").touch()
    show(load(tmp_path / "table.json"))
    [message] = caplog.messages
    assert "table.json" in message
    assert "The file is damaged or of another format" in message


class _WrongInput(JSONDataset):  # type: ignore[misc]  # not typed
    """Finds that the user has something to correct."""

    def load(self) -> Any:
        raise InputError("Line 7 is damaged: delete it.")


class _Wrong(JSONDataset):  # type: ignore[misc]  # not typed
    """Has a mistake in its code."""

    def load(self) -> Any:
        raise KeyError("key")


def test_an_input_error_of_a_dataset_is_shown_without_what_kedro_says_around_it(
    caplog: pytest.LogCaptureFixture,
) -> None:
    with pytest.raises(DatasetError) as caught:
        DataCatalog({"table": _WrongInput(filepath="table.json")}).load("table")
    show(caught.value)
    assert caplog.messages == ["Line 7 is damaged: delete it."]


def test_a_mistake_in_the_code_of_a_dataset_keeps_its_traceback(
    caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(DatasetError) as caught:
        DataCatalog({"table": _Wrong(filepath="table.json")}).load("table")
    show(caught.value)
    assert "KeyError: 'key'" in capsys.readouterr().err
    assert not caplog.records


def test_any_other_error_keeps_its_traceback(
    caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]
) -> None:
    show(ZeroDivisionError("a mistake in the code"))
    printed = capsys.readouterr().err
    assert "Traceback (most recent call last)" in printed
    assert "ZeroDivisionError: a mistake in the code" in printed
    assert not caplog.records


def test_the_hook_replaces_what_python_prints(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "excepthook", sys.__excepthook__)
    ErrorHooks().after_context_created()
    assert sys.excepthook is show_error
