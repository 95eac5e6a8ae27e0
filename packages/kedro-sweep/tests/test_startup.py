"""Commands start without warnings that a user cannot act on."""

import logging
from importlib.metadata import entry_points

import pytest
from kedro.framework.cli.utils import ENTRY_POINT_GROUPS


@pytest.mark.parametrize(
    "useless",
    [
        "\x1b[33mAdd type hints to the `predict` method to enable data validation",
        "layout.py:5: UserWarning: Glyph 127863 (\\N{WINE GLASS}) missing from font(s) DejaVu Sans.",
    ],
)
def test_a_warning_that_a_user_cannot_act_on_is_hidden(
    useless: str, caplog: pytest.LogCaptureFixture
) -> None:
    [start] = entry_points(group=ENTRY_POINT_GROUPS["init"], name="sweep")
    start.load()()
    warned = logging.getLogger("py.warnings")
    warned.warning("%s", useless)
    warned.warning("%s", "another")
    assert caplog.messages == ["another"]
