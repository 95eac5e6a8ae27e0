"""The model card of a run: what its model was made of, and how good it is."""

from typing import Any

import pandas as pd
from sklearn.pipeline import Pipeline

from kedro_sweep.search import describe_model

# What the card repeats of the summary of the search.
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
    """Say what a user of the saved model has to know; saved last, as the mark of a finished run.

    Args:
        model: The fitted model.
        train: Training rows.
        features: What the model was made of.
        sweep_summary: The search that it comes from.
        train_metrics: Its metrics on the training rows.
        test_metrics: Its metrics on the test rows.
        test_details: How certain they are.

    Returns:
        Features, target, versions of libraries, parameters and metrics.
    """
    return describe_model(
        model,
        train[features["features"]],
        features["y_label"],
        {"fixed": features["fixed_params"], "best": features["best_params"]},
        {
            "train": train_metrics,
            "test": test_metrics,
            "test_intervals": test_details["intervals"],
            **{name: sweep_summary[name] for name in SCORES},
        },
    )
