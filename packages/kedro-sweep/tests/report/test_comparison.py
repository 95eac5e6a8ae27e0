"""The comparison tells runs apart and ranks them."""

from typing import Any

import pandas as pd
import pytest
from plotly.graph_objects import Figure

from kedro_sweep.report.comparison import (
    collect_scores,
    describe_changes,
    plot_runs_comparison,
)

FIRST, SECOND, THIRD = (f"2026-01-0{day}T12.30.00.000Z" for day in (1, 2, 3))


def make_runs(*rows: dict[str, dict[str, Any]]) -> pd.DataFrame:
    """Make the table of tracked runs from what each tracked, oldest first."""
    index = [FIRST, SECOND, THIRD][: len(rows)]
    names = dict.fromkeys(name for row in rows for name in row)
    runs = pd.concat(
        {name: pd.DataFrame([row.get(name, {}) for row in rows], index=index) for name in names}, axis=1
    )
    return runs.sort_index(ascending=False)


def make_run(n_trials: int, value: float, acc: float, **more: Any) -> dict[str, dict[str, Any]]:
    return {
        "session": {"git": {"commit_sha": "abc1234", "branch": "trunk", "dirty": True}},
        "run_parameters": {"sweep.n_trials": n_trials, "frac": 0.15},
        "sweep_summary": {"scoring": "accuracy", "direction": "maximize", "best_value": value},
        "features": {"best_params": {"max_depth": n_trials, "criterion": "gini"}},
        "test_metrics": {"acc": acc},
        "train_metrics": {"acc": 1.0},
        **more,
    }


def read_table(figure: Figure) -> pd.DataFrame:
    table = figure.data[1]
    names = [name.removeprefix("<b>").removesuffix("</b>") for name in table.header.values]
    return pd.DataFrame(dict(zip(names, table.cells["values"], strict=True))).set_index("run")


def read_axes(figure: Figure) -> dict[str, Any]:
    return {axis.label: axis for axis in figure.data[0].dimensions}


THREE = (make_run(5, 0.6, 0.7), make_run(20, 0.8, 0.6), make_run(100, 0.7, 0.65))


def test_table_describes_every_run() -> None:
    row = read_table(plot_runs_comparison(make_runs(*THREE))).loc[SECOND]
    assert row.to_dict() == {
        "time (UTC)": "2026-01-02 12:30",
        "end": "finished",
        "commit": "abc1234<br>trunk<br>edited since",
        "changed since the run before": "sweep.n_trials: 5 → 20",
        "best parameters": "max_depth: 20<br>criterion: gini",
        "CV accuracy": "<b>0.8000★</b>",
        "test acc": "0.6000",
        "train acc": "<b>1.0000★</b>",
    }


def test_table_is_ranked_by_the_cross_validated_value() -> None:
    assert list(read_table(plot_runs_comparison(make_runs(*THREE))).index) == [SECOND, THIRD, FIRST]


def test_menu_sorts_the_table_by_each_score_and_by_time() -> None:
    [menu] = plot_runs_comparison(make_runs(*THREE)).layout.updatemenus
    orders = {button.label: button.args[0]["cells.values"][0][0] for button in menu.buttons}
    assert orders == {
        "sorted by CV accuracy, best first": [SECOND, THIRD, FIRST],
        "sorted by test acc, best first": [FIRST, THIRD, SECOND],
        "sorted by train acc, best first": [THIRD, SECOND, FIRST],
        "sorted by time, newest first": [THIRD, SECOND, FIRST],
    }
    assert all(button.args[1] == (1,) for button in menu.buttons)


def test_lines_go_through_changed_parameters_and_scores() -> None:
    axes = read_axes(plot_runs_comparison(make_runs(*THREE)))
    assert list(axes) == ["sweep.n_trials", "CV accuracy", "test acc", "train acc"]
    assert list(axes["sweep.n_trials"]["values"]) == [100, 20, 5]
    assert list(axes["test acc"]["values"]) == [0.65, 0.6, 0.7]


