"""Every study gets its figures, even a small one."""

import json
from typing import Any

import optuna
import pytest
from optuna.distributions import IntDistribution
from optuna.trial import TrialState, create_trial

from wine_sweep.pipelines.reporting.nodes import plot_study

SUMMARY = {"study": "mine", "scoring": "accuracy"}
FIGURES = ["optimization_history", "param_importances", "slice", "parallel_coordinate"]
COMPARING = ["param_importances", "parallel_coordinate"]

pytestmark = pytest.mark.filterwarnings("ignore:Target and region quantiles select the same")


def make_study(n_trials: int, n_params: int, *, n_failed: int = 0, value: float | None = None) -> Any:
    """Make a study of this size; all trials have the value, if one is given."""
    study = optuna.create_study(direction="maximize", study_name="mine")
    for number in range(n_trials + n_failed):
        failed = number < n_failed
        params = {f"param_{n}": 1 + (number * (n + 3)) % 7 for n in range(n_params)}
        study.add_trial(
            create_trial(
                state=TrialState.FAIL if failed else TrialState.COMPLETE,
                value=None if failed else (value if value is not None else number / 10),
                params=params,
                distributions={name: IntDistribution(1, 9) for name in params},
            )
        )
    return study


def draw(study: Any) -> dict[str, Any]:
    """Draw all figures of a study, by name."""
    return dict(zip(FIGURES, plot_study(study._storage, SUMMARY), strict=True))


def titles(figure: Any) -> dict[str, Any]:
    """Read the layout of a figure as it would be saved."""
    layout: dict[str, Any] = json.loads(figure.to_json())["layout"]
    return layout


def test_a_study_of_many_trials_is_drawn() -> None:
    for figure in draw(make_study(20, 2)).values():
        assert figure.data
        assert titles(figure)["title"]["text"]


@pytest.mark.parametrize(("n_trials", "n_params"), [(1, 1), (1, 2), (2, 1), (2, 2), (3, 3)])
@pytest.mark.parametrize("others", [{}, {"n_failed": 2}, {"value": 0.5}], ids=str)
def test_a_tiny_study_is_drawn(n_trials: int, n_params: int, others: dict[str, Any]) -> None:
    for figure in draw(make_study(n_trials, n_params, **others)).values():
        assert titles(figure)["title"]["text"]


@pytest.mark.parametrize(("n_trials", "n_params"), [(1, 2), (5, 1)])
def test_a_figure_that_needs_more_says_so(n_trials: int, n_params: int) -> None:
    figures = draw(make_study(n_trials, n_params, n_failed=3))
    for name in COMPARING:
        [annotation] = titles(figures[name])["annotations"]
        assert f"{n_trials} complete trial" in annotation["text"]
        assert not figures[name].data


@pytest.mark.parametrize(("direction", "best"), [("maximize", (7.0, 11.9)), ("minimize", (0.0, 4.9))])
def test_parallel_coordinates_are_of_the_50_best_trials(
    direction: Any, best: tuple[float, float]
) -> None:
    study = optuna.create_study(direction=direction, study_name="mine")
    study.add_trials(make_study(120, 2).trials)
    lines = [line for line in draw(study)["parallel_coordinate"].data if line.mode == "lines"]
    values = [float(line.customdata[0][1]) for line in lines]
    assert len(values) == 50
    assert (min(values), max(values)) == best


def test_a_figure_names_the_score() -> None:
    figures = draw(make_study(5, 2))
    for name in ("optimization_history", "param_importances", "slice"):
        assert "accuracy" in figures[name].to_json()
