"""A column becomes numbers, texts or dates of one type, whatever type its file gave it."""

import decimal
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from kedro_sweep.errors import InputError
from kedro_sweep.tables.kinds import CONVERSIONS, find_kind, to_dates, to_numbers, to_target

NOON = pd.Timestamp("2024-03-31 12:00")


def columns(*values: tuple[str, pd.Series]) -> list[Any]:
    return [pytest.param(column.rename("column"), id=name) for name, column in values]


NUMBERS = columns(
    ("whole", pd.Series([1, 0], dtype="int64")),
    ("nullable", pd.Series([1, None], dtype="Int64")),
    ("booleans", pd.Series([True, False])),
    ("nullable booleans", pd.Series([True, None], dtype="boolean")),
    ("booleans with a gap", pd.Series([True, None], dtype=object)),
    ("Arrow", pd.Series([1, None], dtype="int64[pyarrow]")),
    ("decimals", pd.Series([decimal.Decimal(1), None], dtype=object)),
    ("objects", pd.Series([1, pd.NA], dtype=object)),
    ("sparse", pd.Series(pd.arrays.SparseArray([1.0, 0.0]))),
)
TEXTS = columns(
    ("objects", pd.Series(["a", None], dtype=object)),
    ("pandas", pd.Series(["a", None], dtype="str")),
    ("nullable", pd.Series(["a", None], dtype="string")),
    ("Arrow", pd.Series(["a", None], dtype=pd.ArrowDtype(pa.string()))),
    ("categories", pd.Series(["a", None], dtype="category")),
)
DATES = columns(
    ("dates", pd.Series([NOON, None])),
    ("nanoseconds", pd.Series([NOON, None], dtype="datetime64[ns]")),
    ("with a zone", pd.Series([NOON, None]).dt.tz_localize("UTC").dt.tz_convert("Asia/Tokyo")),
    ("Arrow", pd.Series([NOON, None], dtype="timestamp[us][pyarrow]")),
    ("objects", pd.Series([NOON.to_pydatetime(), None], dtype=object)),
)


@pytest.mark.parametrize("column", NUMBERS)
def test_numbers_of_every_type_become_floats(column: pd.Series) -> None:
    assert find_kind(column) == "number"
    numbers = to_numbers(column.to_frame())["column"]
    assert numbers.dtype == "float64"
    assert numbers[0] == 1
    assert numbers.isna().tolist() == column.isna().tolist()


@pytest.mark.parametrize("column", TEXTS)
def test_texts_of_every_type_become_one(column: pd.Series) -> None:
    assert find_kind(column) == "text"
    texts = CONVERSIONS["text"](column.to_frame())["column"]
    assert texts.dtype == "str"
    assert texts[0] == "a"
    assert texts.isna().tolist() == [False, True]


@pytest.mark.parametrize("column", DATES)
def test_dates_of_every_type_become_one_in_utc(column: pd.Series) -> None:
    assert find_kind(column) == "date"
    dates = to_dates(column.to_frame())["column"]
    assert dates.dtype == "datetime64[us]"
    assert dates[0] == NOON
    assert dates.isna().tolist() == [False, True]


def test_a_column_without_a_value_counts_as_numbers() -> None:
    column = pd.Series([None, None], name="column", dtype=object)
    assert find_kind(column) == "number"
    assert to_numbers(column.to_frame())["column"].isna().all()


@pytest.mark.parametrize(
    ("values", "shown"),
    [
        ([1, "much", None], r"1 \(int\), 'much' \(str\)"),
        ([[1], [2]], r"\[2\] \(list\)"),
        ([1j], r"1j \(complex\)"),
        (pd.to_timedelta([1], unit="D"), r"Timedelta\('1 days 00:00:00'\)"),
    ],
    ids=["mixed", "lists", "complex", "spans of time"],
)
def test_another_column_is_named_with_what_it_holds(values: Any, shown: str) -> None:
    with pytest.raises(InputError, match=f"The column 'odd' is not all numbers, .* {shown}.* data.drop"):
        find_kind(pd.Series(values, name="odd"))


@pytest.mark.parametrize("dtype", ["str", "object", "category"])
def test_a_text_among_numbers_is_named(dtype: str) -> None:
    column = pd.Series(["1", "2", "much"], dtype=dtype, name="price")
    with pytest.raises(InputError, match=r"'price' .* a number in each row, but row 2 holds 'much'"):
        to_numbers(column.to_frame())


@pytest.mark.parametrize("value", [np.inf, -np.inf])
def test_an_infinite_number_is_refused(value: float) -> None:
    with pytest.raises(InputError, match="'price' holds infinite values: replace them"):
        to_numbers(pd.DataFrame({"price": [1.0, value]}))


def test_a_text_that_is_no_date_is_named() -> None:
    with pytest.raises(InputError, match="'day' must hold a date in each row, but row 1 holds 'soon'"):
        to_dates(pd.DataFrame({"day": ["2024-01-01", "soon"]}))


@pytest.mark.parametrize(
    ("values", "dtype", "expected"),
    [
        ([3, 5], "Int64", "int64"),
        ([3, 5], "uint8[pyarrow]", "int64"),
        ([3.0, 5.0], "float64", "float64"),
        ([3, 2**70], "object", "float64"),
        ([True, False], "boolean", "bool"),
        ([True, False], "object", "bool"),
        (["a", "b"], "category", "str"),
        ([9, 10], "category", "int64"),
        ([True, False], "category", "bool"),
        ([0.5, 1.5], "category", "float64"),
        (["a", "b"], "string[pyarrow]", "str"),
    ],
)
def test_a_target_gets_a_type_that_scikit_learn_knows(values: Any, dtype: str, expected: str) -> None:
    target = to_target(pd.Series(values, dtype=dtype, name="y"))
    assert target.dtype == expected
    assert target.tolist() == values


def test_a_target_of_dates_is_refused() -> None:
    with pytest.raises(InputError, match="The target 'day' holds dates"):
        to_target(pd.Series([NOON], name="day"))


def test_a_number_of_400_digits_is_refused_with_a_short_error() -> None:
    with pytest.raises(InputError, match="'price' must hold a number in each row") as refused:
        to_numbers(pd.DataFrame({"price": [1, 10**400]}, dtype=object))
    assert len(str(refused.value)) < 300


def test_whole_numbers_that_a_gap_made_decimal_are_texts_without_decimals() -> None:
    texts = CONVERSIONS["text"](pd.DataFrame({"grade": [1.0, np.nan, 2.0]}))["grade"]
    assert texts.dropna().tolist() == ["1", "2"]


def test_a_number_that_is_too_large_for_an_integer_is_text() -> None:
    texts = CONVERSIONS["text"](pd.DataFrame({"zip": [1e20, 5.0]}))["zip"]
    assert texts.tolist() == ["1e+20", "5.0"]
