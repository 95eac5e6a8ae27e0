"""A model of customers, with what an export takes along."""

from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.compose import make_column_transformer
from sklearn.ensemble import RandomForestClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OrdinalEncoder

from kedro_sweep.handover import Handover
from kedro_sweep.tables import Data, prepare_rows, take_raw_rows
from kedro_sweep.tables.schema import infer_schema


@pytest.fixture(scope="session")
def customers() -> pd.DataFrame:
    random = np.random.default_rng(0)
    plans = random.choice(["basic", "pro"], 60)
    table = pd.DataFrame({"age": random.normal(40, 9, 60).round(), "plan": plans})
    table["since"] = pd.Timestamp("2026-01-01") + pd.to_timedelta(random.integers(0, 90, 60), "D")
    table["active"] = random.random(60) < 0.5
    table.loc[::7, "age"] = None
    return table


@pytest.fixture(scope="session")
def handover(customers: pd.DataFrame) -> Handover:
    """A forest on numbers and a category, with its schema and card."""
    names = ["age", "plan", "active"]
    train = customers[names].astype({"active": float}).assign(left=["yes", "no"] * 30)
    preparation = prepare_rows(train, {"age": 40.0}, Data(y_label="left", impute="mean"))
    encode = make_column_transformer(
        (OrdinalEncoder(handle_unknown="use_encoded_value", unknown_value=-1), ["plan"]),
        remainder="passthrough",
        verbose_feature_names_out=False,
    ).set_output(transform="pandas")
    forest = make_pipeline(encode, RandomForestClassifier(n_estimators=3, random_state=0))
    estimator = forest.fit(preparation.transform(train), train["left"])
    schema = infer_schema(customers, names, ["age"])
    card: dict[str, Any] = {"target": "left", "task": "classification", "decision": {}}
    card |= {"classes": ["no", "yes"], "versions": {"python": "3.11.0"}}
    model = take_raw_rows(preparation, estimator)
    return Handover(model, "2026-01-01T00.00.00.000Z", schema, card, "# Card", customers[names])
