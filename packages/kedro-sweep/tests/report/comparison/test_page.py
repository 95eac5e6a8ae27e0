"""The page shows every run, in the group where its scores belong."""

import json
import re
from collections.abc import Callable
from html import unescape
from typing import Any

import pandas as pd
import pytest

from kedro_sweep.errors import InputError
from kedro_sweep.report import ReportData
from kedro_sweep.report.comparison._page import MAX_DRAWN, compare_runs, render_runs_comparison
from kedro_sweep.text import MINUS

Table = Callable[..., pd.DataFrame]
Tracked = Callable[..., Any]


def read(page: str) -> str:
    """The text of a page, on one line, without its scripts and styles."""
    text = re.sub(r"<(script|style)\b.*?</\1>|<[^>]+>", " ", page, flags=re.DOTALL)
    return re.sub(r" ([.,:;])", r"\1", " ".join(unescape(text).split()))


@pytest.fixture
def compared(tracked: Tracked, draws: Tracked) -> Tracked:
    """Make a run that can be compared in pairs."""

    def make(value: float, **more: Any) -> Any:
        summary = {
            "corrected_value": value,
            "corrected_low": value - 0.04,
            "corrected_high": value + 0.04,
        }
        return tracked(value, sweep_summary=summary, selection_draws=draws(value), **more)

    return make


def test_page_has_a_table_for_each_group_and_a_line_for_each_run_without_one(
    table: Table, tracked: Tracked, compared: Tracked
) -> None:
    few = tracked(0.9, "b", sweep_summary={"rows": 52}, run_parameters={"data.frac": 0.95})
    error = {"type": "builtins.KeyboardInterrupt", "value": "12 of 60 trials"}
    command = {"command_path": "kedro run --params sweep.n_trials=60"}
    stopped = {"session": {"finished": False, "exception": error, "cli": command}}
    page = render_runs_comparison(table(compared(0.6), compared(0.7), few, few | stopped, stopped))
    text = read(page)
    assert "<title>Comparison of runs: 5 runs</title>" in page
    assert page.count("<table>") == 2
    assert "Not comparable with the group above: rows 52 → 865, data.frac 0.95 → 0.15" in text
    assert "Predicting quality, scored by accuracy 865 rows · 15% test" in text
    assert "2026-01-04 12:30, stopped" in text  # after its search
    assert "Stopped after 12 of 60 trials. kedro run --params sweep.n_trials=60 continues." in text


def test_a_run_says_what_it_is_and_links_to_its_report(table: Table, compared: Tracked) -> None:
    page = render_runs_comparison(table(compared(0.6), compared(0.7)))
    for day in (1, 2):
        assert (
            f'<a href="report.html/2026-01-0{day}T12.30.00.000Z/report.html">SVC · 100 trials</a>'
            in page
        )
    unfinished = compared(0.7, session={"finished": False})
    assert render_runs_comparison(table(compared(0.6), unfinished)).count("report.html/") == 1


def test_a_failed_run_says_why_and_a_single_run_its_value(table: Table, compared: Tracked) -> None:
    error = {"type": "kedro_sweep.errors.InputError", "value": "no such column"}
    failed = {"session": {"finished": False, "exception": error}}
    page = read(render_runs_comparison(table(failed, compared(0.6))))
    assert "Failed: InputError. no such column Correct this, and run again: kedro run" in page
    assert "scored by accuracy: corrected 0.600 (0.560 to 0.640)" in page


def test_only_the_best_run_can_be_called_better(table: Table, compared: Tracked) -> None:
    page = render_runs_comparison(table(compared(0.6), compared(0.7), compared(0.5), compared(0.60001)))
    words = re.findall(r'<i class="([\w ]*)">\1</i>', page.partition("<table>")[2])
    assert words == ["better", "chance", "", "below 0"]


def test_any_run_with_draws_can_be_the_reference(
    table: Table, tracked: Tracked, compared: Tracked
) -> None:
    runs = table(compared(0.7), compared(0.6), tracked())
    newer = "2026-01-02T12.30.00.000Z"
    page = render_runs_comparison(runs, newer)
    assert "The best run is clearly better than the reference." in read(page)
    assert "1 of these runs is not compared in pairs" in read(page)
    assert re.findall(r"<option( selected)?>", page) == ["", " selected"]
    without_draws = "2026-01-03T12.30.00.000Z"
    for unknown in ("2026", without_draws):
        with pytest.raises(InputError, match=f"Run '{unknown}' cannot be .*{newer}.* 2026-01-01T12"):
            render_runs_comparison(runs, unknown)


def test_a_reference_may_be_older_than_all_runs_that_are_drawn(
    table: Table, tracked: Tracked, compared: Tracked
) -> None:
    page = render_runs_comparison(table(compared(0.6), compared(0.7), *[tracked()] * MAX_DRAWN))
    assert "The best run is clearly better than the reference." in page
    assert page.count("<option") == 1


