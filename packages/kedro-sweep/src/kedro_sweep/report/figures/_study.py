"""The results of a search: its scores on one axis, its trials, and the parameters that matter."""

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
import optuna
import pandas as pd
from numpy.typing import NDArray
from optuna.distributions import CategoricalDistribution
from optuna.trial import FrozenTrial, TrialState

from kedro_sweep import text
from kedro_sweep.evaluation import SweepSummary
from kedro_sweep.report.figures import _style as style
from kedro_sweep.search.study import find_sign, rank

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

# Scores in the summary of a search, from the reference to the one to report.
SEARCHED = {
    "dummy": ("Dummy, which ignores the features", style.GRAY),
    "untuned": ("Untuned", style.ORANGE),
    "boosting": ("Untuned boosting", style.SKY),
    "best": ("Best trial, uncorrected", style.VERMILION),
    "ensemble": ("Ensemble, uncorrected", style.PURPLE),
}
MAX_PARAMETERS = 8
PER_ROW = 4
MAX_NAMED = 4
FEWEST_TIMES = 5


# A line of the chart: name, color, value, and the ends of its interval, if it has one.
Score = tuple[str, str, float, float | None, float | None]


@style.styled()
def draw_scores(summary: SweepSummary, test_details: Mapping[str, Any]) -> "Figure":
    scoring = style.cut(summary.scoring, 40)
    scores = list(_list_scores(summary, test_details))
    title = f"{scoring}: references, best trial and test rows"
    if summary.corrected:
        title = f"Report {scoring} {text.estimate(*summary.corrected)}, the corrected score"
    figure, [axes] = style.make_figure(title, 1.3 + 0.42 * len(scores))
    beside: dict[str, Any] = {"xycoords": ("axes fraction", "data"), "annotation_clip": False}
    beside |= {"verticalalignment": "center", "color": style.BLACK}
    for place, (_, color, value, low, high) in enumerate(scores):
        if low is not None and high is not None:
            axes.plot([low, high], [place, place], color=color, linewidth=4, alpha=0.4)
        axes.plot(value, place, "o", color=color, markersize=9)
        axes.annotate(text.estimate(value, low, high), (1.02, place), **beside)
    axes.set_yticks(range(len(scores)), [name for name, *_ in scores])
    axes.set_ylim(len(scores) - 0.5, -0.5)
    axes.margins(x=0.08)
    axes.grid(visible=False, axis="y")
    better = "higher is better →" if summary.direction == "maximize" else "← lower is better"
    axes.set_xlabel(f"{scoring}: {better}")
    return figure


def _list_scores(summary: SweepSummary, test_details: Mapping[str, Any]) -> Iterator[Score]:
    model = summary.model_name.capitalize()
    names = SEARCHED | {"best": (f"{model}, uncorrected", style.VERMILION)}
    names = names if summary.ensemble_value is None else SEARCHED
    for key, (name, color) in names.items():
        value = getattr(summary, f"{key}_value")
        if value is not None and np.isfinite(value):
            yield name, color, value, None, None
    if summary.corrected:
        yield f"{model}, corrected for the search", style.BLUE, *summary.corrected
    test = test_details.get("score")
    if test and test["value"] is not None and np.isfinite(test["value"]):
        yield "Test rows", style.GREEN, test["value"], test.get("low"), test.get("high")


@style.styled()
def draw_study(study: optuna.Study, scoring: str) -> "dict[str, Figure]":
    """Draw the value of each trial in order (`trials`) and against each parameter (`parameters`).

    Trials without a value are marked at the edge of the first figure and left out of the second.
    """
    scored = [trial for trial in study.get_trials(deepcopy=False) if _has_value(trial)]
    if not scored:
        titles = {"trials": "Trials", "parameters": "Parameters"}
        message = "No trial of this study has a value."
        return {name: style.show_message(title, message) for name, title in titles.items()}
    importances = _weigh_parameters(study, scored)
    best = rank(scored, study.direction)[0]
    return {
        "trials": _draw_trials(study, scored, importances, scoring),
        "parameters": _draw_parameters(scored, best, list(importances), scoring),
    }


def _has_value(trial: FrozenTrial) -> bool:
    return trial.state == TrialState.COMPLETE and bool(np.isfinite(float(trial.value or 0)))


def _weigh_parameters(study: optuna.Study, scored: list[FrozenTrial]) -> dict[str, float]:
    names = list(dict.fromkeys(name for trial in scored for name in trial.params))
    varies = [name for name in names if len({str(trial.params.get(name)) for trial in scored}) > 1]
    if len({trial.value for trial in scored}) < 2 or len(varies) < 2:
        return dict.fromkeys(names, float("nan"))
    return dict(optuna.importance.get_param_importances(study))


