"""Numbers and names are written as a colleague would say them."""

import pytest

from kedro_sweep.evaluation.findings.wording import count, enumerate_names, show, show_range


@pytest.mark.parametrize(
    ("number", "text"),
    [(0.59812, "0.598"), (0.6, "0.6"), (1234.5, "1230"), (12345, "12345"), (2.3e-5, "2.3e-05")],
)
def test_a_number_has_three_digits(number: float, text: str) -> None:
    assert show(number) == text


def test_a_gain_has_its_sign() -> None:
    assert show_range(-0.0213, 0.04, "+") == "-0.0213 to +0.04"


def test_one_is_singular() -> None:
    assert [count(number, "row") for number in (1, 2)] == ["1 row", "2 rows"]


@pytest.mark.parametrize(
    ("names", "text"),
    [("a", "a"), ("ab", "a and b"), ("abc", "a, b and c"), ("abcdefg", "a, b, c, d, e and 2 more")],
)
def test_names_are_listed_as_in_a_sentence(names: str, text: str) -> None:
    assert enumerate_names(list(names)) == text
