"""The table shows what each run was, and its results."""

from collections.abc import Callable
from typing import Any

import pytest

from kedro_sweep.report._runs import Run
from kedro_sweep.report.comparison._choice import choose_run
from kedro_sweep.report.comparison._groups import Group
from kedro_sweep.report.comparison._table import (
    MAX_CHANGES,
    Cell,
    Column,
    list_changes,
    tabulate_group,
)

Runs = Callable[..., list[Run]]
Tracked = Callable[..., Any]


def by_name(runs: list[Run], reference: str = "") -> dict[str, Column]:
    _, columns = tabulate_group(Group(runs), choose_run(runs, reference))
    return {column.name: column for column in columns}


def test_a_row_describes_its_run(runs: Runs, tracked: Tracked) -> None:
    summary = {
        "task": "classification",
        "corrected_value": 0.58,
        "corrected_low": 0.55,
        "corrected_high": 0.61,
        "default_value": 0.57,
        "dummy_value": 0.4,
    }
    columns = by_name(
        runs(tracked(0.6, sweep_summary=summary, session={"finished": True, "seconds": 75}))
    )
    assert {name: str(column.cells[0]) for name, column in columns.items()} == {
        "run (UTC)": "2026-01-01 12:30 (2026-01-01T12.30.00.000Z)",
        "corrected": "0.580 (0.550 to 0.610)",
        "test acc": "0.5500",
        "changed from the reference": "reference",
        "trials": "100",
        "time": "0:01:15",
        "model": "SVC",
        "best parameters": "C: 1.235, kernel: rbf",
        "rows": "865",
        "task": "classification",
        "end": "finished",
        "commit": "abc1234, trunk, edited since",
        "best CV": "0.6000",
        "untuned": "0.5700",
        "dummy": "0.4000",
        "train acc": "1.000",
    }
    in_sight = ["run (UTC)", "corrected", "test", "changed", "trials", "time"]
    assert [column.heading for column in columns.values() if column.heading] == in_sight


def test_an_ensemble_shows_its_size_its_score_and_the_shares_of_its_candidates(
    runs: Runs, tracked: Tracked
) -> None:
    members = [
        {"candidate": name, "weight": weight}
        for name, weight in (("forest", 0.25), ("machine", 0.4), ("forest", 0.35))
    ]
    features = {"model_type": "ensemble", "best_params": {}, "members": members}
    summary = {"model": "sklearn.svm.SVC", "ensemble_value": 0.65}
    ensemble = tracked(0.6, sweep_summary=summary, features=features)
    columns = by_name(runs(tracked(0.5), ensemble))
    assert [str(cell) for cell in columns["model"].cells] == ["ensemble of 3", "SVC"]
    assert str(columns["best CV"].cells[0]) == "0.6500"
    assert str(columns["best parameters"].cells[0]) == "forest 60%, machine 40%"


def test_rows_are_ranked_by_the_value_to_quote_and_show_the_gain_over_the_reference(
    runs: Runs, tracked: Tracked, draws: Tracked
) -> None:
    made = [
        tracked(best, sweep_summary={"corrected_value": value}, selection_draws=draws(value))
        for best, value in ((0.6, 0.5), (0.8, 0.6), (0.7, 0.4))  # the best CV value is no rank
    ]
    columns = by_name(runs(*made, tracked(0.9)))
    shown = [cell.lines[0] for cell in columns["corrected"].cells]
    assert shown == ["0.6000", "0.5000", "0.4000", "–"]  # noqa: RUF001
    gains = columns["gain over the reference"].cells
    assert [cell.word for cell in gains] == ["better", "", "below 0", ""]
    assert [cell.lines[0] for cell in gains] == ["+0.1001", "reference", "−0.1000", "–"]  # noqa: RUF001


@pytest.mark.parametrize(("minimized", "first"), [(False, "0.7000"), (True, "0.6000")])
def test_the_best_is_the_lowest_if_a_search_minimizes(
    minimized: bool, first: str, runs: Runs, tracked: Tracked
) -> None:
    direction = {"direction": "minimize" if minimized else "maximize"}
    columns = by_name(runs(*(tracked(value, sweep_summary=direction) for value in (0.6, 0.7))))
    assert str(columns["best CV"].cells[0]) == first


def test_runs_that_cannot_be_compared_have_no_gain_and_empty_columns_are_left_out(
    runs: Runs, tracked: Tracked
) -> None:
    columns = by_name(runs(tracked(0.6, comparable=None), tracked(0.7, comparable=None)))
    empty = {"gain over the reference", "task", "corrected", "untuned", "dummy", "time"}
    assert not empty & columns.keys()
    assert columns["best CV"].heading == "best CV"  # in the place of the corrected value


def test_the_values_of_a_column_are_drawn_on_one_axis(runs: Runs, tracked: Tracked) -> None:
    summary = {"corrected_value": 0.5, "corrected_low": 0.4, "corrected_high": 0.6}
    other = {"corrected_value": 0.7}
    column = by_name(runs(tracked(sweep_summary=summary), tracked(sweep_summary=other)))["corrected"]
    marks = [cell.mark for cell in column.cells]
    assert marks == [("corrected", 0.7, None, None), ("corrected", 0.5, 0.4, 0.6)]
    assert column.axis is not None
    assert (column.axis.low, column.axis.high) == (0.4, 0.7)


def test_columns_tell_whether_runs_differ_in_them(runs: Runs, tracked: Tracked) -> None:
    columns = by_name(runs(tracked(0.6), tracked(0.7)))
    assert columns["rows"].classes == "n same"
    assert columns["best CV"].classes == "n"


def test_very_many_changes_are_counted(runs: Runs, tracked: Tracked) -> None:
    more = {f"own.{number}": number for number in range(MAX_CHANGES + 3)}
    other, reference = runs(tracked(), tracked(run_parameters=more))
    lines = list_changes(other, reference).lines
    assert [len(lines), lines[-1]] == [MAX_CHANGES + 1, "and 3 more"]
    assert list_changes(reference, reference) == Cell(["reference"])
