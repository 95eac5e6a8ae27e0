"""The run that is reported is the one that trained the model."""

from typing import Any

import pandas as pd
import pytest

from kedro_sweep.report.page.data import ReportData, Run, find_run


def test_the_run_is_the_newest_that_trained_a_model() -> None:
    runs = pd.DataFrame(
        {
            ("session", "git"): [None, {"commit_sha": "3f2a9c0", "branch": "main", "dirty": True}],
            ("session", "cli"): [None, {"command_path": "kedro run"}],
            ("features", "y_label"): [None, "quality"],
        },
        index=["2026-01-02T00.00.00.000Z", "2026-01-01T09.30.00.000Z"],
    )
    assert find_run(runs) == Run(
        "2026-01-01T09.30.00.000Z", "2026-01-01 09:30 UTC", "3f2a9c0, main, edited since", "kedro run"
    )
    assert find_run(runs.iloc[:1]) == Run()
    assert find_run(runs[["session"]]) == Run()


@pytest.mark.parametrize(
    ("summary", "card", "task"),
    [
        ({"task": "regression"}, {"task": "classification"}, "regression"),
        ({}, {"task": "classification"}, "classification"),
        ({"task": None}, {"task": None}, "prediction"),
        ({}, {}, "prediction"),
    ],
)
def test_the_task_is_a_word_even_if_it_is_unknown(
    summary: dict[str, Any], card: dict[str, Any], task: str
) -> None:
    assert ReportData(summary=summary, model_card=card).task == task


def test_a_run_of_another_name_without_a_record_is_found() -> None:
    runs = pd.DataFrame({("features", "y_label"): ["quality"]}, index=["by hand"])
    assert find_run(runs) == Run(id="by hand")
