"""Every study gets its figures, even a small one."""

import json
from typing import Any

import optuna
import pytest
from optuna.distributions import IntDistribution
from optuna.trial import TrialState, create_trial

from wine_sweep.pipelines.reporting import nodes

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


def titles(figure: Any) -> dict[str, Any]:
    """Read the layout of a figure as it would be saved."""
    layout: dict[str, Any] = json.loads(figure.to_json())["layout"]
    return layout


@pytest.mark.parametrize("name", nodes.STUDY_PLOTS)
def test_a_study_of_many_trials_is_drawn(name: str) -> None:
    figure = nodes.STUDY_PLOTS[name](make_study(20, 2), "accuracy")
    assert figure.data
    assert titles(figure)["title"]["text"]


@pytest.mark.parametrize("name", nodes.STUDY_PLOTS)
@pytest.mark.parametrize(("n_trials", "n_params"), [(1, 1), (1, 2), (2, 1), (2, 2), (3, 3)])
@pytest.mark.parametrize("others", [{}, {"n_failed": 2}, {"value": 0.5}], ids=str)
def test_a_tiny_study_is_drawn(name: str, n_trials: int, n_params: int, others: dict[str, Any]) -> None:
    study = make_study(n_trials, n_params, **others)
    assert titles(nodes.STUDY_PLOTS[name](study, "accuracy"))["title"]["text"]


@pytest.mark.parametrize("name", COMPARING)
@pytest.mark.parametrize(("n_trials", "n_params"), [(1, 2), (5, 1)])
def test_a_figure_that_needs_more_says_so(name: str, n_trials: int, n_params: int) -> None:
    figure = nodes.STUDY_PLOTS[name](make_study(n_trials, n_params, n_failed=3), "accuracy")
    [annotation] = titles(figure)["annotations"]
    assert f"{n_trials} complete trial(s) of {n_params} parameter(s)" in annotation["text"]
    assert not figure.data


@pytest.mark.parametrize("name", ["optimization_history", "param_importances", "slice"])
def test_a_figure_names_the_score(name: str) -> None:
    figure = nodes.STUDY_PLOTS[name](make_study(5, 2), "accuracy")
    assert "accuracy" in figure.to_json()
