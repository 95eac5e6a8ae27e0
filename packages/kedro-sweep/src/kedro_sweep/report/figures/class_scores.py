"""How strongly a model assigns each row to each class."""

from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

UNSCORED = "The model predicts neither probabilities nor a decision value per class."


def score_classes(model: Any, rows: pd.DataFrame) -> NDArray[np.float64] | None:
    """Score how strongly each row is assigned to each class."""
    if hasattr(model, "predict_proba"):
        return np.asarray(model.predict_proba(rows), dtype=float)
    if not hasattr(model, "decision_function"):
        return None
    values = np.asarray(model.decision_function(rows), dtype=float)
    if values.ndim == 1:
        return np.column_stack([-values, values])
    return values if values.shape[1] == len(model.classes_) else None