def _draw_trials(
    study: optuna.Study, scored: list[FrozenTrial], importances: dict[str, float], scoring: str
) -> "Figure":
    best, name = rank(scored, study.direction)[0], style.cut(scoring, 40)
    title = f"Best {name}: {text.number(best.value)} (trial {best.number})"
    figure, [axes, bars] = style.make_figure(title, 4.2, columns=2, width_ratios=[3, 2])
    numbers, values = np.array([(trial.number, trial.value) for trial in scored], dtype=float).T
    many = len(scored) > style.MAX_VECTORS
    axes.scatter(numbers, values, s=18, color=style.BLUE, alpha=0.6, label="trial", rasterized=many)
    sign = find_sign(study.direction)
    best_so_far = sign * np.maximum.accumulate(sign * values)
    axes.step(numbers, best_so_far, where="post", color=style.VERMILION, label="best so far")
    finished = [trial for trial in study.get_trials(deepcopy=False) if trial.state.is_finished()]
    if others := [trial.number for trial in finished if not _has_value(trial)]:
        edge: dict[str, Any] = {"clip_on": False, "transform": axes.get_xaxis_transform()}
        label = f"pruned or failed ({len(others)})"
        axes.plot(others, np.zeros(len(others)), "x", color=style.GRAY, label=label, **edge)
    axes.set(xlabel="Number of the trial", ylabel=name)
    axes.xaxis.get_major_locator().set_params(integer=True, min_n_ticks=1)
    axes.legend(loc="lower center", bbox_to_anchor=(0.5, 1), ncols=3, columnspacing=1, handlelength=1.2)
    _draw_importances(bars, dict(list(importances.items())[:MAX_PARAMETERS]))
    return figure


def _draw_importances(axes: "Axes", shown: dict[str, float]) -> None:
    if not shown or np.isnan(list(shown.values())).any():
        message = "Importance needs two parameters that vary, and trials of different values."
        style.write_message(axes, message)
        return
    bars = axes.barh(range(len(shown)), list(shown.values()), color=style.BLUE, height=0.7)
    axes.bar_label(bars, fmt="{:.0%}", padding=3)
    axes.set_yticks(range(len(shown)), [style.cut(name) for name in shown])
    axes.set_xticks([])
    axes.margins(x=0.18)
    axes.set_ylim(max(len(shown), 4) - 0.5, -0.5)
    axes.grid(visible=False)
    axes.spines["bottom"].set_visible(False)
    axes.set_title("Importance of the parameters")


def _draw_parameters(
    scored: list[FrozenTrial], best: FrozenTrial, names: list[str], scoring: str
) -> "Figure":
    shown = names[:MAX_PARAMETERS]
    if not shown:
        return style.show_message("Parameters", "The trials of this study have no parameters.")
    own = {name: text.setting(best.params[name], 3) for name in shown if name in best.params}
    named = [f"{style.cut(name)} = {value}" for name, value in own.items()]
    values = ", ".join(named[:MAX_NAMED] + ["…"] * (len(named) > MAX_NAMED))
    columns, title = min(len(shown), PER_ROW), f"Best trial (diamond): {values}"
    rows = -(-len(shown) // columns)
    figure, panels = style.make_figure(title, 0.9 + 2.9 * rows, rows, columns, sharey=True)
    for axes, name in zip(panels, shown, strict=False):
        _draw_parameter(axes, name, [trial for trial in scored if name in trial.params], best)
    for axes in panels[::columns]:
        axes.set_ylabel(style.cut(scoring, 30))
    for axes in panels[len(shown) :]:
        axes.set_axis_off()
    return figure


def _draw_parameter(axes: "Axes", name: str, trials: list[FrozenTrial], best: FrozenTrial) -> None:
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
        labels = [style.cut(text.setting(choice, 3), 16) for choice in distribution.choices]
        axes.set_xticks(range(len(labels)), labels, rotation=45, ha="right", rotation_mode="anchor")
        axes.set_xlim(-0.5, len(labels) - 0.5)
    elif is_log:
        _use_logarithms(axes, places)
    axes.set_xlabel(style.cut(name) + (" (log)" if is_log else ""))


def _use_logarithms(axes: "Axes", places: NDArray[np.float64]) -> None:
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
def draw_speed(trials: pd.DataFrame | None, summary: SweepSummary) -> "Figure | None":
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
    axes.scatter(1000 * worse[names[0]], worse["value"], s=18, color=style.GRAY, label="worse")
    axes.scatter(1000 * equal[names[0]], equal["value"], s=18, color=style.BLUE, label="as good")
    label = f"the model ({summary.model_name})"
    how: dict[str, Any] = {"s": 70, "marker": "D", "edgecolors": style.BLACK, "label": label}
    value = summary.best_value if summary.ensemble_value is None else summary.ensemble_value
    axes.scatter(1000 * summary.fastest["seconds_of_model"], value, color=style.VERMILION, **how)
    axes.set_ylabel(style.cut(summary.scoring, 40))
    _use_logarithms(axes, 1000 * known[names[0]].to_numpy())
    axes.set_xlabel("Milliseconds to predict the held-out rows of a fold (log)")
    axes.legend(loc="lower center", bbox_to_anchor=(0.5, 1), ncols=3)
    return figure
