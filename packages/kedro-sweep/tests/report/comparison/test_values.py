"""A recorded value is a score only if it is a number."""

from collections.abc import Callable
from typing import Any

import pytest

from kedro_sweep.report.comparison.runs import Run
from kedro_sweep.report.comparison.values import Value, find_test_score, make_value


def test_score_of_the_search_on_the_test_rows_is_recorded_or_a_metric(
    runs: Callable[..., list[Run]], tracked: Callable[..., Any]
) -> None:
    recorded = {"name": "accuracy", "value": 0.54, "low": 0.46, "high": 0.62}
    losses: dict[str, Any] = {
        "sweep_summary": {"scoring": "neg_log_loss"},
        "test_metrics": {"log_loss": 1.5},
    }
    found = map(
        find_test_score,
        runs(
            tracked(sweep_summary={"scoring": "my.own"}),
            tracked(**losses),
            tracked(),
            tracked(test_details={"score": recorded}),
        ),
    )
    assert list(found) == [Value(0.54, (0.46, 0.62)), Value(0.55), Value(-1.5), None]


@pytest.mark.parametrize("value", [None, float("nan"), float("inf"), "0.5"])
def test_what_is_no_number_is_no_score(value: Any) -> None:
    assert make_value(value) is None
    assert make_value(0.5, value, 1.0) == Value(0.5)


def test_value_and_interval_are_written_together() -> None:
    assert Value(0.6, (0.55, 0.64)).describe() == "0.6000 (0.5500 to 0.6400)"
    assert Value(0.6).describe() == "0.6000"
