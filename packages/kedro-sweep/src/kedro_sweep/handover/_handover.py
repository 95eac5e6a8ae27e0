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


def predict_rows(
    given: Handover, schema: dict[str, Any], tolerance: float
) -> tuple[dict[str, Any], dict[str, Any]]:
    """Predict a sample of the rows, over the range of predictions; and all, with more values missing."""
    rows, errors, _ = check_rows(given.rows[:MOST_CHECKED], given.schema)
    if wrong := {label for error in errors for label in error.rows}:
        rows, errors, _ = check_rows(given.rows[:MOST_CHECKED].drop(index=[*wrong]), given.schema)
    if errors or rows.empty:
        problem = f"{errors[0].column}: {errors[0].problem}" if errors else "there is no row"
        raise InputError(
            f"The test rows of `raw` do not fit the model of {given.version} ({problem}): export it "
            "with the table that it was trained on, or train again."
        )
    rows = rows[[*schema["properties"]]]
    predicted = predict_table(given.model, rows)
    order = predicted.reset_index(drop=True).sort_values("prediction", kind="stable").index
    chosen = order[np.linspace(0, len(order) - 1, min(N_SAMPLE, len(order))).astype(int)]
    gaps = [
        name
        for name, column in schema["properties"].items()
        if "null" in column["type"] and column.get("training", {}).get("missing", True)
    ]
    blank = rows.iloc[chosen].astype(dict.fromkeys(gaps, "object"))
    blank[gaps] = None
    tables = [(rows, predicted), (blank, predict_table(given.model, blank))]
    records = [(to_json(table, schema), found.to_dict("records")) for table, found in tables]
    tested: dict[str, Any] = {
        "rows": records[0][0] + records[1][0],
        "expected": records[0][1] + records[1][1],
    }
    sample = {name: [values[number] for number in chosen] for name, values in tested.items()}
    return sample | {"tolerance": tolerance}, tested | {"tolerance": tolerance}
