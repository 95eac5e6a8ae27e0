"""Draw the study.

Plotly is imported where it is used, so that other runs do not wait for it. That includes annotations,
because Kedro evaluates them in every run.
"""

from typing import Any

import optuna
from kedro_sweep.report import say_if_too_small


def plot_optimization_history(study: optuna.Study, sweep_summary: dict[str, Any]) -> Any:
    """Draw the value of each trial, and the best value so far.

    Args:
        study: The study.
        sweep_summary: Names the score.

    Returns:
        The Plotly figure.
    """
    figure = optuna.visualization.plot_optimization_history(study, target_name=sweep_summary["scoring"])
    return figure.update_layout(title="Optimization history")


def plot_param_importances(study: optuna.Study, sweep_summary: dict[str, Any]) -> Any:
    """Draw how much of the score's variation each parameter explains.

    Args:
        study: The study.
        sweep_summary: Names the score.

    Returns:
        The Plotly figure, or one that explains why it is empty.
    """
    title = "Hyperparameter importances"
    if too_small := say_if_too_small(study, title):
        return too_small
    figure = optuna.visualization.plot_param_importances(study, target_name=sweep_summary["scoring"])
    return figure.update_layout(title=title)


def plot_slice(study: optuna.Study, sweep_summary: dict[str, Any]) -> Any:
    """Draw the value of each trial against each parameter.

    Args:
        study: The study.
        sweep_summary: Names the score.

    Returns:
        The Plotly figure.
    """
    figure = optuna.visualization.plot_slice(study, target_name=sweep_summary["scoring"])
    return figure.update_layout(title="Slices")


def plot_parallel_coordinate(study: optuna.Study, sweep_summary: dict[str, Any]) -> Any:
    """Draw each trial as a line through its parameters and its value.

    Args:
        study: The study.
        sweep_summary: Names the score.

    Returns:
        The Plotly figure, or one that explains why it is empty.
    """
    title = "Parallel coordinates"
    if too_small := say_if_too_small(study, title):
        return too_small
    figure = optuna.visualization.plot_parallel_coordinate(study, target_name=sweep_summary["scoring"])
    return figure.update_layout(title=title)
