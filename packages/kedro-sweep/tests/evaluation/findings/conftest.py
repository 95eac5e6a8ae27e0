"""A small run, of which each test changes one aspect."""

from collections.abc import Callable, Sequence
from typing import Any, Literal

import numpy as np
import optuna
import pandas as pd
import pytest
from optuna.trial import TrialState, create_trial

from kedro_sweep.evaluation._summary import SweepSummary
from kedro_sweep.evaluation.findings._evidence import Evidence
from kedro_sweep.search import Model, SearchSpace, StudyConfiguration, Sweep

MakeEvidence = Callable[..., Evidence]
# Parameters and value of each trial.
Trials = Sequence[tuple[dict[str, Any], float]]

CLASSIFIER = {"class": "sklearn.ensemble.RandomForestClassifier"}
SPACE = {
    "n_estimators": {"type": "int", "low": 2, "high": 50},
    "max_depth": {"type": "int", "low": 1, "high": 20, "log": True},
}


@pytest.fixture(scope="session")
def rows() -> pd.DataFrame:
    """Features and classes that are unrelated."""
    numbers = np.random.default_rng(0)
    return pd.DataFrame(
        {
            "height": numbers.normal(size=150).round(3),
            "weight": numbers.normal(size=150).round(3),
            "kind": numbers.choice(["tall", "short"], 150),
        }
    )


@pytest.fixture
def make_evidence(rows: pd.DataFrame) -> MakeEvidence:
    """Make the evidence of a run in which there is nothing to find."""

    def make_evidence(
        trials: Trials = (),
        *,
        n_failed: int = 0,
        direction: Literal["maximize", "minimize"] = "maximize",
        model: dict[str, Any] = CLASSIFIER,
        space: dict[str, Any] = SPACE,
        cv: Any = 5,
        n_trials: int = 100,
        y_label: str = "kind",
        table: pd.DataFrame = rows,
        test: pd.DataFrame | None = None,
        trained: dict[str, float] | None = None,
        details: dict[str, Any] | None = None,
        data: dict[str, Any] | None = None,
        groups: pd.DataFrame | None = None,
        slices: list[dict[str, Any]] | None = None,
        test_dummy: dict[str, Any] | None = None,
        **summary: Any,
    ) -> Evidence:
        search_space = SearchSpace.model_validate(space)
        study = optuna.create_study(direction=direction)
        study.add_trials(
            [
                create_trial(
                    params=params, value=value, distributions=search_space.distributions(params)
                )
                for params, value in trials
            ]
        )
        study.add_trials([create_trial(state=TrialState.FAIL) for _ in range(n_failed)])
        sweep = Sweep.model_validate(
            {
                "model": model,
                "search_space": space,
                "n_trials": n_trials,
                "cv": cv,
                "sampler": {"class": "RandomSampler"},
                "pruner": {"class": "NopPruner"},
            }
        )
        train = table[:120] if test is None else table
        features = [str(name) for name in table.columns if name != y_label]
        tuned = Model.model_validate(model)
        return Evidence(
            study=study,
            summary=SweepSummary.model_validate({"scoring": "accuracy"} | summary),
            train=train,
            test=table[120:] if test is None else test,
            features=features,
            y_label=y_label,
            train_metrics=trained or {},
            test_details=details or {},
            test_dummy=test_dummy or {},
            slices={"slices": slices or []},
            data_summary=data or {},
            row_groups=pd.DataFrame() if groups is None else groups,
            configuration=StudyConfiguration(
                X=train[features],
                y=train[y_label],
                model=tuned,
                search_space=search_space,
                sweep=sweep,
                random_seed=0,
            ),
        )

    return make_evidence