def test_text_lists_and_missing_parameters_get_marks_instead_of_a_scale() -> None:
    parameters: list[dict[str, Any]] = [
        {"sampler": "TPESampler", "features": ["pH", "alcohol"], "timeout": None, "log": True},
        {"sampler": "GPSampler", "features": ["pH"], "timeout": None, "log": False},
        {"sampler": "TPESampler", "features": ["pH"], "timeout": 3.0, "log": True},
    ]
    rows = [make_run(5, 0.6, 0.7, run_parameters=parameters) for parameters in parameters]
    axes = read_axes(plot_runs_comparison(make_runs(*rows)))
    assert list(axes["sampler"].ticktext) == ["GPSampler", "TPESampler"]
    assert list(axes["sampler"]["values"]) == [1, 0, 1]
    assert list(axes["features"].ticktext) == ["pH", "pH, alcohol"]
    assert list(axes["log"].ticktext) == ["False", "True"]
    assert list(axes["timeout"].ticktext) == ["3", "–"]  # noqa: RUF001


def test_run_without_a_test_score_stays_in_the_table_only() -> None:
    figure = plot_runs_comparison(make_runs(*THREE[:2], make_run(100, 0.9, 0.0, test_metrics={})))
    assert read_table(figure).loc[THIRD, "test acc"] == "–"  # noqa: RUF001
    assert list(read_axes(figure)["sweep.n_trials"]["values"]) == [20, 5]


def test_run_without_a_score_is_a_row_of_the_table_too() -> None:
    failed = {name: content for name, content in make_run(7, 0, 0).items() if name == "run_parameters"}
    table = read_table(plot_runs_comparison(make_runs(THREE[0], failed, THREE[2])))
    assert list(table.index) == [THIRD, FIRST, SECOND]
    assert set(table.loc[SECOND, ["CV accuracy", "test acc"]]) == {"–"}  # noqa: RUF001
    assert table.loc[SECOND, "changed since the run before"] == "sweep.n_trials: 5 → 7"


@pytest.mark.parametrize(
    ("session", "more", "end"),
    [
        ({"finished": True}, {}, "finished"),
        ({"finished": True}, {"test_metrics": {}}, "finished"),
        ({"finished": False}, {"test_metrics": {}}, "stopped"),
        ({"finished": False}, {}, "stopped"),
        (
            {"finished": False, "exception": {"type": "kedro_sweep.errors.InputError"}},
            {"test_metrics": {}},
            "failed: InputError",
        ),
        ({"finished": False, "exception": {"type": "ValueError"}}, {}, "failed: ValueError"),
        (
            {"finished": False, "exception": {"type": "builtins.KeyboardInterrupt"}},
            {"test_metrics": {}},
            "stopped",
        ),
        # Earlier releases recorded no end.
        ({}, {}, "finished"),
        ({}, {"test_metrics": {}}, "stopped"),
    ],
)
def test_end_of_a_run_is_told(session: dict[str, Any], more: dict[str, Any], end: str) -> None:
    runs = make_runs(*THREE[:2], make_run(7, 0.5, 0.5, session=session, **more))
    assert read_table(plot_runs_comparison(runs)).loc[THIRD, "end"] == end


def test_number_in_the_title_is_that_of_the_rows_and_of_the_tracked_runs() -> None:
    stopped = {"session": {"finished": False}}
    runs = make_runs(*THREE[:2], stopped)
    figure = plot_runs_comparison(runs)
    assert figure.layout.title.text == "Comparison of runs: 3 runs"
    assert len(read_table(figure)) == len(runs) == 3


def test_what_a_user_wrote_is_no_markup() -> None:
    parameters = ({"features": ["pH"], "note": "<i>x</i>"}, {"features": ["<b>pH</b>"], "note": "a & b"})
    rows = [
        make_run(5, 0.6, 0.7, run_parameters=values, features={"best_params": {"<b>depth</b>": "<i>"}})
        for values in parameters
    ]
    row = read_table(plot_runs_comparison(make_runs(*rows))).loc[SECOND]
    assert row["best parameters"] == "&lt;b&gt;depth&lt;/b&gt;: &lt;i&gt;"
    changes = row["changed since the run before"]
    assert "+ &lt;b&gt;pH&lt;/b&gt;" in changes
    assert "note: &lt;i&gt;x&lt;/i&gt; → a &amp; b" in changes.replace("<br>", " ")


