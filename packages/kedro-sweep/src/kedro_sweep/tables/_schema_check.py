"""Check new rows against the schema of the training rows, and name what does not fit."""

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import pandas as pd
from pandas.api.types import (
    infer_dtype,
    is_datetime64_any_dtype,
    is_float_dtype,
    is_numeric_dtype,
)

from kedro_sweep.tables.kinds import to_texts

if TYPE_CHECKING:
    import pandera.pandas as pa

# A single row may have a new category. In several rows, it is rather another way of writing.
MIN_ROWS_OF_NEW_VALUES = 2
# What the checks of this module mean; other checks are the user's own.
NEW, NEWLY_MISSING = "not seen in training", "missing, but never in training"
PROBLEMS = {
    "notin([inf, -inf])": "is infinite",
    "isin([True, False])": "is neither true nor false",
    "str_length(0, None)": NEWLY_MISSING,
}
# The model would know nothing about a whole column.
ALL = {
    NEW: "none of its values was seen in training",
    NEWLY_MISSING: "it has no value, but always had one in training",
}


@dataclass(frozen=True)
class Mismatch:
    """What does not fit in a column: in some rows, with their values unless missing, or as a whole."""

    column: str
    problem: str
    rows: tuple[Any, ...] = ()
    values: tuple[Any, ...] = ()

    def list_examples(self, limit: int = 5) -> list[str]:
        """Describe the first rows, with their values."""
        values = [f": {value!r}" for value in self.values] or [""] * len(self.rows)
        return [f"row {row}{value}" for row, value in zip(self.rows, values, strict=True)][:limit]


def list_text_columns(schema: str) -> list[str]:
    """List the columns that hold text, which a CSV file may show as numbers."""
    return _list_columns(_load(schema), _is_text_type)


def list_number_columns(schema: str) -> list[str]:
    """List the columns that hold numbers."""
    return _list_columns(_load(schema), is_numeric_dtype)


def check_rows(rows: pd.DataFrame, schema: str) -> tuple[pd.DataFrame, list[Mismatch], list[Mismatch]]:
    """Check new rows against a schema.

    Returns the rows with the types of the schema, what makes them unusable, and what only deserves a
    warning (checks with `raise_warning`).
    """
    from pandera.errors import SchemaErrors  # noqa: PLC0415

    loaded = _load(schema)
    rows = rows.copy(deep=False)
    texts = _list_columns(loaded, _is_text_type)
    refused = [_refuse(rows[name]) for name in texts if not _is_text(rows.get(name))]
    soft = []  # Pandera's own warnings do not name the rows
    for name, column in loaded.columns.items():
        if column.dtype is not None and name in rows:
            rows[name] = _prepare(rows[name], column.dtype.type)
        soft += [(name, check) for check in column.checks if check.raise_warning]
        column.checks = [check for check in column.checks if not check.raise_warning]
    try:
        rows = loaded.validate(rows, lazy=True)
    except SchemaErrors as error:
        return rows, refused + _list_mismatches(error.schema_errors, rows), []
    if refused:
        return rows, refused, []
    errors, warnings = [], []
    for name, check in soft:
        failed = check(rows[name]).failure_cases if name in rows else None
        if failed is None or failed.empty:
            continue
        is_gap = failed.isna().all()
        problem = NEW if check.name == "isin" else PROBLEMS.get(check.error, f"fails {check.error}")
        found = Mismatch(name, problem, tuple(failed.index), () if is_gap else tuple(failed))
        given = rows[name] if is_gap else rows[name].dropna()
        if problem in ALL and len(failed) == len(given) >= MIN_ROWS_OF_NEW_VALUES:
            errors.append(replace(found, problem=ALL[problem]))
        else:
            warnings.append(found)
    return rows, errors, [] if errors else warnings


def _load(schema: str) -> "pa.DataFrameSchema":
    import pandera.pandas as pa  # noqa: PLC0415

    return pa.DataFrameSchema.from_yaml(schema)


def _list_columns(schema: "pa.DataFrameSchema", fits: Callable[[Any], bool]) -> list[str]:
    columns = schema.columns.items()
    return [name for name, column in columns if column.dtype and fits(column.dtype.type)]


