"""Load the model: an ONNX graph, which ONNX Runtime computes."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime
import pandas as pd
from sklearn.base import BaseEstimator, ClassifierMixin

from decisions import restore_decision
from rows import COLUMNS

FOLDER = Path(__file__).parent
TYPES = {"tensor(float)": np.float32, "tensor(double)": np.float64, "tensor(string)": object}


class OnnxModel(BaseEstimator):  # type: ignore[misc]  # not typed
    """A graph with the interface of scikit-learn: one input for each column, one output or two."""

    def __init__(self, session: onnxruntime.InferenceSession) -> None:
        """Take a session of ONNX Runtime."""
        self.session = session

    def compute(self, rows: pd.DataFrame, output: int) -> Any:
        """Compute an output of the graph."""
        pairs = zip(self.session.get_inputs(), COLUMNS, strict=True)
        inputs = {found.name: rows[[name]].to_numpy(TYPES[found.type]) for found, name in pairs}
        return self.session.run(None, inputs)[output]

    def predict(self, rows: pd.DataFrame) -> Any:
        """Predict the target."""
        return self.compute(rows, 0).ravel()


class OnnxClassifier(ClassifierMixin, OnnxModel):  # type: ignore[misc]  # not typed
    """A graph that gives classes and their probabilities."""

    def predict(self, rows: pd.DataFrame) -> Any:
        """Predict the class; a graph has only numbers for true and false."""
        labels = super().predict(rows)
        return labels.astype(bool) if self.classes_.dtype == bool else labels

    def predict_proba(self, rows: pd.DataFrame) -> Any:
        """Predict the probability of each class."""
        return self.compute(rows, 1)


def load_model() -> Any:
    """Load the graph, and let it decide as its card says."""
    card = json.loads((FOLDER / "card.json").read_text("utf-8"))
    session = onnxruntime.InferenceSession(FOLDER / "model.onnx")
    model = OnnxClassifier(session) if "classes" in card else OnnxModel(session)
    if "classes" in card:
        model.classes_ = np.array(card["classes"])  # in the order of their probabilities
    return restore_decision(model, card.get("decision", {}))
