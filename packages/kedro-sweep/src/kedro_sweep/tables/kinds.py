"""What a column holds (numbers, texts or dates), and the one type in which each is kept.

The type of a column depends on the file: text is `object` from Excel and `str` from CSV, and numbers may
be integers, nullable or Arrow's. Training tables and new rows go through the same conversions, so a
model sees the same types for every file format.
"""

from collections.abc import Callable
from typing import Any, Literal

import numpy as np
import pandas as pd
from pandas.api import types

from kedro_sweep.errors import InputError

Kind = Literal["number", "text", "date"]

# The types that pandas finds in a column of Python objects.
KINDS_OF_OBJECTS: dict[str, Kind] = {
    **{"string": "text", "empty": "number"},
    **dict.fromkeys(("boolean", "integer", "floating", "mixed-integer-float", "decimal"), "number"),
    **dict.fromkeys(("datetime64", "datetime", "date"), "date"),
}
SHOWN = 3


def find_kind(column: pd.Series) -> Kind:
    """Find what a column holds."""
    if kind := guess_kind(column):
        return kind
    examples = {type(value).__name__: value for value in column.dropna()}
    shown = ", ".join(f"{value!r} ({name})" for name, value in list(examples.items())[:SHOWN])
    raise InputError(
        f"The column '{column.name}' is not all numbers, all texts or all dates: {shown}. Give it one "
        "type in the raw table, or, unless it is the target, add it to data.drop in "
        "conf/base/parameters.yml."
    )


def guess_kind(column: pd.Series) -> Kind | None:
    """Find what a column holds; None if that is neither numbers, nor texts, nor dates."""
    dtype = column.dtype
    if types.is_datetime64_any_dtype(dtype):
        return "date"
    is_number = types.is_numeric_dtype(dtype) or types.is_bool_dtype(dtype)
    if is_number and not types.is_complex_dtype(dtype):
        return "number"
    if isinstance(dtype, pd.CategoricalDtype | pd.StringDtype):
        return "text"
    return KINDS_OF_OBJECTS.get(types.infer_dtype(column, skipna=True))


def to_numbers(table: pd.DataFrame) -> pd.DataFrame:
    """Convert columns to floating-point numbers; missing values become NaN."""
    # By column, a wide table takes seconds.
    if (table.dtypes == np.float64).all() and not np.isinf(table.to_numpy()).any():
        return table.copy()
    return table.apply(_to_number)


def _to_number(column: pd.Series) -> pd.Series:
    try:
        # The detour through objects is slow but handles pandas' own missing values.
        plain = column if isinstance(column.dtype, np.dtype) and column.dtype != object else None
        numbers = pd.to_numeric(column.astype(object) if plain is None else plain).astype("float64")
    except (TypeError, ValueError, OverflowError) as error:
        raise _refuse(column, column.map(_is_number), "a number") from error
    if np.isinf(numbers).any():
        raise InputError(
            f"The column '{column.name}' holds infinite values: replace them in the file, with an empty "
            "cell if the value is unknown."
        )
    return numbers


def to_texts(table: pd.DataFrame) -> pd.DataFrame:
    """Convert columns to text; missing values stay missing."""
    return table.apply(_to_text)


def has_leading_zeros(texts: pd.Series) -> bool:
    """Check whether reading a column as integers would drop leading zeros."""
    known = texts.dropna()
    if known.empty or not known.iloc[0].isdigit():  # most columns
        return False
    return bool(known.str.fullmatch(r"\d+").all() and known.str.fullmatch(r"0\d+").any())


def _to_text(column: pd.Series) -> pd.Series:
    if types.is_float_dtype(column.dtype):
        known = column.dropna()
        if (known % 1 == 0).all() and (known.abs() < 2**63).all():
            column = column.astype("Int64")  # with a missing value, pandas reads 1 and 2 as 1.0 and 2.0
    return pd.Series(column.astype(object).astype("str"))


def to_dates(table: pd.DataFrame) -> pd.DataFrame:
    """Convert columns to dates, those with a time zone to UTC."""
    return table.apply(_to_date)


def _to_date(column: pd.Series) -> pd.Series:
    dates = pd.to_datetime(column.astype(object), utc=True, format="ISO8601", errors="coerce")
    if (dates.isna() & column.notna()).any():
        raise _refuse(column, dates.notna(), "a date")
    return dates.dt.tz_localize(None).astype("datetime64[us]")


def _is_number(value: Any) -> bool:
    try:
        float(value)
    except (TypeError, ValueError, OverflowError):
        return False
    return True


def _refuse(column: pd.Series, fits: pd.Series, kind: str) -> InputError:
    wrong = column[~fits & column.notna()]
    return InputError(
        f"The column '{column.name}' must hold {kind} in each row, but row {wrong.index[0]} holds "
        f"{wrong.iloc[0]!r:.80}: correct the file."
    )


def to_target(column: pd.Series, *, had_gaps: bool = False) -> pd.Series:
    """Convert a target to a type that scikit-learn accepts; classes keep their values.

    Pandas reads whole numbers beside gaps, which have been dropped, as other numbers: 5 as 5.0.
    """
    if isinstance(column.dtype, pd.CategoricalDtype) and guess_kind(column.astype(object)) == "number":
        column = column.astype(object)
    kind = find_kind(column)
    if kind == "date":
        raise InputError(
            f"The target '{column.name}' holds dates, which no model here can predict: choose another "
            "data.y_label, or convert it to a number in the raw table."
        )
    if kind == "text":
        return to_texts(column.to_frame())[column.name]
    if types.is_bool_dtype(column.dtype) or types.infer_dtype(column, skipna=True) == "boolean":
        return column.astype("bool")
    numbers = _to_number(column)
    is_whole = types.infer_dtype(column, skipna=True) == "integer"
    is_whole = is_whole or (had_gaps and bool((numbers % 1 == 0).all()))
    return column.astype("int64") if is_whole and (numbers.abs() < 2**63).all() else numbers


CONVERSIONS: dict[Kind, Callable[[pd.DataFrame], pd.DataFrame]] = {
    "number": to_numbers,
    "text": to_texts,
    "date": to_dates,
}
