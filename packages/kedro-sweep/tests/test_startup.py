"""Commands start without warnings that a user cannot act on."""

import logging
from importlib.metadata import entry_points

import pytest
from kedro.framework.cli.utils import ENTRY_POINT_GROUPS


def test_the_warning_about_a_class_of_kedro_mlflow_is_hidden(caplog: pytest.LogCaptureFixture) -> None:
    [start] = entry_points(group=ENTRY_POINT_GROUPS["init"], name="sweep")
    start.load()()
    warned = logging.getLogger("py.warnings")
    warned.warning("%s", "\x1b[33mAdd type hints to the `predict` method to enable data validation")
    warned.warning("%s", "another")
    assert caplog.messages == ["another"]
