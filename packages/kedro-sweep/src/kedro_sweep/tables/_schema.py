"""A Pandera schema of the features, learned from training rows.

The schema says which columns there are, their types, categories and formats of dates, and where values
may be missing. It sets no ranges: a model may be asked about numbers outside those of training.
"""

import math
import re
from collections.abc import Collection
from typing import Any

import pandas as pd
import yaml
from pandas.api.types import (
    is_bool_dtype,
    is_datetime64_any_dtype,
    is_numeric_dtype,
    is_string_dtype,
)
from sklearn.pipeline import Pipeline

from kedro_sweep.tables._columns import label_rows, list_features
from kedro_sweep.tables._parameters import Data
from kedro_sweep.tables.kinds import to_texts

HEAD = {"schema_type": "dataframe", "api": "pandas"}
# skrub one-hot encodes columns with fewer than 40 values and ignores values that training did not have.
# It encodes columns with more values by their letters, so a new value still counts.
MAX_CHECKED_VALUES = 39
# The parts of skrub's formats of dates; letters stand for names of months and days, and the like.
DATE_PARTS = {
    "%Y": r"\d{4}",
    "%y": r"\d\d",
    "%m": r"(0?[1-9]|1[0-2])",
    "%d": r"(0?[1-9]|[12]\d|3[01])",
    "%H": r"([01]?\d|2[0-3])",
    "%I": r"(0?[1-9]|1[0-2])",
    "%M": r"[0-5]?\d",
    "%S": r"[0-5]?\d",
    "%f": r"\d+",
    "%z": r"(Z|[+-]\d\d:?\d\d)",
}
# Pandera's checks ignore missing values unless told otherwise, so this one finds nothing else.
NEVER_MISSING = {"min_value": 0, "ignore_na": False, "raise_warning": True}


def infer_schema(rows: pd.DataFrame, features: list[str], filled: Collection[str] = ()) -> str:
    """Describe the raw features, to check the rows to predict.

    Values may be missing where the model fills them, where they were missing in training, and in text,
    because the encoders take them like a new category; it is a warning if none was in training.
    """
    columns = {name: _describe_column(rows[name], nullable=name in filled) for name in features}
    # Without importing Pandera, which would delay every run.
    return yaml.safe_dump({**HEAD, "columns": columns}, sort_keys=False)


def describe_raw_rows(raw: pd.DataFrame, train: pd.DataFrame, data: Data) -> str:
    """Describe the raw training rows in Pandera's YAML format, to check new rows against them."""
    names = list_features(train, data)
    filled = [name for name in names if is_numeric_dtype(train[name]) and data.impute != "none"]
    return infer_schema(label_rows(raw).loc[train.index, names], names, filled)


def narrow_schema(schema: str, model: Pipeline) -> str:
    """Keep the columns that a fitted model needs."""
    described = yaml.safe_load(schema)
    columns = {name: described["columns"][name] for name in model.feature_names_in_.tolist()}
    return yaml.safe_dump({**described, "columns": columns}, sort_keys=False)


def _describe_column(values: pd.Series, *, nullable: bool) -> dict[str, Any]:
    known = values.dropna()
    gaps = {"nullable": True} if nullable or len(known) < len(values) else {}
    if isinstance(known.dtype, pd.CategoricalDtype):  # the model takes categories of any type as text
        known = to_texts(known.to_frame())[known.name]
    known = known.infer_objects()
    if is_bool_dtype(known.dtype):
        return {**gaps, "isin": [True, False]}
    if is_numeric_dtype(known.dtype):
        return {"dtype": "float64", **gaps, "coerce": True, "notin": [math.inf, -math.inf]}
    if is_datetime64_any_dtype(known.dtype):
        # In microseconds, because files differ in the unit.
        zone = known.dt.tz
        return {"dtype": str(pd.DatetimeTZDtype("us", zone)) if zone else "datetime64[us]", **gaps}
    if known.empty or not is_string_dtype(known):
        return gaps
    return _describe_text(known, never_missing=not gaps)


def _describe_text(known: pd.Series, *, never_missing: bool) -> dict[str, Any]:
    text: dict[str, Any] = {"dtype": "str", "nullable": True, "coerce": True}
    if never_missing:
        text["str_length"] = dict(NEVER_MISSING)
    if pattern := _find_date_pattern(known):
        return {**text, "description": f"a date such as {known.iloc[0]}", "str_matches": pattern}
    values_seen = sorted(known.unique().tolist())
    if len(values_seen) > MAX_CHECKED_VALUES:
        return text
    return {**text, "isin": {"allowed_values": values_seen, "raise_warning": True}}


def _find_date_pattern(texts: pd.Series) -> str | None:
    """Find the regular expression of the dates that skrub reads from a text column, if it reads any."""
    if not re.search(r"(\d\D*){4}", texts.iloc[0]):
        return None
    from skrub import ToDatetime  # noqa: PLC0415
    from skrub.core import RejectColumn  # noqa: PLC0415

    try:
        date_format = ToDatetime().fit(texts).format_
    except RejectColumn:
        return None
    parts = re.split(r"(%\w)", date_format)
    pattern = "".join(
        DATE_PARTS.get(part, r"\w+") if part.startswith("%") else re.escape(part) for part in parts
    )
    return f"{pattern}$" if texts.str.fullmatch(pattern).all() else None