def test_the_page_holds_what_it_shows_with_each_reference(table: Table, compared: Tracked) -> None:
    page = render_runs_comparison(table(compared(0.5), compared(0.6)))
    [found] = re.findall(r'<script type="application/json">(.*?)</script>', page)
    better, worse = json.loads(found)["references"]  # the best run is the first reference
    assert better["rows"][0] == ["reference", "", "", "reference"]
    value, interval, word, changes = better["rows"][1]
    assert (value, word, changes) == (f"{MINUS}0.1001", "below 0", "nothing")
    assert worse["rows"][0][:3] == ["+0.1001", interval_of(interval), "better"]
    assert worse["sentences"][0].startswith("The best run is clearly")


def interval_of(negative: str) -> str:
    """Turn the interval of a loss into that of the gain."""
    low, high = negative.replace(MINUS, "+").split(" to ")
    return f"{high} to {low}"


def test_runs_of_earlier_releases_say_why_they_are_not_compared_in_pairs(
    table: Table, tracked: Tracked
) -> None:
    assert "These runs are not compared in pairs" in read(
        render_runs_comparison(table(tracked(), tracked()))
    )


def test_what_a_user_wrote_is_no_markup(table: Table, compared: Tracked) -> None:
    script = "<script>alert(1)</script>"
    nasty = compared(
        0.7,
        run_parameters={"data.y_label": script, script: '"quoted"'},
        features={"model_type": f'a."{script}', "best_params": {script: script}},
        test_metrics={script: 1.0},
    )
    nasty["session"] = {"git": {"commit_sha": script, "branch": script}}
    failed = {"session": {"finished": False, "exception": {"type": script, "value": script}}}
    page = render_runs_comparison(table(compared(0.6), nasty, failed))
    assert page.count("<script>") == 1
    assert page.count("<script ") == page.count("</script>") - 1 == 1
    assert script in unescape(page)


def test_page_needs_no_other_file(table: Table, tracked: Tracked) -> None:
    page = render_runs_comparison(table(tracked(), tracked()))
    assert not re.search(r"""https?://|src=|@import|url\(""", page)


def test_first_run_says_what_to_do_next(table: Table, tracked: Tracked) -> None:
    page = render_runs_comparison(table(tracked()))
    assert "There is one run with a search so far, nothing to compare: change a parameter" in read(page)
    assert page.count("<table>") == 0


def test_no_run_says_how_to_start(table: Table) -> None:
    assert "There is no run with a search so far: start one with kedro run" in read(
        render_runs_comparison(pd.DataFrame())
    )
    stopped = render_runs_comparison(table({"session": {"finished": False}}))
    assert "no run with a search" in stopped
    assert "Stopped, or still running." in stopped


def test_more_runs_than_can_be_read_are_cut_and_the_page_says_so(table: Table, tracked: Tracked) -> None:
    page = render_runs_comparison(table(*(tracked() for _ in range(203))))
    assert "The newest 200 of 203 runs." in read(page)
    assert page.count('<th scope="row"') == 200
    assert page.count('class="mark best"') == MAX_DRAWN
    assert len(page) < 400_000


def test_a_page_of_very_many_runs_stays_small(table: Table, compared: Tracked) -> None:
    many = {"test_metrics": {f"metric {number}": 0.51234 for number in range(20)}}
    runs = [compared(0.6, run_parameters={"sweep.n_trials": number}, **many) for number in range(200)]
    page = render_runs_comparison(table(*runs))
    assert len(page.encode()) < 400_000
    [found] = re.findall(r'<script type="application/json">(.*?)</script>', page)
    references = json.loads(found)["references"]
    n_drawn = MAX_DRAWN + 1  # the reference, too
    assert [len(references), *{len(each["rows"]) for each in references}] == [n_drawn, n_drawn]
    assert re.findall(r'<tr data-row="(\d+)"', page) == [str(place) for place in range(n_drawn)]


def test_the_row_of_the_best_run_has_the_gain_of_the_sentence(table: Table, compared: Tracked) -> None:
    page = read(render_runs_comparison(table(compared(0.6), compared(0.7), compared(0.698))))
    [stated] = re.findall(r"that is better by \S+ \((\S+) to (\S+)\)", page)
    assert f"{stated[0]} to +{stated[1]} better" in page


def test_runs_of_which_only_some_datasets_are_left_are_compared(table: Table) -> None:
    summary = {"scoring": "r2", "direction": "maximize", "best_value": 0.5}
    page = render_runs_comparison(table({"sweep_summary": summary}, {"sweep_summary": summary}))
    assert "parameters not recorded" in page


@pytest.mark.parametrize("odd", ["x", 5, [1]], ids=str)
@pytest.mark.parametrize(
    ("dataset", "key"),
    [
        ("run_parameters", "data.frac"),
        ("run_parameters", "sweep.models.forest"),
        ("sweep_summary", "candidates"),
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
    assert "changed from the reference" in compared
    assert compared["best CV"].tolist() == ["0.7000", "0.6000"]
    assert compared["corrected"].tolist() == ["0.580 (0.550 to 0.610)", "–"]  # noqa: RUF001
    assert compared["run (UTC)"][0] == "2026-01-03 12:30 (2026-01-03T12.30.00.000Z)"
    assert page == render_runs_comparison(runs)
    assert compare_runs(runs, ReportData(summary={"comparable": "no other"}))[0].empty
