"""A placeholder for a figure that cannot be drawn."""

from typing import Any

import optuna
from optuna.trial import TrialState


def show_message(title: str, message: str) -> Any:
    """Draw a message in place of a figure.

    Args:
        title: Title of the missing figure.
        message: Why it is missing; lines are separated by `<br>`.

    Returns:
        The Plotly figure.
    """
    from plotly.graph_objects import Figure  # noqa: PLC0415

    return Figure(
        layout={
            "title": title,
            "xaxis": {"visible": False},
            "yaxis": {"visible": False},
            "annotations": [{"text": message, "showarrow": False, "font": {"size": 16}}],
        }
    )


def say_if_too_small(study: optuna.Study, title: str) -> Any:
    """Explain why a figure that compares trials and parameters cannot be drawn.

    Args:
        study: The study; at least one trial has a score.
        title: Title of the figure.

    Returns:
        The Plotly figure with the reason; None if there are two trials and two parameters to compare.
    """
    complete = study.get_trials(deepcopy=False, states=(TrialState.COMPLETE,))
    n_params = len(study.best_params)
    if len(complete) > 1 and n_params > 1:
        return None
    reason = (
        "This figure compares trials and parameters with each other:<br>it needs two of each, and "
        f"this study has {len(complete)} complete trial(s) of {n_params} parameter(s)."
    )
    return show_message(title, reason)
