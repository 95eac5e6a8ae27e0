"""Warnings of fits are counted, and shown once."""

import warnings

import pytest

from kedro_sweep.search import log_warnings
from kedro_sweep.search.trial._fit_warnings import count_warnings


def warn(*texts: str) -> None:
    for text in texts:
        warnings.warn(text, RuntimeWarning, stacklevel=2)


def test_warnings_are_counted_by_their_first_line() -> None:
    with count_warnings() as counts:
        warn("slow:\n  3 steps", "slow:\n  4 steps", "odd")
    assert counts == {"RuntimeWarning: slow": 2, "RuntimeWarning: odd": 1}


def test_each_is_logged_once_instead_of_printed(caplog: pytest.LogCaptureFixture) -> None:
    with warnings.catch_warnings(record=True) as printed, log_warnings():
        warn("slow", "odd", "slow")
    assert caplog.messages == ["RuntimeWarning: slow (2 times)", "RuntimeWarning: odd"]
    assert printed == []


def test_what_is_to_be_ignored_is_not_counted() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)
        with count_warnings() as counts:
            warn("slow")
    assert counts == {}