def test_values_of_different_measures_are_never_ranked_together() -> None:
    other = {"scoring": "max_error", "direction": "minimize", "best_value": 2.0}
    scores = collect_scores(make_runs(*THREE[:2], make_run(100, 0, 0.5, sweep_summary=other)))
    assert [(score.name, score.lower_is_better) for score in scores[:2]] == [
        ("CV max_error", True),
        ("CV accuracy", False),
    ]
    assert scores[1].values.dropna().to_dict() == {FIRST: 0.6, SECOND: 0.8}


@pytest.mark.parametrize(("name", "best"), [("r2", "0.9000"), ("mae", "0.1000"), ("rmse", "0.1000")])
def test_best_is_the_lowest_error_or_the_highest_score(name: str, best: str) -> None:
    rows = [make_run(5, 0.6, 0, test_metrics={name: value}) for value in (0.1, 0.9)]
    cells = read_table(plot_runs_comparison(make_runs(*rows)))[f"test {name}"]
    assert [cell for cell in cells if "★" in cell] == [f"<b>{best}★</b>"]


def test_changes_are_told_one_run_after_the_other() -> None:
    parameters = pd.DataFrame(
        {
            "frac": [0.2, 0.2, 0.15],
            "features": [["a", "c"], ["a", "b"], ["a", "b"]],
            "sampler": ["TPESampler", "TPESampler", "TPESampler"],
        },
        index=[THIRD, SECOND, FIRST],
    )
    assert describe_changes(parameters).to_dict() == {
        THIRD: "features: − b, + c",  # noqa: RUF001
        SECOND: "frac: 0.15 → 0.2",
        FIRST: "first run",
    }


def test_unchanged_unrecorded_and_reordered_runs_are_told_apart() -> None:
    parameters = pd.DataFrame(
        {"features": [["b", "a"], float("nan"), ["a", "b"], ["a", "b"]]}, index=["4", "3", "2", "1"]
    )
    assert describe_changes(parameters).to_dict() == {
        "4": "features: another order",
        "3": "not recorded",
        "2": "nothing",
        "1": "first run",
    }


def test_long_change_is_broken_into_lines() -> None:
    name = "search_space.gradientboosting__loss.choices"
    parameters = pd.DataFrame({name: ["a new value", "an old value"]}, index=[SECOND, FIRST])
    assert describe_changes(parameters)[SECOND] == f"{name}:<br>an old value → a new value"


def test_many_changes_are_cut_short() -> None:
    parameters = pd.DataFrame([[2] * 10, [1] * 10], index=[SECOND, FIRST], columns=list("abcdefghij"))
    lines = describe_changes(parameters)[SECOND].split("<br>")
    assert lines[:1] + lines[-1:] == ["a: 1 → 2", "and 4 more"]


def test_no_run_gives_a_figure_that_says_so() -> None:
    figure = plot_runs_comparison(pd.DataFrame())
    assert "There is no run with a score so far" in figure.layout.annotations[0].text
    assert not figure.data


def test_one_run_gives_a_figure_that_says_so() -> None:
    figure = plot_runs_comparison(make_runs(THREE[0]))
    assert "There is only one run with a score so far" in figure.layout.annotations[0].text
    assert not figure.data


def test_runs_of_which_only_some_datasets_are_left_are_compared() -> None:
    runs = make_runs({"test_metrics": {"acc": 0.5}}, {"test_metrics": {"acc": 0.75}})
    figure = plot_runs_comparison(runs)
    assert list(read_axes(figure)) == ["test acc"]
    assert set(read_table(figure)["changed since the run before"]) == {"not recorded"}


def test_five_hundred_runs_stay_a_small_figure() -> None:
    rows = [make_run(number, number / 500, number / 500) for number in range(500)]
    runs = pd.concat([make_runs(row).rename({FIRST: f"run {i}"}) for i, row in enumerate(rows)])
    figure = plot_runs_comparison(runs)
    assert len(read_table(figure)) == 500
    assert len(figure.to_json()) < 2_000_000


def test_text_of_many_kinds_is_counted_instead_of_written() -> None:
    rows = [make_run(5, 0.6, 0.7, run_parameters={"note": f"kind {number}"}) for number in range(16)]
    runs = pd.concat([make_runs(row).rename({FIRST: f"run {i}"}) for i, row in enumerate(rows)])
    axis = read_axes(plot_runs_comparison(runs))["note, 16 kinds"]
    assert sorted(axis["values"]) == list(range(16))
