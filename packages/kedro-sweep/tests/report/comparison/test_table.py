"""The table shows what each run was, and its results."""

from collections.abc import Callable
from typing import Any

from kedro_sweep.evaluation.estimates import Estimate
from kedro_sweep.report._runs import Run
from kedro_sweep.report.comparison._choice import Choice
from kedro_sweep.report.comparison._groups import Group
from kedro_sweep.report.comparison._table import (
    Cell,
    Column,
    tabulate_group,
    tabulate_unsearched,
)
from kedro_sweep.text import MINUS

Runs = Callable[..., list[Run]]
Tracked = Callable[..., Any]


def by_name(columns: list[Column]) -> dict[str, list[Cell]]:
    return {column.name: column.cells for column in columns}


def test_a_row_describes_its_run(runs: Runs, tracked: Tracked) -> None:
    summary = {
        "task": "classification",
        "corrected_value": 0.58,
        "corrected_low": 0.55,
        "corrected_high": 0.61,
        "default_value": 0.57,
        "dummy_value": 0.4,
    }
    columns = by_name(tabulate_group(Group(runs(tracked(0.6, sweep_summary=summary)))))
    assert {name: (*cells[0].lines, cells[0].note) for name, cells in columns.items()} == {
        "run (UTC)": ("2026-01-01 12:30", "2026-01-01T12.30.00.000Z"),
        "end": ("finished", ""),
        "model": ("SVC", ""),
        "task": ("classification", ""),
        "rows": ("865", ""),
        "trials": ("100", ""),
        "best CV": ("0.6000", ""),
        "corrected": ("0.580", "0.550 to 0.610"),
        "test acc": ("0.5500", ""),
        "untuned": ("0.5700", ""),
        "dummy": ("0.4000", ""),
        "changed since the previous run": ("first of this group", ""),
        "best parameters": ("C: 1.235, kernel: rbf", ""),
        "commit": ("abc1234", "trunk, edited since"),
        "train acc": ("1.000", ""),
    }
    assert columns["model"][0].full == "sklearn.svm.SVC"


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
    columns = by_name(tabulate_group(Group(runs(tracked(0.5), ensemble))))
    assert [cell.lines for cell in columns["model"]] == [["ensemble of 3"], ["SVC"]]
    assert columns["best CV"][0].lines == ["0.6500"]
    assert columns["best parameters"][0].lines == ["forest 60%, machine 40%"]


def test_rows_are_ranked_and_show_the_gain_over_the_reference_and_the_star_of_the_best(
    runs: Runs, tracked: Tracked
) -> None:
    rows = [
        tracked(value, sweep_summary={"corrected_value": value}, train_metrics={"acc": 1 - value})
        for value in (0.6, 0.7, 0.5)
    ]
    group = Group(runs(*rows))
    newest, best, oldest = group.runs
    gains = {newest.id: Estimate(-0.1, -0.15, -0.05), best.id: Estimate(0.1, 0.05, 0.15)}
    corrected = Estimate(0.69, 0.65, 0.73)
    columns = by_name(tabulate_group(group, Choice(oldest, gains, best, corrected, corrected, 9)))
    assert [cell.key for cell in columns["best CV"]] == [0.7, 0.6, 0.5]
    assert [cell.lines for cell in columns["run (UTC)"]] == [[f"2026-01-0{n} 12:30"] for n in (2, 1, 3)]
    assert [str(cell) for cell in columns["gain over the reference"]] == [
        "+0.10 (+0.05 to +0.15)",
        "reference",
        f"{MINUS}0.10 ({MINUS}0.15 to {MINUS}0.05)",
    ]
    assert [cell.is_best for cell in columns["run (UTC)"]] == [True, False, False]
    stars = [name for name, cells in columns.items() if any(cell.is_best for cell in cells)]
    assert stars == ["run (UTC)"]


def test_runs_that_cannot_be_compared_have_no_star_and_no_gain(runs: Runs, tracked: Tracked) -> None:
    columns = by_name(tabulate_group(Group(runs(tracked(0.6), tracked(0.7)))))
    assert "gain over the reference" not in columns
    assert not any(cell.is_best for cells in columns.values() for cell in cells)


def test_a_column_without_values_is_left_out(runs: Runs, tracked: Tracked) -> None:
    columns = by_name(tabulate_group(Group(runs(tracked(comparable=None)))))
    assert not {"task", "corrected", "untuned", "dummy"} & columns.keys()


def test_a_run_without_a_search_tells_its_error_and_its_command(runs: Runs) -> None:
    error = {"type": "kedro_sweep.errors.InputError", "value": "no such column"}
    session = {"finished": False, "exception": error, "cli": {"command_path": "kedro run"}}
    columns = by_name(tabulate_unsearched(runs({"session": session})))
    assert {name: cells[0].lines for name, cells in columns.items()} == {
        "run (UTC)": ["2026-01-01 12:30"],
        "end": ["failed: InputError"],
        "error": ["no such column"],
        "command": ["kedro run"],
    }


def test_many_lines_and_long_lines_are_cut() -> None:
    assert Cell(["x: 1 → 2"] * 3).is_long
    assert Cell(["x" * 100]).is_long
    assert not Cell(["x: 1 → 2"] * 2).is_long
