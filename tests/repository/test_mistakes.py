"""A mistake of the user stops the run with one message, and nothing is made."""

import sys
from collections.abc import Callable
from typing import Any

import pytest
from kedro.io import DatasetError
from kedro.validation import ParameterValidationError
from kedro_sweep.errors import InputError

from tests.conftest import Project

Refused = Callable[..., str]


@pytest.fixture
def refused(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]
) -> Refused:
    """Run pipelines, which must fail, and give the one message that Python then prints."""

    def run(project: Project, *pipelines: str) -> str:
        monkeypatch.setattr(sys, "excepthook", sys.__excepthook__)
        with pytest.raises((InputError, ParameterValidationError, DatasetError)) as stopped:
            project.run_here(*pipelines)
        caplog.clear()
        sys.excepthook(stopped.type, stopped.value, stopped.tb)
        assert "Traceback" not in capsys.readouterr().err
        [message] = caplog.messages
        return message

    return run


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"sweep": {"n_trial": 5}}, "'sweep': n_trial: 5 is not allowed, there is no such key"),
        (
            {"model": {"params": {"max_depth": 3}}},
            "search_space.max_depth is also fixed under model.params",
        ),
        ({"features": ["pH", "proof"]}, "The raw table lacks the columns ['proof']"),
    ],
)
def test_a_mistake_in_the_parameters_is_named(
    changes: dict[str, Any], message: str, project: Project, refused: Refused
) -> None:
    project.configure(**changes)
    assert message in refused(project)
    # Only that it ran is on record.
    assert {path.name for path in (project.path / "data").iterdir()} <= {"01_raw", "09_tracking"}


def test_a_missing_table_is_named_with_its_remedy(project: Project, refused: Refused) -> None:
    (project.path / "data/01_raw/WineQT.csv").unlink()
    message = refused(project)
    assert "WineQT.csv" in message
    assert "Put the file there, run the pipeline that makes it, or correct its entry in" in message


def test_a_sweep_of_failures_gives_the_first_reason(prepared: Project, refused: Refused) -> None:
    # Each is allowed by itself; only a fit finds that they exclude each other.
    prepared.configure(model={"params": {"bootstrap": False, "oob_score": True}}, sweep={"n_trials": 3})
    message = refused(prepared, "ds")
    assert "None of the 3 trials of study RandomForestClassifier-" in message
    assert "The first failed with ValueError: Out of bag estimation only available" in message
    assert not (prepared.path / "data/07_model_output/best_params.json").exists()
