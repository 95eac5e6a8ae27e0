"""The page shows every run, in the group where its scores belong."""

import re
from collections.abc import Callable
from html import unescape
from typing import Any

import pandas as pd
import pytest

from kedro_sweep.errors import InputError
from kedro_sweep.report import ReportData
from kedro_sweep.report._runs import Run
from kedro_sweep.report.comparison._page import (
    MAX_ROWS,
    arrange_dots,
    compare_runs,
    render_runs_comparison,
)

Runs = Callable[..., list[Run]]
Table = Callable[..., pd.DataFrame]
Tracked = Callable[..., Any]


def read(page: str) -> str:
    """The text of a page, on one line, without its scripts and styles."""
    text = re.sub(r"<(script|style)>.*?</\1>|<[^>]+>", " ", page, flags=re.DOTALL)
    return re.sub(r" ([.,:;])", r"\1", " ".join(unescape(text).split()))


def test_page_has_a_section_for_each_group_and_one_for_runs_without_a_search(
    table: Table, tracked: Tracked, draws: Tracked
) -> None:
    first, second = (
        tracked(value, sweep_summary={"corrected_value": value}, selection_draws=draws(value))
        for value in (0.6, 0.7)
    )
    few = tracked(0.9, "b", sweep_summary={"rows": 52}, run_parameters={"data.frac": 0.95})
    page = render_runs_comparison(table(first, second, few, {"session": {"finished": False}}))
    text = read(page)
    assert "<title>Comparison of runs: 4 runs</title>" in page
    assert "4 runs, in 2 groups." in text
    assert "Not comparable with the group above: rows 52 → 865, data.frac 0.95 → 0.15" in text
    assert "2 runs with scoring accuracy, direction maximize, rows 865, target quality" in text
    assert page.count("<table>") == 3
    # The two runs on 865 rows have a star; the run on 52, with nothing to compare, has none.
    assert page.count('class="star"') == 1
    assert "The best of 2 runs is SVC (2026-01-02 12:30)." in text
    top, middle, unsearched = page.split("<table>")[1:]
    assert "0.9000" in top
    assert "0.9000" not in middle
    assert "stopped" in unsearched


def test_any_run_with_draws_can_be_the_reference(table: Table, tracked: Tracked, draws: Tracked) -> None:
    runs = table(*(tracked(value, selection_draws=draws(value)) for value in (0.7, 0.6)), tracked())
    newer = "2026-01-02T12.30.00.000Z"
    page = read(render_runs_comparison(runs, newer))
    assert "Compared with SVC (2026-01-02 12:30)" in page
    assert "1 of these runs is not compared in pairs" in page
    without_draws = "2026-01-03T12.30.00.000Z"
    for unknown in ("2026", without_draws):
        with pytest.raises(InputError, match=f"Run '{unknown}' cannot be .* 2026-01-01T12.*{newer}"):
            render_runs_comparison(runs, unknown)


def test_runs_of_earlier_releases_say_why_they_are_not_compared_in_pairs(
    table: Table, tracked: Tracked
) -> None:
    assert "These runs are not compared in pairs" in read(
        render_runs_comparison(table(tracked(), tracked()))
    )


def test_what_a_user_wrote_is_no_markup(table: Table, tracked: Tracked) -> None:
    script = "<script>alert(1)</script>"
    nasty = tracked(
        run_parameters={"data.y_label": script, script: '"quoted"'},
        sweep_summary={"scoring": script},
        features={"model_type": f'a."{script}', "best_params": {script: script}},
        test_metrics={script: 1.0},
        session={"git": {"commit_sha": script, "branch": script}},
    )
    failed = {"session": {"finished": False, "exception": {"type": script, "value": script}}}
    page = render_runs_comparison(table(tracked(), nasty, failed))
    assert page.count("<script>") == page.count("</script>") == 1
    assert script in unescape(page)
    assert 'title="a.&#34;&lt;script&gt;' in page


