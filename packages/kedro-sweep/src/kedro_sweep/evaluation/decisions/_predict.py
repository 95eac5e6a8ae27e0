"""The table of predictions for new rows."""

from itertools import compress
from typing import Any

import numpy as np
import pandas as pd
from sklearn.base import is_classifier

from kedro_sweep.evaluation.decisions._intervals import predict_intervals, predict_sets
from kedro_sweep.search import log_warnings


def predict_table(model: Any, rows: pd.DataFrame) -> pd.DataFrame:
    """Predict the target of new rows.

    Args:
        model: Takes raw rows.
        rows: The rows.

    Returns:
        `prediction` for each row; `low` and `high` of a number; `probability_<class>` for each class,
        and the `prediction_set` of those that are probable enough.
    """
    interval = getattr(model, "decision_", {}).get("interval", {})
    with log_warnings():
        found = np.ravel(model.predict(rows))  # CatBoost returns classes as a column
        table = pd.DataFrame({"prediction": found}, index=rows.index)
        if is_classifier(model) and hasattr(model, "predict_proba"):
            names, probabilities = [*map(str, model.classes_)], np.asarray(model.predict_proba(rows))
            table[[f"probability_{name}" for name in names]] = probabilities
            if interval.get("kind") == "set":
                sets = predict_sets(interval, probabilities)
                table["prediction_set"] = [" | ".join(compress(names, row)) for row in sets]
        elif interval.get("kind") == "interval":
            table["low"], table["high"] = predict_intervals(interval, found)
    return table
