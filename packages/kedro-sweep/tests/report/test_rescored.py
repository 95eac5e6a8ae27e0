"""What `kedro sweep rescore` shows: each candidate, the corrected value, and what to do next."""

from typing import Any

import optuna
import pytest
from rich.console import Console

from kedro_sweep.evaluation import Rescored
from kedro_sweep.evaluation.estimates import Correction, Estimate
from kedro_sweep.report.rescored import show_rescored
from kedro_sweep.search import Sweep

LEFT_OUT = Rescored("svm", reason="'roc_auc' needs more.")


@pytest.fixture
def study() -> optuna.Study:
    study = optuna.create_study(direction="maximize")
    for value in (0.81234, 0.7):
        study.enqueue_trial({"max_depth": 3})
        trial = study.ask({"max_depth": optuna.distributions.IntDistribution(1, 9)})
        study.tell(trial, value)
    return study


@pytest.fixture
def sweep(parameters: dict[str, Any]) -> Sweep:
    return Sweep.model_validate(parameters["sweep"] | {"scoring": "roc_auc"})


def draw(found: list[Rescored], correction: Correction, sweep: Sweep, **changes: Any) -> list[str]:
    console = Console(width=100)
    with console.capture() as capture:
        after = sweep.model_copy(update=changes)
        console.print(show_rescored(found, correction, sweep, after, "--env contest"))
    return [line.strip() for line in capture.get().splitlines()]


def test_a_candidate_has_its_best_trial_beside_the_one_chosen_before(
    study: optuna.Study, sweep: Sweep
) -> None:
    corrected = Correction(Estimate(0.79, 0.75, 0.83), note="Luck may remain.")
    lines = draw([Rescored("tree", study, 0.7, is_new=True), LEFT_OUT], corrected, sweep)
    assert lines[2].split() == ["tree", "2", "0.8123", "0.7000", "max_depth:", "3"]
    assert "corrected for the choice: 0.790 (0.750 to 0.830). Luck may remain." in lines[4]
    assert lines[5].endswith("svm is left out. 'roc_auc' needs more.")
    assert lines[-2:] == [
        "sweep.scoring: roc_auc",
        "and run: kedro run --env contest, which continues these trials",
    ]


@pytest.mark.parametrize(
    ("choose", "what"), [("best", "The best, corrected"), ("fastest", "The fastest of the best, corr")]
)
def test_the_corrected_value_names_its_model(
    choose: str, what: str, study: optuna.Study, sweep: Sweep
) -> None:
    corrected = Correction(Estimate(0.79, 0.75, 0.83))
    text = "\n".join(draw([Rescored("tree", study)], corrected, sweep, choose=choose))
    assert what in text


def test_without_a_corrected_value_the_reason_is_shown(study: optuna.Study, sweep: Sweep) -> None:
    lines = draw([Rescored("tree", study)], Correction(note="The folds follow time."), sweep)
    assert lines[2].split()[2:4] == ["0.8123", "–"]  # noqa: RUF001
    assert lines[4].endswith("There is no corrected value. The folds follow time.")
    assert f"{study.study_name} had trials, so none was added." in lines[5]


def test_what_else_has_to_change_is_listed(study: optuna.Study, sweep: Sweep) -> None:
    changes = {"direction": "minimize", "n_trials": 2}
    lines = draw([Rescored("tree", study)], Correction(), sweep, **changes)
    assert lines[-3].startswith("sweep.direction: minimize")
    assert lines[-2].startswith("sweep.n_trials: more than 2")
