"""A Pandera schema of the features, learned from training rows.

The schema says which columns there are, their types, categories and formats of dates, and where values
may be missing. It sets no ranges: a model may be asked about numbers outside those of training.
"""

import json
import math
import re
from collections.abc import Collection, Mapping
from functools import lru_cache
from typing import Any

import pandas as pd
import yaml
from pandas.api import types
from sklearn.pipeline import Pipeline

from kedro_sweep.errors import InputError
from kedro_sweep.tables._features import label_rows, list_features
from kedro_sweep.tables._parameters import Data
from kedro_sweep.tables.kinds import to_texts
from kedro_sweep.tables.schema._drift import MAX_CATEGORIES, describe_values

# Those of libyaml are several times as fast, but a build of PyYAML may lack them.
LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
DUMPER = getattr(yaml, "CSafeDumper", yaml.SafeDumper)
# The parts of skrub's formats of dates; letters stand for names of months and days, and the like.
DATE_PARTS = {
    **{"%Y": r"\d{4}", "%y": r"\d\d", "%m": r"(0?[1-9]|1[0-2])", "%d": r"(0?[1-9]|[12]\d|3[01])"},
    **{"%H": r"([01]?\d|2[0-3])", "%I": r"(0?[1-9]|1[0-2])", "%M": r"[0-5]?\d", "%S": r"[0-5]?\d"},
    **{"%f": r"\d+", "%z": r"(Z|[+-]\d\d:?\d\d)"},
}
# Where a column of the schema describes the training rows, in JSON because YAML takes long to read.
TRAINING, DATE_FORMAT = "training", "date_format"
FIRST = 100  # texts, of which one looks like a date if others are to be compared with formats


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
        pattern, date_format, example = found
        text |= {"description": f"a date such as {example}", DATE_FORMAT: date_format}
        return {**text, "str_matches": pattern}
    values_seen = sorted(known.unique().tolist())
    if len(values_seen) > MAX_CATEGORIES:  # encoded by their letters, so a new one still counts
        return text
    return {**text, "isin": {"allowed_values": values_seen, "raise_warning": True}}


def _find_date_format(texts: pd.Series) -> tuple[str, str, str] | None:
    """Find the regular expression, the format and an example of the dates that skrub reads from text.

    Marks of missing values, such as ?, may stand beside the dates.
    """
    if not texts.head(FIRST).str.contains(r"(?:\d\D*){4}").any():
        return None
    from skrub import Cleaner, ToDatetime  # noqa: PLC0415

    cleaner = Cleaner()
    is_missing = cleaner.fit_transform(texts.rename("date").to_frame())["date"].isna().to_numpy()
    steps = cleaner.all_processing_steps_["date"]
    date_format = next((step.format_ for step in steps if isinstance(step, ToDatetime)), None)
    if date_format is None:
        return None
    parts = re.split(r"(%\w)", date_format)
    found = (DATE_PARTS.get(part, r"\w+") if part[:1] == "%" else re.escape(part) for part in parts)
    pattern, dates = "".join(found), texts[~is_missing]
    if not dates.str.fullmatch(pattern).all():
        return None
    marks = sorted(texts[is_missing].unique())
    pattern = f"({'|'.join([pattern, *map(re.escape, marks)])})" if marks else pattern
    return f"{pattern}$", date_format, dates.iloc[0]


@lru_cache(maxsize=1)  # a file may be checked in many pieces
def list_complete(schema: str) -> list[str]:
    """List the columns that may have gaps, but had none in training, except those of text."""
    columns = yaml.load(schema, LOADER)["columns"].items()
    return [
        name
        for name, column in columns
        if (training := _find_training(column))
        and column.get("nullable")
        and column.get("dtype") != "str"
        and json.loads(training)["counts"][-1] == 0
    ]


def _find_training(column: Mapping[str, Any] | None) -> str | None:
    training: str | None = ((column or {}).get("metadata") or {}).get(TRAINING)
    return training


def read_training(schema: str) -> dict[str, dict[str, Any]]:
    """Read what a schema says about the training rows of each feature, and the categories it allows."""
    described = {}
    for name, column in yaml.load(schema, LOADER)["columns"].items():
        if not (training := _find_training(column)):
            raise InputError(
                f"--drift: the schema of this model does not describe the training rows of '{name}': "
                "train it again with `kedro run`, which repeats no trial."
            )
        allowed = column.get("isin")
        categories = allowed["allowed_values"] if isinstance(allowed, dict) else None
        described[name] = json.loads(training) | {"categories": categories}
    return described
