"""The model that predicts is described, and a better one is named."""

from collections.abc import Callable
from typing import Any

import pandas as pd
import pytest

from kedro_sweep.report.comparison.choice import describe_choice

Table = Callable[..., pd.DataFrame]
Tracked = Callable[..., Any]
FIRST, SECOND = "2026-01-01T12.30.00.000Z", "2026-01-02T12.30.00.000Z"


def correct(tracked: Tracked, value: float | None, **summary: Any) -> Any:
    return tracked(sweep_summary={"corrected_value": value} | summary)


@pytest.mark.parametrize(
    ("direction", "value", "better"), [("maximize", 0.61, FIRST), ("minimize", 0.61, "")]
)
def test_a_comparable_model_with_a_better_score_is_named(
    direction: str, value: float, better: str, table: Table, tracked: Tracked
) -> None:
    runs = [correct(tracked, number, direction=direction) for number in (value, 0.6)]
    chosen, *best = describe_choice(table(*runs), SECOND, {FIRST, SECOND})
    assert chosen == "SVC, corrected accuracy 0.6000"
    assert best == [better, "SVC, corrected accuracy 0.6100" if better else ""]


def test_only_comparable_runs_with_a_model_can_be_better(table: Table, tracked: Tracked) -> None:
    better, chosen = correct(tracked, 0.9), correct(tracked, 0.6)
    assert describe_choice(table(better, chosen), SECOND, {SECOND})[1] == ""
    other = correct(tracked, 0.9, comparable="b")
    assert describe_choice(table(other, chosen), SECOND, {FIRST, SECOND})[1] == ""


def test_what_is_not_known_is_left_out(table: Table, tracked: Tracked) -> None:
    runs = table(correct(tracked, 0.9), correct(tracked, None))
    assert describe_choice(runs, SECOND, {FIRST, SECOND}) == ("SVC", "", "")
    assert describe_choice(runs, "2020", {"2020"}) == ("", "", "")
