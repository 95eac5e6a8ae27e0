"""Draw the study.

Plotly is imported where it is used, so that other runs do not wait for it. That includes annotations,
because Kedro evaluates them in every run.
"""

from typing import Any

import optuna
from kedro_sweep.evaluation import load_study
from kedro_sweep.report import say_if_too_small
from optuna.storages import BaseStorage


def plot_study(study_storage: BaseStorage, sweep_summary: dict[str, Any]) -> list[Any]:
    """Draw every figure of the best candidate's study.

    Args:
        study_storage: The storage of the studies.
        sweep_summary: Names the study and the score.

    Returns:
        One Plotly figure for each entry of `STUDY_PLOTS`.
    """
    # One node, because each node that takes the storage reads all trials again.
    study = load_study(study_storage, sweep_summary)
    return [plot(study, sweep_summary["scoring"]) for plot in STUDY_PLOTS.values()]


def plot_optimization_history(study: optuna.Study, scoring: str) -> Any:
    """Draw the value of each trial, and the best value so far.

    Args:
        study: The study.
        scoring: Name of the score.

    Returns:
        The Plotly figure.
    """
    figure = optuna.visualization.plot_optimization_history(study, target_name=scoring)
    return figure.update_layout(title="Optimization history")


def plot_param_importances(study: optuna.Study, scoring: str) -> Any:
    """Draw how much of the score's variation each parameter explains.

    Args:
        study: The study.
        scoring: Name of the score.

    Returns:
        The Plotly figure, or one that explains why it is empty.
    """
    title = "Hyperparameter importances"
    if too_small := say_if_too_small(study, title):
        return too_small
    figure = optuna.visualization.plot_param_importances(study, target_name=scoring)
    return figure.update_layout(title=title)


def plot_slice(study: optuna.Study, scoring: str) -> Any:
    """Draw the value of each trial against each parameter.

    Args:
        study: The study.
        scoring: Name of the score.

    Returns:
        The Plotly figure.
    """
    figure = optuna.visualization.plot_slice(study, target_name=scoring)
    return figure.update_layout(title="Slices")


def plot_parallel_coordinate(study: optuna.Study, scoring: str) -> Any:
    """Draw each trial as a line through its parameters and its value.

    Args:
        study: The study.
        scoring: Name of the score.

    Returns:
        The Plotly figure, or one that explains why it is empty.
    """
    title = "Parallel coordinates"
    if too_small := say_if_too_small(study, title):
        return too_small
    figure = optuna.visualization.plot_parallel_coordinate(study, target_name=scoring)
    return figure.update_layout(title=title)


# The dataset of each figure, and what draws it.
STUDY_PLOTS = {
    "optimization_history": plot_optimization_history,
    "param_importances": plot_param_importances,
    "slice": plot_slice,
    "parallel_coordinate": plot_parallel_coordinate,
}