def _is_text_type(dtype: Any) -> bool:
    return isinstance(dtype, pd.StringDtype)


def _is_text(values: pd.Series | None) -> bool:
    """Check whether text is still as it was written: read as a number, 01 and 1.0 would both be 1."""
    if values is None or isinstance(values.dtype, pd.CategoricalDtype):
        return True
    return infer_dtype(values.dropna().astype(object)) in {"string", "empty"}


def _refuse(values: pd.Series) -> Mismatch:
    known = values.dropna().astype(object)
    wrong = known[~known.map(lambda value: isinstance(value, str))]
    problem = (
        "is text in training but was not read as text: add `load_args: "
        f"{{dtype: {{{values.name}: str}}}}` to new_samples, or save a Parquet file with text"
    )
    return Mismatch(str(values.name), problem, tuple(wrong.index), tuple(wrong))


def _prepare(values: pd.Series, dtype: Any) -> pd.Series:
    """Convert columns to types that Pandera can convert or compare."""
    if _is_text_type(dtype):
        return to_texts(values.to_frame())[values.name]
    if is_float_dtype(dtype) and not is_numeric_dtype(values.dtype):
        return values.astype(object).where(values.notna(), math.nan)
    if is_datetime64_any_dtype(dtype):
        dates = _read_dates(values, dtype)
        return values if (dates.isna() & values.notna()).any() else dates
    return values


def _read_dates(values: pd.Series, dtype: Any) -> pd.Series:
    """Convert dates and ISO text to the type; a missing or extra time zone makes a value missing."""
    needs_zone = isinstance(dtype, pd.DatetimeTZDtype)
    if is_datetime64_any_dtype(values.dtype):
        has_zone = values.dt.tz is not None
        return values.astype(dtype) if has_zone == needs_zone else pd.Series(pd.NaT, values.index)
    text = values.astype("str")
    fits = text.str.contains(r":.*(?:Z|[+-]\d\d:?\d*)$") == needs_zone
    dates = pd.to_datetime(text.where(fits), format="ISO8601", errors="coerce", utc=needs_zone)
    return dates.astype(dtype)


def _list_mismatches(errors: list[Any], table: pd.DataFrame) -> list[Mismatch]:
    unique: dict[tuple[str, str], Mismatch] = {}
    for found in (_read_error(error, table) for error in errors):
        # A column that cannot be converted also has the wrong type.
        unique.setdefault((found.column, found.problem), found)
    return list(unique.values())


def _read_error(error: Any, table: pd.DataFrame) -> Mismatch:
    from pandera.errors import SchemaErrorReason  # noqa: PLC0415

    column, cases = str(error.schema.name), error.failure_cases
    by_row = isinstance(cases, pd.DataFrame) and "index" in cases
    rows = tuple(cases["index"]) if by_row else ()
    values = tuple(cases["failure_case"]) if by_row else ()
    match error.reason_code:
        case SchemaErrorReason.COLUMN_NOT_IN_DATAFRAME:
            return Mismatch(str(cases), "the column is missing")
        case SchemaErrorReason.SERIES_CONTAINS_NULLS:
            return Mismatch(column, "has missing values, which are not allowed", rows)
        case SchemaErrorReason.DATATYPE_COERCION | SchemaErrorReason.WRONG_DATATYPE:
            dtype = error.schema.dtype
            if is_datetime64_any_dtype(dtype.type):
                given = table[column]
                unread = given[_read_dates(given, dtype.type).isna() & given.notna()]
                rows, values = tuple(unread.index), tuple(unread.map(str))
            return Mismatch(column, f"is not {_name(dtype)}", rows, values)
    check = str(error.check.error or error.check.name)
    problem = PROBLEMS.get(check, f"fails {check}")
    if error.check.name == "str_matches" and error.schema.description:
        problem = f"is not {error.schema.description}"
    return Mismatch(column, problem, rows, values)


def _name(dtype: Any) -> str:
    if is_float_dtype(dtype.type):
        return "a number"
    if is_datetime64_any_dtype(dtype.type):
        return f"a date with{'' if isinstance(dtype.type, pd.DatetimeTZDtype) else 'out'} a time zone"
    return str(dtype)
