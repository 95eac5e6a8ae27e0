"""The figure for Kedro-Viz shows the newest group."""

from collections.abc import Callable
from typing import Any

import pandas as pd
import pytest

from kedro_sweep.report.comparison.figure import MAX_ROWS, plot_runs_comparison

Table = Callable[..., pd.DataFrame]
Tracked = Callable[..., Any]


def test_each_run_of_the_newest_group_is_a_row_with_its_scores_and_intervals(
    table: Table, tracked: Tracked
) -> None:
    summary = {"corrected_value": 0.58, "corrected_low": 0.5, "corrected_high": 0.6}
    details = {"score": {"name": "accuracy", "value": 0.55, "low": 0.45, "high": 0.6}}
    newest = [tracked(best, sweep_summary=summary, test_details=details) for best in (0.6, 0.7)]
    figure = plot_runs_comparison(table(tracked(0.9, "other"), *newest))
    assert figure.layout.title.text.startswith("accuracy: newest group, 2 runs<br>")
    assert figure.layout.title.text.endswith(" (bars: 95%)")
    assert list(figure.layout.yaxis.ticktext) == ["2026-01-03 12:30", "2026-01-02 12:30"]
    best, corrected, test = figure.data
    assert list(best.x) == [0.7, 0.6]
    assert list(corrected.error_x.array) == pytest.approx([0.02, 0.02])
    assert list(corrected.error_x.arrayminus) == pytest.approx([0.08, 0.08])
    assert list(test.error_x.arrayminus) == pytest.approx([0.1, 0.1])
    assert {trace.type for trace in figure.data} == {"scatter"}


def test_hover_says_what_changed_without_markup(table: Table, tracked: Tracked) -> None:
    figure = plot_runs_comparison(table(tracked(), tracked(run_parameters={"note": "<b>x</b>"})))
    text = figure.data[0].text[0]
    assert text.startswith("<b>best CV 0.6000</b><br>2026-01-02T12.30.00.000Z<br>finished<br>")
    assert text.endswith("note: – → &lt;b&gt;x&lt;/b&gt;")  # noqa: RUF001


def test_many_changes_are_cut_short(table: Table, tracked: Tracked) -> None:
    many = {f"p{number}": number for number in range(10)}
    figure = plot_runs_comparison(table(tracked(), tracked(run_parameters=many)))
    assert figure.data[0].text[0].endswith("<br>and 4 more")


def test_figure_has_no_background_of_its_own(table: Table, tracked: Tracked) -> None:
    layout = plot_runs_comparison(table(tracked(), tracked())).layout
    assert {layout.paper_bgcolor, layout.plot_bgcolor} == {"rgba(0, 0, 0, 0)"}


def test_title_says_that_older_runs_are_left_out(table: Table, tracked: Tracked) -> None:
    figure = plot_runs_comparison(table(*(tracked() for _ in range(MAX_ROWS + 1))))
    assert f"newest group, its {MAX_ROWS} newest runs" in figure.layout.title.text
    assert len(figure.data[0].x) == MAX_ROWS


def test_title_says_which_way_is_better(table: Table, tracked: Tracked) -> None:
    minimized = {"scoring": "my.module.max_error", "direction": "minimize"}
    figure = plot_runs_comparison(table(*[tracked(sweep_summary=minimized)] * 2))
    assert figure.layout.title.text.startswith("max_error: newest group")
    assert "lower is better" in figure.layout.title.text


def test_fewer_than_two_runs_with_a_search_give_a_sentence(table: Table, tracked: Tracked) -> None:
    for runs, found in (
        (pd.DataFrame(), "no run with a search"),
        (table({"session": {"finished": False}}), "no run with a search"),
        (table(tracked(), {"session": {"finished": False}}), "only one run with a search"),
    ):
        figure = plot_runs_comparison(runs)
        assert f"There is {found} so far" in figure.layout.annotations[0].text
        assert not figure.data
