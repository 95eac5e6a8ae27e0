"""The schema of a row in JSON Schema, which an exported application checks without Pandera."""

import math
from collections.abc import Callable
from typing import Any

import pandas as pd
import yaml
from sklearn.compose import ColumnTransformer

from kedro_sweep.errors import InputError
from kedro_sweep.tables import list_complete

TYPES = {"numbers": "number", "texts": "string", "dates": "string"}
# The parts of the model's own schema; others are checks that a user has added.
PARTS = {"dtype", "nullable", "coerce", "notin", "isin", "str_length", "str_matches"}
PARTS |= {"description", "metadata"}
# What the model's own schema says of them; other values are checks, too.
USUAL: dict[str, Any] = {"notin": [math.inf, -math.inf]}
USUAL["str_length"] = {"min_value": 0, "ignore_na": False, "raise_warning": True}
SAID = {"number": "a number", "boolean": "true or false", "string": "text in quotes"}
DATE = "a date such as 2026-01-31T09:30:00"


def describe_row(schema: str, preparation: ColumnTransformer) -> dict[str, Any]:
    """Translate Pandera's schema of raw rows for a model whose first step is `preparation`."""
    columns = yaml.safe_load(schema)["columns"]
    parts = getattr(preparation, "transformers", [("", None, [])])
    if not {kind for kind, _, _ in parts} <= TYPES.keys():
        raise InputError(
            f"The first step of the model is not what `prepare_rows` makes, but {preparation}: train it "
            "with `take_raw_rows`, as the pipeline data_science does."
        )
    kinds = {name: kind for kind, _, names in parts for name in names}
    names = preparation.feature_names_in_.tolist()
    if missing := [name for name in names if name not in columns]:
        raise InputError(
            f"The schema under new_samples in conf/base/catalog.yml does not describe {missing}: add "
            "these columns, or name the model's own schema there."
        )
    complete = list_complete(schema)
    properties = {
        name: _describe(name, columns[name] or {}, kinds[name], is_complete=name in complete)
        for name in names
    }
    dialect = {"$schema": "https://json-schema.org/draft/2020-12/schema"}
    return {**dialect, "type": "object", "properties": properties, "required": names}


def _describe(name: str, column: dict[str, Any], kind: str, *, is_complete: bool) -> dict[str, Any]:
    allowed = column.get("isin")
    changed = {name for name, usual in USUAL.items() if column.get(name, usual) != usual}
    if TYPES[kind] == "number" and allowed not in (None, [True, False]):
        changed.add("isin")
    if unknown := sorted((column.keys() - PARTS) | changed):
        raise InputError(
            f"schema.json cannot hold the check {unknown[0]} of the column '{name}': remove it from the "
            "schema under `new_samples` in conf/base/catalog.yml, or name the schema of the model there."
        )
    of_json = "boolean" if allowed == [True, False] else TYPES[kind]
    found: dict[str, Any] = {"type": [of_json], "description": SAID[of_json]}
    if kind == "dates":
        has_zone = "," in str(column.get("dtype"))
        found["format"] = "date-time" if has_zone else "local-date-time"
        found["description"] = f"{DATE}{'Z, with' if has_zone else ', without'} a time zone"
    if pattern := column.get("str_matches"):
        found |= {"pattern": pattern, "description": column.get("description", found["description"])}
    if column.get("nullable"):
        found["type"].append("null")
        found["description"] += ", or null if it is unknown"
    values = allowed["allowed_values"] if isinstance(allowed, dict) else allowed
    if isinstance(allowed, dict) and allowed.get("raise_warning"):
        found["training"] = {"values": values}
    elif values and of_json == "string":
        found["enum"] = values
    if is_complete or "str_length" in column:
        found["training"] = found.get("training", {}) | {"missing": False}
    return found


def to_json(rows: pd.DataFrame, schema: dict[str, Any]) -> list[dict[str, Any]]:
    """Write rows as a client would send them."""
    written = {
        name: [None if pd.isna(value) else _choose_writer(column)(value) for value in rows[name]]
        for name, column in schema["properties"].items()
    }
    return [dict(zip(written, values, strict=True)) for values in zip(*written.values(), strict=True)]


def _choose_writer(column: dict[str, Any]) -> Callable[[Any], Any]:
    if "format" in column:
        return lambda date: pd.Timestamp(date).isoformat()
    return {"number": float, "boolean": bool, "string": str}[column["type"][0]]
