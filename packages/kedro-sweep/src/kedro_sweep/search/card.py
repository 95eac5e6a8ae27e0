"""The model card: what the model is and how it was trained, readable without loading the model."""

import platform
from typing import Any

import pandas as pd
from sklearn.base import is_classifier

from kedro_sweep import __version__
from kedro_sweep.search.provenance import find_versions, list_modules


def describe_model(
    model: Any,
    features: pd.DataFrame,
    y_label: str,
    parameters: dict[str, Any],
    metrics: dict[str, Any],
) -> dict[str, Any]:
    """Describe a trained model.

    Args:
        model: The fitted model.
        features: Training rows of the features, with the types that the model sees.
        y_label: Name of the column that the model predicts.
        parameters: The parameters it was trained with, such as `{"best": …, "fixed": …}`.
        metrics: Its scores, such as `{"train": …, "test": …, "best_value": …}`.

    Returns:
        A dictionary of JSON values. `versions` lists every package that the model needs.
    """
    modules = {"numpy", "pandas", *list_modules(model, [])}
    card = {
        "task": "classification" if is_classifier(model) else "regression",
        "target": y_label,
        "features": {str(name): str(dtype) for name, dtype in features.dtypes.items()},
        "versions": {"python": platform.python_version()}
        | find_versions(modules)
        | {"kedro-sweep": __version__},
        "parameters": parameters,
        "metrics": metrics,
    }
    if is_classifier(model):
        card["classes"] = model.classes_.tolist()
    return card
