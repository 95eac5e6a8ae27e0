"""The model to export, with what goes with it: schema, card, and rows with their predictions."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from kedro.io import Version
from sklearn.pipeline import Pipeline

from kedro_sweep.datasets import new_rows
from kedro_sweep.datasets.schema_validator import find_schema
from kedro_sweep.errors import InputError
from kedro_sweep.evaluation import predict_table
from kedro_sweep.handover._row_schema import to_json
from kedro_sweep.tables import check_rows, label_rows

N_SAMPLE, MOST_CHECKED = 20, 10_000


@dataclass(frozen=True)
class Handover:
    """A model, and what goes with it; `rows` are raw, and the model has not seen them."""

    model: Pipeline
    version: str
    schema: str
    card: dict[str, Any]
    card_page: str
    rows: pd.DataFrame


def gather(catalog: Any, version: str | None = None) -> Handover:
    """Load a version of the model, by default the newest, and what goes with it."""
    model, chosen = new_rows.choose_model(catalog, version, allow_other_versions=False)
    schema = find_schema(catalog, new_rows.NEW_ROWS)
    if schema is None:
        raise InputError(
            "There is no schema to check rows against: give `new_samples` in conf/base/catalog.yml its "
            "validator again."
        )
    of_run = Version(chosen, None)
    page = catalog.get("model_card_page", version=of_run)
    raw, test = label_rows(catalog.load("raw")), catalog.load("test")
    return Handover(
        model.load(),
        chosen,
        schema,
        catalog.get("model_card", version=of_run).load(),
        page.load() if page.exists() else "",
        raw.loc[raw.index.intersection(test.index)],
    )


def predict_rows(given: Handover, schema: dict[str, Any]) -> list[dict[str, Any]]:
    """Predict a sample, over the range of predictions; and all rows, with more values missing."""
    raw = given.rows[:MOST_CHECKED]
    rows, errors, _ = check_rows(raw, given.schema)
    if wrong := {label for error in errors for label in error.rows}:
        rows, errors, _ = check_rows(raw.drop(index=[*wrong]), given.schema)
    if errors or rows.empty:
        problem = f"{errors[0].column}: {errors[0].problem}" if errors else "there is no row"
        raise InputError(
            f"The test rows of `raw` do not fit the model of {given.version} ({problem}): export it "
            "with the table that it was trained on, or train again."
        )
    rows = rows[[*schema["properties"]]]
    order = np.argsort(predict_table(given.model, rows)["prediction"].to_numpy(), kind="stable")
    sample = rows.iloc[order[np.linspace(0, len(order) - 1, min(N_SAMPLE, len(order))).astype(int)]]
    gaps = [
        name
        for name, column in schema["properties"].items()
        if "null" in column["type"] and column.get("training", {}).get("missing", True)
    ]
    blank = sample.astype(dict.fromkeys(gaps, "object"))
    blank[gaps] = None
    return [_predict(given, schema, tables) for tables in ([sample], [rows, blank])]


def _predict(given: Handover, schema: dict[str, Any], tables: list[pd.DataFrame]) -> dict[str, Any]:
    return {
        "rows": [row for table in tables for row in to_json(table, schema)],
        "expected": [
            row for table in tables for row in predict_table(given.model, table).to_dict("records")
        ],
    }
