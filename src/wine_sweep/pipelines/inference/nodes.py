"""Predict the target of new rows."""

from typing import Any

import pandas as pd
from kedro_sweep.evaluation import predict_table


def predict(model: Any, new_samples: pd.DataFrame) -> pd.DataFrame:
    """Predict the target of new rows.

    Returns:
        One row for each, with the same index: `prediction`, with `low` and `high` for a number, or with
        `probability_<class>` for each class and the `prediction_set`.
    """
    return predict_table(model, new_samples)