def test_page_needs_no_other_file(table: Table, tracked: Tracked) -> None:
    page = render_runs_comparison(table(tracked(), tracked()))
    assert not re.search(r"""https?://|src=|@import|url\(""", page)


def test_first_run_says_what_to_do_next(table: Table, tracked: Tracked) -> None:
    page = render_runs_comparison(table(tracked()))
    assert "There is one run with a search so far, nothing to compare: change a parameter" in read(page)
    assert page.count("<table>") == 1


def test_no_run_says_how_to_start(table: Table) -> None:
    assert "There is no run with a search so far: start one with kedro run" in read(
        render_runs_comparison(pd.DataFrame())
    )
    stopped = render_runs_comparison(table({"session": {"finished": False}}))
    assert "no run with a search" in stopped
    assert stopped.count("<table>") == 1


def test_more_runs_than_can_be_read_are_cut_and_the_page_says_so(table: Table, tracked: Tracked) -> None:
    page = render_runs_comparison(table(*(tracked() for _ in range(203))))
    assert "The newest 200 of 203 runs." in read(page)
    assert page.count('<th scope="row"') == 200
    assert "170 older runs are not drawn" in page
    assert len(page) < 1_000_000


def test_runs_of_which_only_some_datasets_are_left_are_compared(table: Table) -> None:
    summary = {"scoring": "r2", "direction": "maximize", "best_value": 0.5}
    page = render_runs_comparison(table({"sweep_summary": summary}, {"sweep_summary": summary}))
    assert "parameters not recorded" in page


@pytest.mark.parametrize("odd", ["x", 5, [1]], ids=str)
@pytest.mark.parametrize(
    ("dataset", "key"),
    [
        ("sweep_summary", "comparable"),
        ("sweep_summary", "scores"),
        ("features", "members"),
        ("test_details", "intervals"),
        ("session", "exception"),
        ("session", "cli"),
        ("session", "git"),
    ],
)
def test_a_value_of_a_kind_that_no_run_records_hides_only_itself(
    dataset: str, key: str, odd: Any, table: Table, tracked: Tracked
) -> None:
    page = read(render_runs_comparison(table(tracked(0.7), tracked(0.9, **{dataset: {key: odd}}))))
    assert "2 runs" in page
    assert "0.9000" in page


def test_the_table_has_the_runs_that_are_comparable_with_this_one(
    table: Table, tracked: Tracked
) -> None:
    summary = {"corrected_value": 0.58, "corrected_low": 0.55, "corrected_high": 0.61}
    runs = table(tracked(0.9, "other"), tracked(0.6), tracked(0.7, sweep_summary=summary))
    compared, page = compare_runs(runs, ReportData(summary={"comparable": "a"}))
    assert compared["best CV"].tolist() == ["0.7000", "0.6000"]
    assert compared["corrected"].tolist() == ["0.580 (0.550 to 0.610)", "–"]  # noqa: RUF001
    assert compared["run (UTC)"][0] == "2026-01-03 12:30 (2026-01-03T12.30.00.000Z)"
    assert page == render_runs_comparison(runs)
    assert compare_runs(runs, ReportData(summary={"comparable": "no other"}))[0].empty


def test_a_row_has_a_mark_for_each_score(runs: Runs, tracked: Tracked) -> None:
    summary = {"corrected_value": 0.5, "corrected_low": 0.4, "corrected_high": 0.6}
    dots = arrange_dots(runs(tracked(0.6, sweep_summary=summary, test_metrics={"acc": 0.8})))
    [(name, _, marks)] = dots["rows"]
    assert name == "2026-01-01 12:30"
    assert marks == [("best", 0.6, None, None), ("corrected", 0.5, 0.4, 0.6), ("test", 0.8, None, None)]
    assert (dots["axis"].low, dots["axis"].high) == (0.4, 0.8)


def test_older_runs_are_left_out_and_counted(runs: Runs, tracked: Tracked) -> None:
    dots = arrange_dots(runs(*(tracked() for _ in range(MAX_ROWS + 2))))
    assert (len(dots["rows"]), dots["left_out"]) == (MAX_ROWS, 2)
