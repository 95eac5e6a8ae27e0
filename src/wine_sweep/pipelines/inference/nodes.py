"""Predict the target of new rows."""

from typing import Any

import numpy as np
import pandas as pd
from kedro_sweep.search import log_warnings
from sklearn.base import is_classifier


def predict(model: Any, new_samples: pd.DataFrame) -> pd.DataFrame:
    """Predict the target of new rows.

    Returns:
        One row for each, with the same index: `prediction`, and `probability_<class>` for each class if
        the classifier predicts probabilities.
    """
    with log_warnings():
        found = np.ravel(model.predict(new_samples))  # CatBoost returns classes as a column
        predictions = pd.DataFrame({"prediction": found}, index=new_samples.index)
        if is_classifier(model) and hasattr(model, "predict_proba"):
            names = [f"probability_{name}" for name in model.classes_]
            predictions[names] = model.predict_proba(new_samples)
    return predictions
