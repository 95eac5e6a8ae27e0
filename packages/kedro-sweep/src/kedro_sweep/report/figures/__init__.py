"""The figures of a search and a model, all in one style (Matplotlib)."""

from typing import Any

import pandas as pd
from sklearn.pipeline import Pipeline
from threadpoolctl import threadpool_limits

from kedro_sweep.remembered import remember
from kedro_sweep.report.figures._curves import plot_curves
from kedro_sweep.report.figures._dependence import plot_partial_dependence
from kedro_sweep.report.figures._importance import plot_importance
from kedro_sweep.report.figures._panels import Picture, draw, to_html
from kedro_sweep.report.figures._predictions import plot_predictions
from kedro_sweep.report.figures._study import draw_speed, draw_study, say_if_too_small
from kedro_sweep.report.figures._style import limit_values
from kedro_sweep.report.figures._time import draw_time
from kedro_sweep.tables import SHOWN_ROWS, Data, draw_rows

__all__ = ["plot_model", "plot_predictions", "say_if_too_small"]

MODEL_FIGURES = (
    "train_confusion_matrix",
    "test_confusion_matrix",
    "permutation_importance",
    "partial_dependence",
    "test_curves",
)


def _list_inputs(
    model: Pipeline, train: pd.DataFrame, test: pd.DataFrame, data: Data, sweep_summary: dict[str, Any]
) -> tuple[Any, ...]:
    return model, train, test, data, sweep_summary["scoring"], sweep_summary["direction"]


@remember(of=_list_inputs)
def plot_model(
    model: Pipeline,
    train: pd.DataFrame,
    test: pd.DataFrame,
    data: Data,
    sweep_summary: dict[str, Any],
) -> tuple[Picture, Picture, Picture, Picture, Picture, dict[str, Any]]:
    """Draw all figures of a model.

    Args:
        model: The fitted model; its first step takes raw rows.
        train: The rows that it was trained on, features and target.
        test: Rows that it was not trained on.
        data: The column to predict, and the seed of the samples of rows.
        sweep_summary: Names the score of the search and its direction.

    Returns:
        The pictures in the order of `MODEL_FIGURES`, and by feature, the `value` of its
        importance, its `spread`, the `noise` and, of those that are drawn, the `effect`.
    """
    target, seed = data.y_label, data.random_seed
    names = {}
    for name, table in {"training rows": train, "test rows": test}.items():
        rows = table.iloc[draw_rows(len(table), SHOWN_ROWS, seed)]
        sampled = "" if len(rows) == len(table) else "sampled "
        names[f"{sampled}{name}"] = rows
    (train_name, train), (test_name, test) = names.items()
    # With so few rows, threads would spend most of the time waiting for each other.
    with threadpool_limits(1):
        scored = sweep_summary["scoring"], sweep_summary["direction"]
        importance, ranking, found = plot_importance(model, test, target, *scored, seed)
        dependence, effects = plot_partial_dependence(model, train, target, ranking, seed)
        return (
            draw(plot_predictions(model, train, target, train_name)),
            draw(plot_predictions(model, test, target, test_name)),
            draw(importance),
            draw(dependence),
            draw(plot_curves(model, test, target, test_name)),
            {name: one | {"effect": effects.get(name, "")} for name, one in found.items()},
        )
