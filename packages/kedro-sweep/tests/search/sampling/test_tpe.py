"""The sampler draws what Optuna's draws, bit for bit."""

from typing import Any, Literal, cast

import numpy as np
import optuna
import pytest
from optuna.distributions import CategoricalDistribution, FloatDistribution, IntDistribution
from optuna.trial import TrialState

from kedro_sweep.search import Sampler
from kedro_sweep.search.sampling import _density

SPACE = {
    "whole": IntDistribution(2, 50),
    "log_whole": IntDistribution(1, 20, log=True),
    "step": IntDistribution(1, 21, step=4),
    "number": FloatDistribution(1e-4, 10, log=True),
    "number_step": FloatDistribution(0, 1, step=0.05),
    "choice": CategoricalDistribution(["a", "b", None, 3]),
    "only_sometimes": FloatDistribution(-1, 2),  # unless the choice is "a"
    "single": IntDistribution(3, 3),
}

STATES = [TrialState.COMPLETE] * 7 + [TrialState.PRUNED] * 2 + [TrialState.FAIL]


def list_draws(
    sampler: Any, seed: int, direction: Literal["maximize", "minimize"], constraint: float = 0
) -> list[dict[str, Any]]:
    """Draw 30 trials, of which some are pruned, fail, have equal values, or run while others finish."""
    study = optuna.create_study(direction=direction, sampler=sampler)
    rng, draws, running = np.random.default_rng(seed), [], []
    for _ in range(30):
        trial = study.ask()
        for name, distribution in SPACE.items():
            if name != "only_sometimes" or trial.params["choice"] != "a":
                trial._suggest(name, distribution)
        draws.append(trial.params)
        for step in range(2):
            trial.report(float(rng.choice([rng.random(), np.nan])), step)
        running.append(trial)
        if rng.random() < 0.7:
            finished = running.pop(rng.integers(len(running)))
            if constraint:
                finished.set_constraint("size", float(rng.random()) - constraint)
            state = STATES[rng.integers(len(STATES))]
            value = None if state != TrialState.COMPLETE else round(float(rng.random()), 1)
            study.tell(finished, value, state=state)
    return draws


@pytest.mark.parametrize(
    ("options", "direction"),
    [
        ({}, "maximize"),
        ({}, "minimize"),
        ({"group": True}, "maximize"),
        ({"multivariate": False}, "minimize"),
        ({"constant_liar": False, "n_startup_trials": 3}, "maximize"),
    ],
)
@pytest.mark.filterwarnings("ignore::optuna.exceptions.ExperimentalWarning")
def test_draws_are_those_of_optuna(
    options: dict[str, Any], direction: Literal["maximize", "minimize"]
) -> None:
    ours = Sampler.model_validate({"class": "TPESampler", "params": options}).build(seed=7)
    assert type(ours) is not optuna.samplers.TPESampler
    theirs = optuna.samplers.TPESampler(seed=7, **options)
    assert list_draws(ours, 1, direction) == list_draws(theirs, 1, direction)


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_draws_after_many_trials_are_those_of_optuna(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_density, "BLOCK", 100)  # so that 300 trials need several blocks

    def draw(sampler: Any) -> list[dict[str, Any]]:
        study, rng = optuna.create_study(sampler=sampler), np.random.default_rng(seed)
        random = optuna.samplers.RandomSampler(seed=seed)
        for _ in range(300):
            state = STATES[rng.integers(len(STATES))]
            params = {
                name: random.sample_independent(study, cast(Any, None), name, distribution)
                for name, distribution in SPACE.items()
            }
            value = round(float(rng.random()), 2) if state == TrialState.COMPLETE else None
            study.add_trial(
                optuna.trial.create_trial(state=state, params=params, distributions=SPACE, value=value)
            )
        draws = []
        for _ in range(5):
            trial = study.ask(SPACE)
            draws.append(trial.params)
            study.tell(trial, float(rng.random()))
        return draws

    ours = Sampler.model_validate({"class": "TPESampler"}).build(seed=seed)
    assert draw(ours) == draw(optuna.samplers.TPESampler(seed=seed))


def test_trials_with_constraints_are_left_to_optuna() -> None:
    ours = Sampler.model_validate({"class": "TPESampler"}).build(seed=7)
    draws = list_draws(ours, 2, "maximize", constraint=0.5)
    assert draws == list_draws(optuna.samplers.TPESampler(seed=7), 2, "maximize", constraint=0.5)
    assert draws != list_draws(optuna.samplers.TPESampler(seed=7), 2, "maximize")


def test_a_range_may_change_during_a_study() -> None:
    def draw(sampler: Any) -> list[int]:
        study = optuna.create_study(sampler=sampler)
        found = []
        for high in [10] * 30 + [20] * 30:
            trial = study.ask()
            found.append(trial.suggest_int("n", 1, high))
            study.tell(trial, abs(found[-1] - 8))
        return found

    ours = Sampler.model_validate({"class": "TPESampler"}).build(seed=7)
    assert draw(ours) == draw(optuna.samplers.TPESampler(seed=7))
