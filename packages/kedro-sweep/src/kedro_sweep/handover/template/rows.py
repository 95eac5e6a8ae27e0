"""Check rows against schema.json, and make the table that the model takes.

Each row is checked by itself. A value that training did not have is only a warning: the model can
predict the row, but knows nothing about the value.
"""

import json
import math
import re
from pathlib import Path
from typing import Any

import pandas as pd

SCHEMA = json.loads(Path(__file__).with_name("schema.json").read_text("utf-8"))
COLUMNS: dict[str, dict[str, Any]] = SCHEMA["properties"]
TIME_ZONE = re.compile(r":.*(Z|[+-]\d\d:?\d*)$")
SHOWN = 80

Found = list[dict[str, Any]]


def read_rows(rows: list[dict[str, Any]]) -> tuple[pd.DataFrame, Found, Found]:
    """Make a table of rows; also list what makes them unusable, and what to warn of.

    Columns may be in any order, and others are ignored. If there are problems, the table is empty.
    """
    problems: Found = []
    warnings: Found = []
    for number, row in enumerate(rows):
        for name, column in COLUMNS.items():
            value = row.get(name)
            found = {"row": number, "column": name, "value": _show(value)}
            if problem := _find_problem(value, column) if name in row else "is not in the row":
                problems.append(found | {"problem": problem, "remedy": f"Send {column['description']}."})
            elif warning := _find_warning(value, column.get("training", {})):
                warnings.append(found | {"problem": warning})
    columns = {} if problems else COLUMNS
    table = {name: _convert([row[name] for row in rows], column) for name, column in columns.items()}
    return pd.DataFrame(table), problems, warnings


def _find_problem(value: Any, column: dict[str, Any]) -> str | None:
    """Find out why the model cannot use a value."""
    kind, *or_null = column["type"]
    if _is_missing(value):
        return None if or_null else "is missing"
    if kind == "number":
        return None if _is_finite(value) else "is not a number"
    if kind == "boolean":
        return None if isinstance(value, bool) else "is neither true nor false"
    if not (isinstance(value, str) and _is_unicode(value)):
        return "is not text"
    if value not in column.get("enum", [value]):
        return "is not an allowed value"
    is_date = "format" not in column or _is_date(value, column["format"])
    return None if is_date and re.match(column.get("pattern", ""), value) else "is not such a date"


def _is_missing(value: Any) -> bool:
    return value is None or (isinstance(value, float) and math.isnan(value))


def _is_unicode(text: str) -> bool:
    """Check that no letter is half of one, which JSON can hold and no encoding can write."""
    return not any("\ud800" <= letter <= "\udfff" for letter in text)


def _is_finite(value: Any) -> bool:
    try:
        return not isinstance(value, bool | str) and math.isfinite(value)
    except (TypeError, OverflowError):
        return False


def _is_date(text: str, kind: str) -> bool:
    """Check a date in ISO 8601; a `date-time` has a time zone, and a `local-date-time` has none."""
    has_zone = bool(TIME_ZONE.search(text))
    is_read = pd.notna(pd.to_datetime(text, format="ISO8601", errors="coerce", utc=True))
    return is_read and has_zone == (kind == "date-time")


def _find_warning(value: Any, training: dict[str, Any]) -> str | None:
    if _is_missing(value):
        return None if training.get("missing", True) else "is missing, but never was in training"
    return None if value in training.get("values", [value]) else "was not seen in training"


def _convert(values: list[Any], column: dict[str, Any]) -> pd.Series:
    """Convert values to the type that the column had in training."""
    if "format" in column:
        dates = pd.to_datetime(pd.Series(values, dtype="object"), format="ISO8601", utc=True)
        return dates.dt.tz_localize(None).astype("datetime64[us]")
    return pd.Series(values, dtype="str" if column["type"][0] == "string" else "float64")


def _show(value: Any) -> Any:
    """Show a value in JSON, which has no infinite numbers."""
    return value if value is None or isinstance(value, bool | int) else str(value)[:SHOWN]
