"""The check of new rows against the schema of the training rows."""

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from typing import Any

import pandas as pd
from pandas.api import types

from kedro_sweep.tables.kinds import to_texts
from kedro_sweep.tables.schema._describe import list_complete

# A single row may have a new category. In several rows, it is rather another way of writing.
MIN_ROWS_OF_NEW_VALUES = 2
# What the checks of the schema mean; other checks are the user's own.
NEW, NEWLY_MISSING = "not seen in training", "missing, but never in training"
PROBLEMS = {
    "notin([inf, -inf])": "is infinite",
    "isin([True, False])": "is neither true nor false",
    "str_length(0, None)": NEWLY_MISSING,
}
MAX_EXAMPLES = 5
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
    others: int = field(default=0, compare=False)  # rows that are not named
    fitting: int = field(default=0, compare=False)  # rows that fit, if that is needed to judge it

    @property
    def count(self) -> int:
        return len(self.rows) + self.others

    def list_examples(self) -> list[str]:
        values = [f": {value!r}" for value in self.values] or [""] * len(self.rows)
        return [f"row {row}{value}" for row, value in zip(self.rows, values, strict=True)][:MAX_EXAMPLES]

    def add(self, later: "Mismatch") -> "Mismatch":
        """Add what was found in later rows."""
        names = ("rows", "values", "others", "fitting")
        return replace(self, **{name: getattr(self, name) + getattr(later, name) for name in names})


def list_columns(schema: str) -> tuple[list[str], list[str]]:
    """List the columns that hold text, which a CSV file may show as numbers, and those of numbers."""
    columns = _load(schema).columns.items()
    dtypes = {name: column.dtype.type for name, column in columns if column.dtype}
    return (
        [name for name, dtype in dtypes.items() if isinstance(dtype, pd.StringDtype)],
        [name for name, dtype in dtypes.items() if types.is_numeric_dtype(dtype)],
    )


def check_rows(rows: pd.DataFrame, schema: str) -> tuple[pd.DataFrame, list[Mismatch], list[Mismatch]]:
    """Convert rows to the types of a schema; also list what makes them unusable, and doubts."""
    from pandera.errors import SchemaErrors  # noqa: PLC0415

    loaded = _load(schema)
    rows = rows.rename(columns=str)  # as in training
    refused, soft = [], []  # Pandera's own warnings do not name the rows
    for name, column in loaded.columns.items():
        if column.dtype is not None and name in rows:
            if isinstance(column.dtype.type, pd.StringDtype) and not _is_text(rows[name]):
                refused.append(_refuse(rows[name]))
            rows[name] = _prepare(rows[name], column.dtype.type)
        soft += [(name, check) for check in column.checks if check.raise_warning]
        column.checks = [check for check in column.checks if not check.raise_warning]
    try:
        rows = loaded.validate(rows, lazy=True)
    except SchemaErrors as error:
        return rows, refused + _list_mismatches(error.schema_errors, rows), []
    if refused:
        return rows, refused, []
    doubts = [*_list_new_gaps(rows, schema)]
    for name, check in soft:
        if name not in rows:
            continue
        found = check(rows[name]).failure_cases
        failed = rows[name].iloc[:0] if found is None else found
        problem = NEW if check.name == "isin" else PROBLEMS.get(check.error, f"fails {check.error}")
        is_gap = problem == NEWLY_MISSING
        given = len(rows) if is_gap else int(rows[name].notna().sum())
        named = failed[:MAX_EXAMPLES]
        values = () if is_gap else tuple(named)
        counts = {"others": len(failed) - len(named), "fitting": given - len(failed)}
        doubts.append(Mismatch(name, problem, tuple(named.index), values, **counts))
    return rows, [], doubts


def _list_new_gaps(rows: pd.DataFrame, schema: str) -> Iterator[Mismatch]:
    """List gaps that the model fills, in columns that had none in training; text has its own check."""
    for name in list_complete(schema):
        if name in rows:
            gaps = rows.index[rows[name].isna()]
            counts = {"others": len(gaps[MAX_EXAMPLES:]), "fitting": len(rows) - len(gaps)}
            yield Mismatch(name, NEWLY_MISSING, tuple(gaps[:MAX_EXAMPLES]), (), **counts)


def judge(doubts: Iterable[Mismatch]) -> tuple[list[Mismatch], list[Mismatch]]:
    """Divide what is doubtful in the pieces of a table into what refuses it, and what to warn of."""
    joined: dict[tuple[str, str], Mismatch] = {}
    for doubt in doubts:
        key = doubt.column, doubt.problem
        joined[key] = joined[key].add(doubt) if key in joined else doubt
    found = [doubt for doubt in joined.values() if doubt.count]
    whole = [
        replace(doubt, problem=ALL[doubt.problem])
        for doubt in found
        if doubt.problem in ALL and not doubt.fitting and doubt.count >= MIN_ROWS_OF_NEW_VALUES
    ]
    return whole, [] if whole else found


def _load(schema: str) -> Any:
    import pandera.pandas as pa  # noqa: PLC0415

    return pa.DataFrameSchema.from_yaml(schema)


def _is_text(values: pd.Series) -> bool:
    """Check whether text is still as it was written: read as a number, 01 and 1.0 would both be 1."""
    is_category = isinstance(values.dtype, pd.CategoricalDtype)
    return is_category or types.infer_dtype(values.dropna().astype(object)) in {"string", "empty"}


def _refuse(values: pd.Series) -> Mismatch:
    known = values.dropna().astype(object)
    wrong = known[~known.map(lambda value: isinstance(value, str))]
    problem = (
        "is text in training but was not read as text: add `load_args: "
        f"{{dtype: {{{values.name}: str}}}}` to new_samples, or save a Parquet file with text"
    )
    return Mismatch(str(values.name), problem, tuple(wrong.index), tuple(wrong))


def _prepare(values: pd.Series, dtype: Any) -> pd.Series:
    if isinstance(dtype, pd.StringDtype):
        return to_texts(values.to_frame())[values.name]
    if types.is_float_dtype(dtype) and not types.is_numeric_dtype(values.dtype):
        return values.astype(object).where(values.notna(), math.nan)
    if types.is_datetime64_any_dtype(dtype):
        dates = _read_dates(values, dtype)
        return values if (dates.isna() & values.notna()).any() else dates
    return values


def _read_dates(values: pd.Series, dtype: Any) -> pd.Series:
    """Convert dates and ISO text to the type; a missing or extra time zone makes a value missing."""
    needs_zone = isinstance(dtype, pd.DatetimeTZDtype)
    if types.is_datetime64_any_dtype(values.dtype):
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
            if types.is_datetime64_any_dtype(dtype.type):
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
    if types.is_datetime64_any_dtype(dtype.type):
        return f"a date with{'' if isinstance(dtype.type, pd.DatetimeTZDtype) else 'out'} a time zone"
    return "a number" if types.is_float_dtype(dtype.type) else str(dtype)
