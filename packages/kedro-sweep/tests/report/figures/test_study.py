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
from kedro_sweep.report.figures._study import draw_scores, draw_speed, draw_study

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
TEST = {"score": {"name": "accuracy", "value": 0.54, "low": 0.46, "high": 0.62}}
SPACE: dict[str, BaseDistribution] = {
    "depth": IntDistribution(1, 100, log=True),
    "rate": FloatDistribution(0, 1),
    "choice": CategoricalDistribution([None, True, "a text", 0.5]),
}


def draw(summary: dict[str, Any], test_details: dict[str, Any]) -> Any:
    return draw_scores(SweepSummary.model_validate(summary), test_details)


def read_lines(figure: Any) -> list[str]:
    [axes] = figure.axes
    return [text.get_text() for text in axes.texts]


def test_each_score_has_its_number_and_interval() -> None:
    figure = draw(SUMMARY, TEST)
    assert read_lines(figure) == [
        "0.4200",
        "0.6000",
        "0.6174",
        "0.598 (0.550 to 0.640)",
        "0.54 (0.46 to 0.62)",
    ]
    assert figure.get_suptitle() == "Report accuracy 0.598 (0.550 to 0.640), the corrected score"


@pytest.mark.parametrize("missing", [None, float("nan")])
def test_what_is_missing_is_left_out(missing: float | None) -> None:
    unknown = dict.fromkeys(("dummy_value", "corrected_value"), missing)
    figure = draw({**SUMMARY, **unknown}, {"score": None})
    assert read_lines(figure) == ["0.6000", "0.6174"]
    assert "Report" not in figure.get_suptitle()


@pytest.mark.parametrize(
    ("direction", "label"), [("maximize", "higher is better →"), ("minimize", "← lower is better")]
)
def test_the_axis_says_which_way_is_better(direction: str, label: str) -> None:
    figure = draw({**SUMMARY, "direction": direction}, {})
    assert figure.axes[0].get_xlabel() == f"accuracy: {label}"


def test_large_numbers_have_no_decimals() -> None:
    assert read_lines(draw({**SUMMARY, "dummy_value": 12345.6}, {}))[0] == "12,346"


def make_study(values: list[float | None], *names: str, direction: Any = "maximize") -> optuna.Study:
    """Make a study of these values; a trial without one has failed."""
    study = optuna.create_study(direction=direction)
    for number, value in enumerate(values):
        params = {"depth": 1 + number, "rate": number / 10, "choice": [None, True][number % 2]}
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
    figure: Any = draw_study(study, "accuracy")["trials"]
    line, failed = figure.axes[0].lines
    assert line.get_ydata().tolist() == best
    assert failed.get_xdata().tolist() == [1]
    assert figure.get_suptitle().endswith(f"(trial {number})")


def test_each_parameter_has_its_scale() -> None:
    figure: Any = draw_study(make_study([0.1, 0.3, 0.2, 0.5], *SPACE), "r2")["parameters"]
    panels = {axes.get_xlabel(): axes for axes in figure.axes}
    assert set(panels) == {"depth (log)", "rate", "choice"}
    assert panels["depth (log)"].get_xscale() == "log"
    labels = [label.get_text() for label in panels["choice"].get_xticklabels()]
    assert labels == ["null", "true", "a text", "0.5"]
    assert all(len(axes.collections[0].get_offsets()) == 4 for axes in figure.axes)
    assert figure.get_suptitle().startswith("Best trial (diamond): ")


def test_importances_are_bars_that_sum_to_one() -> None:
    study = make_study([0.1, 0.3, 0.2, 0.5], "depth", "rate")
    axes: Any = draw_study(study, "r2")["trials"].axes[1]
    assert sum(bar.get_width() for bar in axes.patches) == pytest.approx(1)


@pytest.mark.parametrize("values", [[0.5], [0.5, 0.5], [None, 0.5], [0.5, float("inf")]], ids=str)
def test_a_study_that_tells_nothing_of_importance_says_so(
    values: list[float | None],
) -> None:
    names = ["depth"]
    figures = draw_study(make_study(values, *names), "accuracy")
    for figure in figures.values():
        figure.draw_without_rendering()
    assert "Importance needs" in figures["trials"].axes[1].texts[0].get_text()
    assert len(figures["parameters"].axes) == len(names)


@pytest.mark.parametrize("values", [[], [None]], ids=str)
def test_a_study_without_a_value_says_so(values: list[float | None]) -> None:
    for figure in draw_study(make_study(values, "depth"), "accuracy").values():
        assert "No trial" in figure.axes[0].texts[0].get_text()


def test_at_most_eight_parameters_are_drawn() -> None:
    study = optuna.create_study(sampler=optuna.samplers.RandomSampler(seed=0))
    study.optimize(lambda trial: sum(trial.suggest_float(f"p{n}", 0, n + 1) for n in range(9)), 12)
    trials, parameters = draw_study(study, "loss").values()
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
