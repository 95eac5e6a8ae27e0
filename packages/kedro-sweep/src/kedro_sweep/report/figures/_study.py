"""The results of a search: its trials, and the parameters that matter."""

from typing import Any

import numpy as np
import optuna
import pandas as pd
from numpy.typing import NDArray
from optuna.distributions import CategoricalDistribution
from optuna.trial import FrozenTrial, TrialState

from kedro_sweep import text
from kedro_sweep.evaluation import SweepSummary
from kedro_sweep.report.figures import _style as style
from kedro_sweep.report.figures._panels import tabulate
from kedro_sweep.search.study import find_sign, rank

MAX_PARAMETERS = 8
PER_ROW = 4
MAX_NAMED = 4
MAX_TABULATED = 10
FEWEST_TIMES = 5
# With fewer trials, an importance says more about the sampler than about the parameters.
FEWEST_TRIALS = 10
BEST_SHARE, FEWEST_BEST = 0.1, 5  # the trials whose values of a parameter are compared with all


@style.styled()
def draw_study(study: optuna.Study, summary: SweepSummary) -> "dict[str, style.Figure]":
    """Draw the value of each trial in order (`trials`) and against each parameter (`parameters`).

    Trials without a value are marked at the edge of the first figure and left out of the second. Of a
    contest, they are the trials of the candidate with the best value.
    """
    scored = [trial for trial in study.get_trials(deepcopy=False) if _has_value(trial)]
    if not scored:
        titles = {"trials": "Trials", "parameters": "Parameters"}
        message = "No trial of this study has a value."
        return {name: style.show_message(title, message) for name, title in titles.items()}
    importances = _weigh_parameters(study, scored)
    return {
        "trials": _draw_trials(study, scored, importances, summary),
        "parameters": _draw_parameters(study, scored, list(importances), summary),
    }


def _has_value(trial: FrozenTrial) -> bool:
    return trial.state == TrialState.COMPLETE and bool(np.isfinite(float(trial.value or 0)))


def _weigh_parameters(study: optuna.Study, scored: list[FrozenTrial]) -> dict[str, float]:
    names = list(dict.fromkeys(name for trial in scored for name in trial.params))
    varies = [name for name in names if len({str(trial.params.get(name)) for trial in scored}) > 1]
    if len(scored) < FEWEST_TRIALS or len({trial.value for trial in scored}) < 2 or len(varies) < 2:
        return dict.fromkeys(names, float("nan"))
    worst = rank(scored, study.direction)[-1].value
    n_better = sum(trial.value != worst for trial in scored)  # equal trials are taken together
    n_best = min(max(FEWEST_BEST, BEST_SHARE * len(scored)), n_better)
    share = (n_best - 0.5) / len(scored)  # which is rounded up
    evaluator = optuna.importance.PedAnovaImportanceEvaluator(target_quantile=share)
    return dict(optuna.importance.get_param_importances(study, evaluator=evaluator))


def _name_study(summary: SweepSummary) -> str:
    return f"{summary.candidate}: best" if len(summary.candidates) > 1 else "Best"


def _draw_trials(
    study: optuna.Study,
    scored: list[FrozenTrial],
    importances: dict[str, float],
    summary: SweepSummary,
) -> "style.Figure":
    best, name = rank(scored, study.direction)[0], text.name_score(summary.scoring)
    title = f"{_name_study(summary)} {name} {text.number(best.value)} (trial {best.number})"
    figure, [axes, bars] = style.make_figure(title, 4, columns=2)
    numbers, values = np.array([(trial.number, trial.value) for trial in scored], dtype=float).T
    many = len(scored) > style.MAX_VECTORS
    axes.scatter(numbers, values, s=18, c=style.BLUE, alpha=0.6, label="trial", rasterized=many)
    sign = find_sign(study.direction)
    low, high = style.limit_values(values, sign)
    best_so_far = sign * np.maximum.accumulate(sign * values)
    axes.step(numbers, best_so_far, where="post", color=style.VERMILION, label="best so far")
    references = {"untuned": (summary.untuned_value, "--"), "dummy": (summary.dummy_value, ":")}
    for label, (value, dash) in references.items():
        if value is not None and low <= value <= high:
            axes.axhline(value, color=style.GRAY, linestyle=dash, linewidth=1.4, label=label)
    finished = [trial for trial in study.get_trials(deepcopy=False) if trial.state.is_finished()]
    if others := [trial.number for trial in finished if not _has_value(trial)]:
        edge: dict[str, Any] = {"clip_on": False, "transform": axes.get_xaxis_transform()}
        label = f"pruned or failed ({len(others)})"
        axes.plot(others, np.zeros(len(others)), "x", color=style.GRAY, label=label, **edge)
    axes.set(xlabel="Number of the trial", ylabel=name, ylim=(low, high))
    if outside := int(np.sum((values < low) | (values > high))):
        axes.set_xlabel(f"Number of the trial ({text.count(outside, 'worse trial')} not shown)")
    axes.xaxis.get_major_locator().set_params(integer=True, min_n_ticks=1)
    axes.legend(loc="lower center", bbox_to_anchor=(0.5, 1), ncols=2, columnspacing=1, handlelength=1.6)
    _draw_importances(bars, dict(list(importances.items())[:MAX_PARAMETERS]))
    found = [(name, share, text.setting(best.params.get(name))) for name, share in importances.items()]
    tabulate(figure, found, "Parameter", "Importance", "Best trial")
    return figure


def _draw_importances(axes: "style.Axes", shown: dict[str, float]) -> None:
    if not shown or np.isnan(list(shown.values())).any():
        message = f"Importance needs {FEWEST_TRIALS} trials of different values, and two parameters."
        style.write_message(axes, message)
        return
    numbers = [f"{share:.0%}" for share in shown.values()]
    style.draw_bars(axes, style.cut_all(shown), [*shown.values()], numbers)
    axes.set_title("Importance of the parameters")


