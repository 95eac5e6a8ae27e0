"""The model card of a run: how its model was trained, and how good it is."""

import platform
from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd
from sklearn.base import is_classifier
from sklearn.compose import ColumnTransformer
from sklearn.pipeline import Pipeline

from kedro_sweep import __version__
from kedro_sweep.search import Sweep
from kedro_sweep.search.settings import choose_candidates
from kedro_sweep.search.study import find_versions, list_modules
from kedro_sweep.tables import Data

# What the card copies from the summary of the search.
SCORES = ["scoring", "best_value", "corrected_value", "corrected_low", "corrected_high"]
ENSEMBLE = {"model_type": "ensemble", "fixed_params": {}, "best_params": {}}


def describe_members(
    members: Sequence[Mapping[str, Any]], preparation: ColumnTransformer, data: Data, sweep: Sweep
) -> dict[str, Any]:
    """Describe what a model consists of, to compare runs.

    Args:
        members: The trials, as `choose_members` returned them.
        preparation: Picks the features.
        data: The column to predict.
        sweep: Their estimators.

    Returns:
        Its features and target, its class and arguments, and those of each member of an ensemble.
    """
    candidates = choose_candidates(sweep)
    described = [
        {
            **member,
            "model_type": candidates[member["candidate"]].path,
            "fixed_params": candidates[member["candidate"]].params,
        }
        for member in members
    ]
    description = {"features": preparation.feature_names_in_.tolist(), "y_label": data.y_label}
    if len(described) > 1:
        return description | ENSEMBLE | {"members": described}
    [only] = described
    model = {name: only[name] for name in ("model_type", "fixed_params")}
    return description | model | {"best_params": only["params"]}


def make_model_card(
    model: Pipeline,
    train: pd.DataFrame,
    features: dict[str, Any],
    sweep_summary: dict[str, Any],
    train_metrics: dict[str, float],
    test_metrics: dict[str, float],
    test_details: dict[str, Any],
) -> dict[str, Any]:
    """Describe what a user of the saved model must know. Saved last, it marks a finished run.

    Args:
        model: The fitted model.
        train: Training rows.
        features: What the model consists of.
        sweep_summary: The search that it comes from.
        train_metrics: Its metrics on the training rows.
        test_metrics: Its metrics on the test rows.
        test_details: The intervals of the test metrics, and the scores of each class.

    Returns:
        Features, target, versions of libraries, parameters and metrics.
    """
    parameters = {"fixed": features["fixed_params"], "best": features["best_params"]}
    if "members" in features:
        parameters["members"] = features["members"]
    return describe_model(
        model,
        train[features["features"]],
        features["y_label"],
        parameters,
        {
            "train": train_metrics,
            "test": test_metrics,
            "test_intervals": test_details["intervals"],
            **{name: sweep_summary[name] for name in SCORES},
        },
    )


def describe_model(
    model: Any,
    features: pd.DataFrame,
    y_label: str,
    parameters: dict[str, Any],
    metrics: dict[str, Any],
) -> dict[str, Any]:
    """Describe a trained model in JSON values, with the version of every package that it needs."""
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
