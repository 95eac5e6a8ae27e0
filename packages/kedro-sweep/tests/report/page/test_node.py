"""A run is reported with its own figures."""

import optuna
import pandas as pd
import pytest
from kedro.framework import project
from optuna.distributions import BaseDistribution, IntDistribution
from optuna.trial import create_trial

from kedro_sweep.report import make_report


def test_a_run_is_reported_with_the_figures_of_study_and_model(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(project, "PACKAGE_NAME", "wine_sweep")
    study = optuna.create_study(direction="maximize")
    depths: dict[str, BaseDistribution] = {"max_depth": IntDistribution(1, 9)}
    study.add_trials(
        [create_trial(value=n / 10, params={"max_depth": n}, distributions=depths) for n in (1, 2, 3)]
    )
    summary = {
        "study": study.study_name,
        "scoring": "accuracy",
        "direction": "maximize",
        "best_value": study.best_value,
        "best_trial": study.best_trial.number,
        "n_trials": 3,
        "n_complete": 3,
        "n_pruned": 0,
        "n_fail": 0,
    }
    report, card = make_report(
        study._storage,
        summary,
        {"test_confusion_matrix": "<svg>of the model</svg>"},
        pd.DataFrame({("features", "y_label"): ["quality"]}, index=["2026-01-01T09.30.00.000Z"]),
        {"y_label": "quality"},
        {"y_label": "quality"},  # as version 0.1 recorded it
        test_details={},
        trials=study.trials_dataframe(),
        model_card={"target": "quality"},
    )
    assert "wine_sweep · run 2026-01-01T09.30.00.000Z" in report
    assert report.count("<figure>") == 4
    assert "<svg>of the model</svg>" in report
    assert card.startswith("# Model card: quality")
