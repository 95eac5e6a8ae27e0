"""Draw the study: an example of figures to change, or to add to.

Plotly is neither imported here nor named in annotations, so that other runs do not wait for it.
"""

from typing import Any

import optuna
from kedro_sweep.evaluation import list_results, load_study
from kedro_sweep.remembered import remember
from kedro_sweep.report import say_if_too_small
from optuna.storages import BaseStorage

MOST = 50  # more lines hide each other


@remember(of=list_results)  # a run with the same trials takes the figures of the last one
def plot_study(study_storage: BaseStorage, sweep_summary: dict[str, Any]) -> tuple[Any, Any, Any, Any]:
    """Draw the trials of the study.

    Returns:
        Plotly figures: the value of each trial and the best so far; how much each parameter differs
        between the best tenth of the trials and all; the value against each parameter; each of the best
        trials as a line through its parameters and its value. A figure that needs more of them says so.
    """
    study = load_study(study_storage, sweep_summary)
    trials = [trial for trial in study.trials if trial.state.name == "COMPLETE"]
    trials.sort(key=lambda trial: trial.value or 0.0, reverse=study.direction.name == "MAXIMIZE")
    optuna.logging.set_verbosity(optuna.logging.WARNING)  # the next line is no news
    best = optuna.create_study(direction=study.direction)
    best.add_trials(trials[:MOST])
    draw, name = optuna.visualization, {"target_name": sweep_summary["scoring"]}
    importances, parallel = "Hyperparameter importances", "Parallel coordinates of the best trials"
    return (
        draw.plot_optimization_history(study, **name).update_layout(title="Optimization history"),
        say_if_too_small(study, importances)
        or draw.plot_param_importances(study, **name).update_layout(title=importances),
        draw.plot_slice(study, **name).update_layout(title="Slices"),
        say_if_too_small(study, parallel)
        or draw.plot_parallel_coordinate(best, **name).update_layout(title=parallel),
    )


def join_figures(*figures: Any) -> str:
    """Put the figures on one page, where they answer the mouse. It loads Plotly over the network."""
    parts = [
        figure.to_html(full_html=False, include_plotlyjs=False if number else "cdn")
        for number, figure in enumerate(figures)
    ]
    return "\n".join(["<!doctype html>", '<meta charset="utf-8">', *parts])
