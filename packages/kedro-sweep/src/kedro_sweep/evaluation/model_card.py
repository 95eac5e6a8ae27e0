"""The model card of a run: how its model was trained, and how good it is."""

import platform
from typing import Any

import pandas as pd
from sklearn.base import is_classifier
from sklearn.pipeline import Pipeline

from kedro_sweep import __version__
from kedro_sweep.evaluation.decisions import find_undecided
from kedro_sweep.search.study import find_versions, list_modules

# What the card copies from the summary of the search.
SCORES = ["scoring", "best_value", "corrected_value", "corrected_low", "corrected_high"]


def make_model_card(
    model: Pipeline,
    train: pd.DataFrame,
    features: dict[str, Any],
    sweep_summary: dict[str, Any],
    train_metrics: dict[str, float],
    test_metrics: dict[str, float],
    test_details: dict[str, Any],
) -> dict[str, Any]:
    """Describe what a user of the saved model must know. Saved last, it marks a finished run."""
    parameters = {"fixed": features["fixed_params"], "best": features["best_params"]}
    if "members" in features:
        parameters["members"] = features["members"]
    modules = list_modules(model, []) | list_modules(find_undecided(model[-1]), [])
    types = train[features["features"]].dtypes
    card = {
        "task": "classification" if is_classifier(model) else "regression",
        "target": features["y_label"],
        "features": {str(name): str(dtype) for name, dtype in types.items()},
        "versions": {"python": platform.python_version()}
        | find_versions({"numpy", "pandas", *modules})
        | {"kedro-sweep": __version__},
        "parameters": parameters,
        "decision": getattr(model, "decision_", {}),
        "metrics": {
            "train": train_metrics,
            "test": test_metrics,
            "test_intervals": test_details["intervals"],
            **{name: sweep_summary[name] for name in SCORES},
        },
    }
    if is_classifier(model):
        card["classes"] = model.classes_.tolist()
    return card
