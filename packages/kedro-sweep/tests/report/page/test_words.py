"""Numbers, values and names are readable."""

from typing import Any

import pytest

from kedro_sweep.report.page.words import MISSING, name_score, show_number, show_value


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (0.5978, "0.598"),
        (0, "0.000"),
        (1, "1.000"),
        (12.345, "12.35"),
        (9999.5, "10,000"),
        (83000.4, "83,000"),
        (-1.5, "−1.500"),  # noqa: RUF001
        (0.000012, "1.2e-05"),
        (-3e9, "−3e+09"),  # noqa: RUF001
        (None, MISSING),
        (float("nan"), MISSING),
    ],
)
def test_a_number_has_the_digits_that_matter(value: float | None, expected: str) -> None:
    assert show_number(value) == expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [(None, "null"), (True, "true"), (0.1 + 0.2, "0.3"), ("gini", "gini"), ([1, "é"], '[1, "é"]')],
)
def test_a_value_is_written_as_in_the_parameters(value: Any, expected: str) -> None:
    assert show_value(value) == expected


@pytest.mark.parametrize(
    ("scoring", "expected"),
    [
        ("neg_log_loss", "negative log loss"),
        ("r2", "R²"),
        ("my.scorers.profit_per_head", "profit per head"),
    ],
)
def test_a_score_is_named_in_words(scoring: str, expected: str) -> None:
    assert name_score(scoring) == expected
