"""What the user can mend is told in one message, before any work; all else keeps its traceback."""

import logging
import sys
from pathlib import Path
from typing import Any

import pytest
from kedro.framework.context import KedroContext
from kedro.io import DataCatalog, DatasetError, MemoryDataset
from kedro.validation import ParameterValidationError
from kedro_datasets.pandas import CSVDataset
from wine_sweep.pipelines import data_processing, data_science

from kedro_sweep.hooks import ErrorHooks, ParameterHooks, check_known, show_error
from kedro_sweep.search import AllTrialsFailedError, InputError, Model, SearchSpace

# As Kedro describes a run that was started without parameters of its own.
RUN: dict[str, Any] = {"runtime_params": {}}


@pytest.fixture
def catalog(parameters: dict[str, Any]) -> DataCatalog:
    """A space that does not fit the model."""
    space = {"depth": {"type": "int", "low": 1, "high": 3}}
    return DataCatalog(
        {
            "params:model": MemoryDataset(Model.model_validate(parameters["model"])),
            "params:search_space": MemoryDataset(SearchSpace.model_validate(space)),
        }
    )


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
    # Square brackets of a message are no markup of Rich.
    assert record.__dict__["markup"] is False
    assert "Traceback" not in capsys.readouterr().err


def test_a_file_that_is_not_there_is_shown_with_the_remedy(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    catalog = DataCatalog({"table": CSVDataset(filepath=str(tmp_path / "table.csv"))})
    try:
        catalog.load("table")
    except DatasetError as error:
        show(error)
    [record] = caplog.records
    message = record.getMessage()
    assert "table.csv" in message
    assert message.endswith("or correct its entry in conf/base/catalog.yml.")


def test_a_file_that_cannot_be_read_is_shown_without_it(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "table.csv").touch()
    catalog = DataCatalog({"table": CSVDataset(filepath=str(tmp_path / "table.csv"))})
    try:
        catalog.load("table")
    except DatasetError as error:
        show(error)
    [record] = caplog.records
    assert "catalog.yml" not in record.getMessage()


def test_any_other_error_keeps_its_traceback(
    caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]
) -> None:
    show(ZeroDivisionError("a mistake in the code"))
    printed = capsys.readouterr().err
    assert "Traceback (most recent call last)" in printed
    assert "ZeroDivisionError: a mistake in the code" in printed
    assert not caplog.records


def test_the_hook_takes_over_what_python_prints(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "excepthook", sys.__excepthook__)
    context: Any = object.__new__(KedroContext)
    ErrorHooks().after_context_created(context)
    assert sys.excepthook is show_error


def test_a_space_that_does_not_fit_stops_a_run_before_its_first_node(catalog: DataCatalog) -> None:
    pipeline = data_processing.create_pipeline() + data_science.create_pipeline()
    with pytest.raises(InputError, match=r"search_space\.depth is not an argument"):
        ParameterHooks().before_pipeline_run(RUN, pipeline, catalog)


def test_a_run_without_a_search_is_not_stopped(catalog: DataCatalog) -> None:
    ParameterHooks().before_pipeline_run(RUN, data_processing.create_pipeline(), catalog)


def test_a_parameter_of_the_command_line_that_nothing_reads_is_refused() -> None:
    check_known(["sweep"], {"frac", "sweep"})
    with pytest.raises(InputError, match=r"n_trials: nothing in this run reads .* \['frac', 'sweep'\]"):
        check_known(["sweep", "n_trials"], {"frac", "sweep"})
