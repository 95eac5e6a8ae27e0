"""A row in the table of tracked runs describes a run."""

from collections.abc import Callable
from typing import Any

import pandas as pd
import pytest

from kedro_sweep.report._runs import (
    MAX_RUNS,
    Run,
    describe_count,
    name_model,
    read_runs,
)


def test_runs_come_newest_first_with_what_they_recorded(
    runs: Callable[..., list[Run]], tracked: Callable[..., Any]
) -> None:
    new, old = runs(tracked(0.6), {"test_metrics": {"acc": 0.5}})
    assert new.time == "2026-01-02 12:30"
    assert new.tracked == {"test_metrics": {"acc": 0.5}}
    assert old.commit == ["abc1234", "trunk", "edited since"]
    assert (old.command, new.commit) == ("", [])
    assert old.find("sweep_summary", "best_value") == 0.6
    assert (new.is_searched, old.is_searched) == (False, True)
    assert (new.model, old.model) == (None, "sklearn.svm.SVC")


def test_parameters_of_version_0_1_have_the_names_of_today(
    runs: Callable[..., list[Run]], tracked: Callable[..., Any]
) -> None:
    old = {"y_label": "taste", "split.kind": "time", "model.class": "Tree", "models": {}, "my": 1}
    [run] = runs({"run_parameters": old, "session": {}})
    assert run.parameters == {
        "data.y_label": "taste",
        "data.split.kind": "time",
        "sweep.model.class": "Tree",
        "sweep.models": {},
        "my": 1,
    }
    assert run.model == "Tree"


@pytest.mark.parametrize(
    ("session", "metrics", "end"),
    [
        ({"finished": True}, {"acc": 0.5}, "finished"),
        ({"finished": True}, {}, "finished"),
        ({"finished": False}, {"acc": 0.5}, "stopped"),
        ({"finished": False, "exception": {"type": "ValueError"}}, {}, "failed: ValueError"),
        (
            {"finished": False, "exception": {"type": "kedro_sweep.errors.InputError"}},
            {},
            "failed: InputError",
        ),
        ({"finished": False, "exception": {"type": "builtins.KeyboardInterrupt"}}, {}, "stopped"),
        # Earlier releases recorded no end.
        ({}, {"acc": 0.5}, "finished"),
        ({}, {}, "stopped"),
    ],
)
def test_end_of_a_run_is_told(session: dict[str, Any], metrics: dict[str, Any], end: str) -> None:
    assert Run("run", {"session": session, "test_metrics": metrics}).end == end


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("sklearn.ensemble.ExtraTreesClassifier", "extra trees"),
        ("sklearn.neighbors.KNeighborsRegressor", "K neighbors"),
        ("sklearn.svm.SVC", "SVC"),
        ("lightgbm.LGBMClassifier", "LGBM"),
        ("my_company.make_model", "make model"),
        ("my_company.Classifier", "classifier"),
    ],
)
def test_models_are_named_in_words(path: str, name: str) -> None:
    assert name_model(path) == name


def test_a_label_tells_the_model_and_the_trials(
    runs: Callable[..., list[Run]], tracked: Callable[..., Any]
) -> None:
    ensemble = tracked(features={"members": [{}, {}, {}]}, sweep_summary={"n_trials": 1})
    labels = [run.label for run in runs(tracked(), ensemble, {"session": {"finished": False}})]
    assert labels == ["–", "ensemble of 3 · 1 trial", "SVC · 100 trials"]  # noqa: RUF001


@pytest.mark.parametrize(
    ("session", "has_report"),
    [
        ({"finished": True, "cli": {"params": {"pipelines": [], "params": {"a": 1}}}}, True),
        ({"finished": True, "cli": {"params": {"to_outputs": ["model"]}}}, False),
        ({"finished": False}, False),
    ],
)
def test_a_run_that_finished_all_has_a_report(
    session: dict[str, Any],
    has_report: bool,
    runs: Callable[..., list[Run]],
    tracked: Callable[..., Any],
) -> None:
    [run] = runs(tracked(session=session))
    assert run.report == (f"report.html/{run.id}/report.html" if has_report else "")


def test_a_name_may_be_no_time() -> None:
    assert Run("my run").time == ""


def test_only_the_newest_runs_are_read_and_the_count_says_so() -> None:
    table = pd.DataFrame(index=[f"run {number:03}" for number in range(MAX_RUNS + 50)])
    runs = read_runs(table)
    assert [len(runs), runs[0].id, runs[-1].id] == [MAX_RUNS, "run 249", "run 050"]
    assert describe_count(table) == "the newest 200 of 250 runs"
    assert [describe_count(table.head(n)) for n in (0, 1, 200)] == ["0 runs", "1 run", "200 runs"]
