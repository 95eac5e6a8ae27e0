"""Each run that has ended says in a list of runs what it was, and how good."""

from typing import Any

import pandas as pd
import pytest

from kedro_sweep.tracking.run_titles import title_runs

FOREST = {
    "candidate": "RandomForestClassifier",
    "scoring": "accuracy",
    "best_value": 0.6127,
    "n_trials": 100.0,
    "corrected_value": 0.5968,
    "corrected_low": 0.5580,
    "corrected_high": 0.6316,
    "default_value": 0.6023,
    "dummy_value": 0.4254,
}


def track(**runs: dict[str, dict[str, Any]]) -> pd.DataFrame:
    """A table of runs, as the dataset of all runs makes it."""
    parts = {part: None for run in runs.values() for part in run}
    tables = {part: pd.DataFrame([run.get(part, {}) for run in runs.values()]) for part in parts}
    return pd.concat(tables, axis="columns").set_axis([*runs], axis="index")


def test_a_title_has_the_model_and_its_corrected_score_with_the_interval() -> None:
    contest = FOREST | {"candidate": "extra_trees", "corrected_value": None}
    members = {"members": [{"trial": 1}, {"trial": 2}]}
    titles = title_runs(
        track(
            one={"sweep_summary": FOREST},
            two={"sweep_summary": contest},
            three={"sweep_summary": FOREST, "features": members},
        )
    )
    assert {run: found["title"] for run, found in titles.items()} == {
        "one": "random forest · 0.597 (0.558 to 0.632)",
        "two": "extra trees · 0.6127 (best trial)",
        "three": "ensemble of 2 · 0.597 (0.558 to 0.632)",
    }
    notes = "accuracy of 100 trials: best trial 0.6127, untuned 0.6023, dummy 0.4254"
    assert {found["notes"] for found in titles.values()} == {notes}


@pytest.mark.parametrize(
    ("error", "title", "notes"),
    [
        (
            {"type": "KeyboardInterrupt", "value": "12 of 60 trials"},
            "stopped after 12 of 60 trials",
            "Run again to continue.",
        ),
        ({"type": "KeyboardInterrupt", "value": ""}, "stopped", "Run again to continue."),
        (
            {"type": "kedro_sweep.errors.InputError", "value": "No.\nNone."},
            "failed: InputError",
            "No.",
        ),
        (
            {"type": "ValueError", "value": "no <img src=x> & 'y'"},
            "failed: ValueError",
            "no &lt;img src=x&gt; &amp; &#x27;y&#x27;",
        ),
    ],
)
def test_a_run_without_a_model_says_why(error: dict[str, str], title: str, notes: str) -> None:
    runs = track(failed={"session": {"exception": error}}, whole={"sweep_summary": FOREST})
    assert title_runs(runs)["failed"] == {"title": title, "notes": notes}


def test_a_run_that_is_going_or_searched_nothing_keeps_its_id() -> None:
    assert title_runs(track(going={"session": {"finished": False}})) == {}
    assert title_runs(pd.DataFrame()) == {}