def _draw_parameters(
    study: optuna.Study, scored: list[FrozenTrial], names: list[str], summary: SweepSummary
) -> "style.Figure":
    shown, best = names[:MAX_PARAMETERS], rank(scored, study.direction)[0]
    if not shown:
        return style.show_message("Parameters", "The trials of this study have no parameters.")
    labels = style.cut_all(shown)
    own = [
        f"{label} = {text.setting(best.params[name], 3)}"
        for name, label in zip(shown, labels, strict=True)
        if name in best.params
    ]
    values = ", ".join(own[:MAX_NAMED] + ["…"] * (len(own) > MAX_NAMED))
    columns, title = min(len(shown), PER_ROW), f"{_name_study(summary)} trial (diamond): {values}"
    rows = -(-len(shown) // columns)
    figure, panels = style.make_figure(title, 0.9 + 2.9 * rows, rows, columns, sharey=True)
    for axes, name, label in zip(panels, shown, labels, strict=False):
        _draw_parameter(axes, name, [trial for trial in scored if name in trial.params], best, label)
        axes.tick_params(labelleft=True)
        axes.set_ylabel(text.name_score(summary.scoring))
    scores = np.array([trial.value for trial in scored], dtype=float)
    panels[0].set_ylim(style.limit_values(scores, find_sign(study.direction)))
    for axes in panels[len(shown) :]:
        figure.delaxes(axes)
    top = rank(scored, study.direction)[:MAX_TABULATED]
    settings = [[text.setting(trial.params.get(name, np.nan)) for name in shown] for trial in top]
    found = [(trial.number, trial.value, *own) for trial, own in zip(top, settings, strict=True)]
    tabulate(figure, found, "Trial", text.name_score(summary.scoring), *shown)
    return figure


def _draw_parameter(
    axes: "style.Axes", name: str, trials: list[FrozenTrial], best: FrozenTrial, label: str
) -> None:
    distribution = trials[0].distributions[name]
    is_log = getattr(distribution, "log", False)
    points = [(distribution.to_internal_repr(trial.params[name]), trial.value) for trial in trials]
    places, values = np.array(points, dtype=float).T
    shown, how = style.choose_points(len(trials))
    axes.scatter(places[shown], values[shown], **how)
    if name in best.params:
        point = distribution.to_internal_repr(best.params[name]), float(best.value or 0)
        axes.scatter(*point, s=70, marker="D", color=style.VERMILION, edgecolors=style.BLACK)
    if isinstance(distribution, CategoricalDistribution):
        labels = style.cut_all([text.setting(choice, 3) for choice in distribution.choices], 16)
        axes.set_xticks(range(len(labels)), labels, rotation=45, ha="right", rotation_mode="anchor")
        axes.set_xlim(-0.5, len(labels) - 0.5)
    elif is_log:
        _use_logarithms(axes, places)
    axes.set_xlabel(label + (" (log)" if is_log else ""))


def _use_logarithms(axes: "style.Axes", places: NDArray[np.float64]) -> None:
    from matplotlib.ticker import LogLocator, NullFormatter  # noqa: PLC0415

    axes.set_xscale("log")
    subs = (1, 2, 5) if places.max() < 1000 * places.min() else (1,)
    axes.xaxis.set_major_locator(LogLocator(subs=subs, numticks=6))
    axes.xaxis.set_major_formatter("{x:g}")
    axes.xaxis.set_minor_formatter(NullFormatter())


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
    note = {"text": reason, "showarrow": False, "font": {"size": 16}}
    hidden = {"visible": False}
    return Figure(layout={"title": title, "xaxis": hidden, "yaxis": hidden, "annotations": [note]})


@style.styled()
def draw_speed(trials: pd.DataFrame | None, summary: SweepSummary) -> "style.Figure | None":
    """Draw the value of each trial against its prediction time; None if too few times are known."""
    names = ["seconds_to_predict", "value", "as_good"]
    known = pd.DataFrame() if trials is None else trials.reindex(columns=names).dropna()
    if not summary.fastest or len(known) < FEWEST_TIMES:
        return None
    speed_up = summary.fastest["seconds_of_model"] / summary.fastest["seconds"]
    title = "Scores and prediction times"
    if speed_up > 1:
        title += f": the fastest that is as good as the best predicts {speed_up:.1f} times as fast"
    figure, [axes] = style.make_figure(title, 4.2)
    is_equal = known["as_good"].astype(bool)
    equal, worse = known[is_equal], known[~is_equal]
    axes.scatter(1000 * worse[names[0]], worse["value"], s=18, c=style.GRAY, label="worse")
    axes.scatter(1000 * equal[names[0]], equal["value"], s=18, c=style.BLUE, label="as good")
    label = f"the model ({summary.model_name})"
    how: dict[str, Any] = {"s": 70, "marker": "D", "edgecolors": style.BLACK, "label": label}
    axes.scatter(
        1000 * summary.fastest["seconds_of_model"], summary.chosen_value, color=style.VERMILION, **how
    )
    axes.set_ylabel(text.name_score(summary.scoring))
    _use_logarithms(axes, 1000 * known[names[0]].to_numpy())
    axes.set_xlabel("Milliseconds to predict the held-out rows of a fold (log)")
    axes.legend(loc="lower center", bbox_to_anchor=(0.5, 1), ncols=2)
    order = known.sort_values("value", ascending=summary.direction == "minimize")
    said = np.where(order["as_good"], "yes", "no")
    found = zip(1000 * order[names[0]], order["value"], said, strict=True)
    tabulate(figure, found, "Milliseconds", text.name_score(summary.scoring), "As good as the best")
    return figure
