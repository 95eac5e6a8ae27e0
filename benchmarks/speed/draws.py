"""How long TPE takes to draw the parameters of one more trial."""

from typing import Any

import numpy as np
import optuna
from kedro_sweep.search import Sampler, SearchSpace

from benchmarks.speed.measure import time_alternately
from benchmarks.speed.row import Measured, at_most, per_trial
from benchmarks.speed.ways import FOREST_SPACE

SIZES = {1_000: 1.5, 10_000: 3.0}  # finished trials, and the milliseconds that a draw may take
N_DRAWS = 50


def bench_draws(repeats: int) -> Measured:
    """Draw with our class and with Optuna's, which draws the same."""
    rows = []
    for n_trials, target in SIZES.items():
        samplers = {
            "ours": Sampler.model_validate({"class": "TPESampler"}).build(seed=1),
            "theirs": optuna.samplers.TPESampler(seed=1),
        }
        studies = {name: make_study(sampler, n_trials) for name, sampler in samplers.items()}
        ways = {name: lambda study=study: draw(study) for name, study in studies.items()}
        seconds, _ = time_alternately(ways, max(repeats, 5))
        drawn = [
            [trial.params for trial in study.get_trials(deepcopy=False)] for study in studies.values()
        ]
        if drawn[0] != drawn[1]:
            raise RuntimeError("The two samplers drew different parameters.")
        ours, theirs = (per_trial(seconds[name], N_DRAWS) for name in ("ours", "theirs"))
        what = f"a draw of TPE after {n_trials:,} trials"
        rows.append(at_most(what, "Optuna's class", ours, theirs, target, "ms"))
    return rows, {}


def make_study(sampler: Any, n_trials: int) -> optuna.Study:
    """Make a study of trials with random parameters and values."""
    study = optuna.create_study(direction="maximize", sampler=sampler)
    random, space = np.random.default_rng(0), SearchSpace.model_validate(FOREST_SPACE).distributions()
    drawn = zip(random.integers(2, 51, n_trials), random.integers(1, 21, n_trials), strict=True)
    study.add_trials(
        [
            optuna.trial.create_trial(
                params=dict(zip(space, map(int, params), strict=True)),
                distributions=space,
                value=float(random.random()),
            )
            for params in drawn
        ]
    )
    return study


def draw(study: optuna.Study) -> None:
    """Draw trials, and give each a value that depends on its parameters only."""
    space = SearchSpace.model_validate(FOREST_SPACE).distributions()
    for _ in range(N_DRAWS):
        trial = study.ask(space)
        study.tell(trial, trial.params["n_estimators"] / (1 + trial.params["max_depth"]))
