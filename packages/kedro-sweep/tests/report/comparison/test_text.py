"""Values of all kinds stay readable."""

from typing import Any

import pytest

from kedro_sweep.report.comparison.text import show_score, show_value


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, "null"),
        (True, "true"),
        (100.0, "100"),
        (4294967295.0, "4294967295"),
        (0.1234567, "0.1234567"),
        (float("inf"), "inf"),
        ("", '""'),
        ("data/raw.csv", "data/raw.csv"),
        ([1.0, "a", None], "[1, a, null]"),
        ({"a": [], "b": {"c": False}}, "{a: [], b: {c: false}}"),
    ],
)
def test_value_is_written_like_yaml(value: Any, text: str) -> None:
    assert show_value(value) == text


@pytest.mark.parametrize(
    ("score", "text"),
    [
        (0.0, "0.0000"),
        (0.6, "0.6000"),
        (-1.25, "-1.2500"),
        (0.000123456, "0.0001235"),
        (12043.21, "12043.2"),
    ],
)
def test_score_has_the_digits_that_tell(score: float, text: str) -> None:
    assert show_score(score) == text
