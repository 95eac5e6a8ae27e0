"""A placeholder for a figure of a study that cannot be drawn."""

from typing import Any

import optuna
from optuna.trial import TrialState

from kedro_sweep import text


def say_if_too_small(study: optuna.Study, title: str) -> Any:
    """Explain why a figure that compares trials and parameters cannot be drawn.

    Args:
        study: The study; at least one trial has a score.
        title: Title of the figure.

    Returns:
        A Plotly figure with the reason; None if there are two trials and two parameters to compare.
    """
    complete = study.get_trials(deepcopy=False, states=(TrialState.COMPLETE,))
    n_params = len(study.best_params)
    if len(complete) > 1 and n_params > 1:
        return None
    from plotly.graph_objects import Figure  # noqa: PLC0415

    reason = (
        "This figure compares trials and parameters with each other:<br>it needs two of each, and this "
        f"study has {text.count(len(complete), 'complete trial')} and "
        f"{text.count(n_params, 'parameter')}."
    )
    return Figure(
        layout={
            "title": title,
            "xaxis": {"visible": False},
            "yaxis": {"visible": False},
            "annotations": [{"text": reason, "showarrow": False, "font": {"size": 16}}],
        }
    )
