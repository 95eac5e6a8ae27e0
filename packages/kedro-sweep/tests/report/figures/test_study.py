import warnings
from typing import Any

import numpy as np
import optuna
import pandas as pd
import pytest
from optuna.distributions import (
    BaseDistribution,
    CategoricalDistribution,
    FloatDistribution,
    IntDistribution,
)
from optuna.trial import TrialState, create_trial

from kedro_sweep.evaluation import SweepSummary
from kedro_sweep.report.figures._study import draw_speed, draw_study

SUMMARY = {
    "scoring": "accuracy",
    "direction": "maximize",
    "dummy_value": 0.42,
    "default_value": 0.6,
    "best_value": 0.6174,
    "corrected_value": 0.598,
    "corrected_low": 0.55,
    "corrected_high": 0.64,
}
SPACE: dict[str, BaseDistribution] = {
    "depth": IntDistribution(1, 100, log=True),
    "rate": FloatDistribution(0, 1),
    "choice": CategoricalDistribution([None, True, "a text", 0.5]),
}


def draw(study: optuna.Study, **summary: Any) -> Any:
    return draw_study(study, SweepSummary.model_validate({**SUMMARY, **summary}))


def make_study(values: list[float | None], *names: str, direction: Any = "maximize") -> optuna.Study:
    """Make a study of these values; a trial without one has failed."""
    study = optuna.create_study(direction=direction)
    for number, value in enumerate(values):
        params = {"depth": 1 + number, "rate": number / 100, "choice": [None, True][number % 2]}
        study.add_trial(
            create_trial(
                state=TrialState.FAIL if value is None else TrialState.COMPLETE,
                value=value,
                params={name: params[name] for name in names},
                distributions={name: SPACE[name] for name in names},
            )
        )
    return study


@pytest.mark.parametrize(
    ("direction", "best", "number"), [("maximize", [0.1, 0.1, 0.4], 3), ("minimize", [0.1, 0, 0], 2)]
)
def test_the_best_so_far_follows_the_direction(direction: str, best: list[float], number: int) -> None:
    study = make_study([0.1, None, 0.0, 0.4], "depth", direction=direction)
    figure: Any = draw(study)["trials"]
    line, *_, failed = figure.axes[0].lines
    assert line.get_ydata().tolist() == best
    assert failed.get_xdata().tolist() == [1]
    assert figure.get_suptitle().endswith(f"(trial {number})")


def test_each_parameter_has_its_scale() -> None:
    figure: Any = draw(make_study([0.1, 0.3, 0.2, 0.5], *SPACE))["parameters"]
    panels = {axes.get_xlabel(): axes for axes in figure.axes}
    assert set(panels) == {"depth (log)", "rate", "choice"}
    assert panels["depth (log)"].get_xscale() == "log"
    labels = [label.get_text() for label in panels["choice"].get_xticklabels()]
    assert labels == ["null", "true", "a text", "0.5"]
    assert all(len(axes.collections[0].get_offsets()) == 4 for axes in figure.axes)
    assert figure.get_suptitle().startswith("Best trial (diamond): ")


def test_importances_are_bars_that_sum_to_one() -> None:
    study = make_study([number % 4 / 10 for number in range(12)], "depth", "rate")
    axes: Any = draw(study)["trials"].axes[1]
    assert sum(bar.get_width() for bar in axes.patches) == pytest.approx(1)


def test_equal_trials_are_no_reason_to_compare_all_with_all() -> None:
    values: list[float | None] = [*[0.5] * 10, 0.6, 0.7]
    study = make_study(values, "depth", "rate")
    with warnings.catch_warnings(action="error", category=UserWarning):
        axes: Any = draw(study)["trials"].axes[1]
    first, second = (bar.get_width() for bar in axes.patches)
    assert first != pytest.approx(second)


@pytest.mark.parametrize("values", [[0.5], [0.5, 0.5], [None, 0.5], [0.5, float("inf")]], ids=str)
def test_a_study_that_tells_nothing_of_importance_says_so(
    values: list[float | None],
) -> None:
    names = ["depth"]
    figures = draw(make_study(values, *names))
    for figure in figures.values():
        figure.draw_without_rendering()
    assert "Importance needs" in figures["trials"].axes[1].texts[0].get_text()
    assert len(figures["parameters"].axes) == len(names)


def test_a_few_bad_trials_do_not_set_the_axis_and_are_counted() -> None:
    values = [0.5 + number / 100 for number in range(12)]
    figures = draw(make_study([-9.0, *values, -7.0], "depth"))
    for axes in (figures["trials"].axes[0], figures["parameters"].axes[0]):
        low, high = axes.get_ylim()
        assert 0 < low < 0.5
        assert 0.61 < high < 0.7
    assert "(2 worse trials not shown)" in figures["trials"].axes[0].get_xlabel()


def test_references_within_the_axis_are_lines() -> None:
    axes = draw(make_study([0.5, 0.6, 0.7], "depth"))["trials"].axes[0]
    labels = [text.get_text() for text in axes.get_legend().get_texts()]
    assert labels == ["trial", "best so far", "untuned"]


def test_the_study_of_a_contest_has_the_name_of_its_candidate() -> None:
    found = [{"candidate": name, "n_trials": 3} for name in ("forest", "machine")]
    figures = draw(make_study([0.5, 0.6], "depth"), candidate="machine", candidates=found)
    assert all(one.get_suptitle().startswith("machine: best ") for one in figures.values())


@pytest.mark.parametrize("values", [[], [None]], ids=str)
def test_a_study_without_a_value_says_so(values: list[float | None]) -> None:
    for figure in draw(make_study(values, "depth")).values():
        assert "No trial" in figure.axes[0].texts[0].get_text()


def test_at_most_eight_parameters_are_drawn() -> None:
    study = optuna.create_study(sampler=optuna.samplers.RandomSampler(seed=0))
    study.optimize(lambda trial: sum(trial.suggest_float(f"p{n}", 0, n + 1) for n in range(9)), 12)
    trials, parameters = draw(study).values()
    assert len(trials.axes[1].patches) == len(parameters.axes) == 8
    assert parameters.get_suptitle().endswith("…")


FASTEST = {"seconds": 0.001, "seconds_of_model": 0.01, "as_good": 3}
TIMES = pd.DataFrame(
    {
        "value": [0.5, 0.6, 0.61, 0.6174, 0.4, None],
        "seconds_to_predict": [0.001, 0.001, 0.002, 0.01, 0.02, None],
        "as_good": [False, True, True, True, False, None],
    }
)


def test_scores_are_drawn_against_prediction_times() -> None:
    figure = draw_speed(TIMES, SweepSummary.model_validate(SUMMARY | {"fastest": FASTEST}))
    assert figure is not None
    [axes] = figure.axes
    assert axes.get_xscale() == "log"
    worse, as_good, model = (np.asarray(points.get_offsets()).tolist() for points in axes.collections)
    assert len(worse) == 2
    assert as_good == [[1, 0.6], [2, 0.61], [10, 0.6174]]
    assert model == [[10, 0.6174]]
    assert "10.0 times as fast" in figure.get_suptitle().replace("\n", " ")


@pytest.mark.parametrize(
    ("trials", "fastest"),
    [(None, FASTEST), (TIMES[:4], FASTEST), (TIMES, {}), (TIMES[["value"]], FASTEST)],
)
def test_few_or_unknown_times_are_not_drawn(
    trials: pd.DataFrame | None, fastest: dict[str, Any]
) -> None:
    assert draw_speed(trials, SweepSummary.model_validate(SUMMARY | {"fastest": fastest})) is None
