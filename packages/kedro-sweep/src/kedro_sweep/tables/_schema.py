"""A Pandera schema of the features, learned from training rows; and the check of new rows against it.

The schema says which columns there are, their types, categories and formats of dates, and where values
may be missing. It sets no ranges: a model may be asked about numbers outside those of training.
"""

import json
import math
import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field, replace
from typing import Any

import pandas as pd
import yaml
from pandas.api import types
from sklearn.pipeline import Pipeline

from kedro_sweep.errors import InputError
from kedro_sweep.tables._drift import MAX_CATEGORIES, describe_values
from kedro_sweep.tables._features import label_rows, list_features
from kedro_sweep.tables._parameters import Data
from kedro_sweep.tables.kinds import to_texts

# Those of libyaml are several times as fast, but a build of PyYAML may lack them.
LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
DUMPER = getattr(yaml, "CSafeDumper", yaml.SafeDumper)
# The parts of skrub's formats of dates; letters stand for names of months and days, and the like.
DATE_PARTS = {
    **{"%Y": r"\d{4}", "%y": r"\d\d", "%m": r"(0?[1-9]|1[0-2])", "%d": r"(0?[1-9]|[12]\d|3[01])"},
    **{"%H": r"([01]?\d|2[0-3])", "%I": r"(0?[1-9]|1[0-2])", "%M": r"[0-5]?\d", "%S": r"[0-5]?\d"},
    **{"%f": r"\d+", "%z": r"(Z|[+-]\d\d:?\d\d)"},
}
# A single row may have a new category. In several rows, it is rather another way of writing.
MIN_ROWS_OF_NEW_VALUES = 2
# What the checks of this module mean; other checks are the user's own.
NEW, NEWLY_MISSING = "not seen in training", "missing, but never in training"
PROBLEMS = {
    "notin([inf, -inf])": "is infinite",
    "isin([True, False])": "is neither true nor false",
    "str_length(0, None)": NEWLY_MISSING,
}
# Where a column of the schema describes the training rows, in JSON because YAML takes long to read.
TRAINING, DATE_FORMAT = "training", "date_format"
MAX_EXAMPLES = 5
DESCRIBE_AGAIN = "kedro run --from-nodes data_science.records.describe_raw_rows,data_science.train_model"
# The model would know nothing about a whole column.
ALL = {
    NEW: "none of its values was seen in training",
    NEWLY_MISSING: "it has no value, but always had one in training",
}


def infer_schema(rows: pd.DataFrame, features: list[str], filled: Collection[str] = ()) -> str:
    """Describe the raw features, to check the rows to predict.

    Values may be missing where the model fills them, where they were missing in training, and in text,
    because the encoders take them like a new category; it is a warning if none was in training.
    """
    columns = {name: _describe_column(rows[name], nullable=name in filled) for name in features}
    for name, column in columns.items():
        if training := describe_values(rows[name], column.pop(DATE_FORMAT, None)):
            column["metadata"] = {TRAINING: training}
    # Without importing Pandera, which would delay every run.
    head = {"schema_type": "dataframe", "api": "pandas"}
    return yaml.dump({**head, "columns": columns}, Dumper=DUMPER, sort_keys=False)


def describe_raw_rows(raw: pd.DataFrame, train: pd.DataFrame, data: Data) -> str:
    """Describe the raw training rows in Pandera's YAML format, to check new rows against them."""
    features = list_features(train, data)
    filled = [name for name in features if types.is_numeric_dtype(train[name]) and data.impute != "none"]
    return infer_schema(label_rows(raw).loc[train.index, features], features, filled)


def narrow_schema(schema: str, model: Pipeline) -> str:
    """Keep the columns that a fitted model needs."""
    described = yaml.load(schema, LOADER)
    columns = {name: described["columns"][name] for name in model.feature_names_in_.tolist()}
    return yaml.dump({**described, "columns": columns}, Dumper=DUMPER, sort_keys=False)


def _describe_column(values: pd.Series, *, nullable: bool) -> dict[str, Any]:
    known = values.dropna()
    gaps = {"nullable": True} if nullable or len(known) < len(values) else {}
    if isinstance(known.dtype, pd.CategoricalDtype):  # the model takes categories of any type as text
        known = to_texts(known.to_frame())[known.name]
    known = known.infer_objects()
    if types.is_bool_dtype(known.dtype):
        return {**gaps, "isin": [True, False]}
    if types.is_numeric_dtype(known.dtype):
        return {"dtype": "float64", **gaps, "coerce": True, "notin": [math.inf, -math.inf]}
    if types.is_datetime64_any_dtype(known.dtype):
        # In microseconds, because files differ in the unit.
        zone = known.dt.tz
        return {"dtype": str(pd.DatetimeTZDtype("us", zone)) if zone else "datetime64[us]", **gaps}
    if known.empty or not types.is_string_dtype(known):
        return gaps
    return _describe_text(known, never_missing=not gaps)


def _describe_text(known: pd.Series, *, never_missing: bool) -> dict[str, Any]:
    text: dict[str, Any] = {"dtype": "str", "nullable": True, "coerce": True}
    if never_missing:
        # Pandera's checks ignore missing values unless told otherwise, so this one finds nothing else.
        text["str_length"] = {"min_value": 0, "ignore_na": False, "raise_warning": True}
    if found := _find_date_format(known):
        pattern, date_format = found
        text |= {"description": f"a date such as {known.iloc[0]}", DATE_FORMAT: date_format}
        return {**text, "str_matches": pattern}
    values_seen = sorted(known.unique().tolist())
    if len(values_seen) > MAX_CATEGORIES:  # encoded by their letters, so a new one still counts
        return text
    return {**text, "isin": {"allowed_values": values_seen, "raise_warning": True}}


def _find_date_format(texts: pd.Series) -> tuple[str, str] | None:
    """Find the regular expression and the format of the dates that skrub reads from a text column."""
    if not re.search(r"(\d\D*){4}", texts.iloc[0]):
        return None
    from skrub import ToDatetime  # noqa: PLC0415
    from skrub.core import RejectColumn  # noqa: PLC0415

    try:
        date_format = ToDatetime().fit(texts).format_
    except RejectColumn:
        return None
    parts = re.split(r"(%\w)", date_format)
    found = (DATE_PARTS.get(part, r"\w+") if part[:1] == "%" else re.escape(part) for part in parts)
    pattern = "".join(found)
    return (f"{pattern}$", date_format) if texts.str.fullmatch(pattern).all() else None


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


def read_training(schema: str) -> dict[str, dict[str, Any]]:
    """Read what a schema says about the training rows of each feature, and the categories it allows."""
    described = {}
    for name, column in yaml.load(schema, LOADER)["columns"].items():
        training = ((column or {}).get("metadata") or {}).get(TRAINING)
        if not training:
            raise InputError(
                f"--drift: the schema of this model does not describe the training rows of '{name}': "
                f"train it again, for example with `{DESCRIBE_AGAIN}`."
            )
        allowed = column.get("isin")
        categories = allowed["allowed_values"] if isinstance(allowed, dict) else None
        described[name] = json.loads(training) | {"categories": categories}
    return described


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
    rows = rows.copy(deep=False)
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
    doubts = []
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
