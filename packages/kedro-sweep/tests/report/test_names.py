"""A name is shown so that it can be seen, and told from others."""

import numpy as np
import pytest

from kedro_sweep.report.names import show_name


@pytest.mark.parametrize("name", ["heart rate [/min]", "🍷 it's", "日本語", 5, np.str_("a")])
def test_a_plain_name_is_shown_as_it_is(name: object) -> None:
    assert show_name(name) == str(name)


@pytest.mark.parametrize("name", ["", " ", "yes ", "a  b", "a\nb", "a\u200b", "\u202eabc"])
def test_what_cannot_be_seen_is_shown_in_quotes(name: str) -> None:
    assert show_name(name) == repr(name)
    assert show_name(name).isprintable()
