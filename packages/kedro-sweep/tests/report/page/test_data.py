"""What is not recorded has a word."""

from typing import Any

import pytest

from kedro_sweep.report.page._data import ReportData


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
