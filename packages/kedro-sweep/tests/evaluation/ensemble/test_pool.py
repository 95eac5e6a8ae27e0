"""How long a refit takes is estimated from the trials."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, cast

import numpy as np
import optuna
import pytest
from optuna.distributions import IntDistribution
from optuna.trial import TrialState, create_trial

from kedro_sweep.evaluation.ensemble._pool import Pooled, estimate_refits, pool
from kedro_sweep.evaluation.predictions._out_of_fold import Predictions
from kedro_sweep.search import StudyConfiguration
from kedro_sweep.search.storage import take_snapshot
from kedro_sweep.search.study import attributes

START = datetime(2026, 1, 1)
NOTHING = Predictions(np.array([]), None)


def add_trial(study: optuna.Study, number: int, seconds: float, saved: float = 0.0) -> None:
    trial = create_trial(
        value=0.5,
        params={"max_depth": number},
        distributions={"max_depth": IntDistribution(0, 99)},
        state=TrialState.COMPLETE,
        system_attrs={attributes.SAVED: saved},
    )
    trial.datetime_start, trial.datetime_complete = START, START + timedelta(seconds=seconds)
    study.add_trial(trial)


def test_a_refit_on_all_rows_takes_the_share_of_a_trial_and_is_not_shorter_than_most(
    configure: Callable[..., StudyConfiguration],
) -> None:
    study = optuna.create_study()
    durations = [0.1, 4.0, 4.0, 4.0, 4.0, 20.0]
    for number, seconds in enumerate(durations):
        add_trial(study, number, seconds)
    pooled = [Pooled("tree", trial, NOTHING, trial.params) for trial in study.trials]
    estimated = estimate_refits(pooled, {"tree": study}, {"tree": configure(cv=3)})
    # Three fits on two thirds of the rows take as long as two on all.
    assert estimated == pytest.approx([2, 2, 2, 2, 2, 10])
    # The trials may have seen only a sample of all rows.
    sampled = replace(configure(cv=3), n_train=10 * len(configure().X))
    estimated = estimate_refits(pooled, {"tree": study}, {"tree": sampled})
    assert estimated == pytest.approx([20, 20, 20, 20, 20, 100])


def test_a_trial_is_found_by_its_number_where_another_machine_still_runs_an_earlier_one() -> None:
    study = optuna.create_study()
    for number in range(3):
        add_trial(study, number, 1.0)
    study.ask()
    add_trial(study, 4, 1.0)

    class Store:
        """Keeps something for each trial."""

        def read(self, configuration: Any) -> Predictions:
            return NOTHING

    found: Any = [*pool({"tree": take_snapshot(study)}, cast(Any, Store()))]
    assert [each.trial.number for each in found] == [0, 1, 2, 4]
    assert [each.params["max_depth"] for each in found] == [0, 1, 2, 4]


def test_what_reuse_saved_counts(configure: Callable[..., StudyConfiguration]) -> None:
    study = optuna.create_study()
    add_trial(study, 0, 4.0)
    add_trial(study, 1, 1.0, saved=9.0)
    pooled = [Pooled("tree", trial, NOTHING, trial.params) for trial in study.trials]
    estimated = estimate_refits(pooled, {"tree": study}, {"tree": configure(cv=3)})
    assert estimated[1] == pytest.approx(5)
