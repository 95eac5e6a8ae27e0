"""The trials of a contest are marks on one axis, the best candidate first."""

from typing import Any

import pandas as pd
import pytest

from kedro_sweep.report import ReportData
from kedro_sweep.report.page._contest import MAX_DRAWN, list_candidates

CANDIDATES = [
    {"candidate": "forest", "model": "my.Forest", "n_trials": 2, "best_value": 0.5},
    {"candidate": "machine", "model": "my.Machine", "n_trials": 3, "best_value": 0.6},
    {"candidate": "broken", "model": "my.Broken", "n_trials": 1},
]
TRIALS = pd.DataFrame(
    {
        "candidate": ["forest", "forest", "machine", "machine", "broken"],
        "number": [0, 1, 0, 1, 0],
        "value": [0.45, 0.5, 0.6, 0.55, None],
        "state": ["COMPLETE"] * 4 + ["FAIL"],
    }
)
MEMBERS = [
    {"candidate": "machine", "trial": 0, "weight": 0.5},
    {"candidate": "machine", "trial": 1, "weight": 0.25},
    {"candidate": "forest", "trial": 1, "weight": 0.25},
]


def list_them(trials: pd.DataFrame | None = TRIALS, **summary: Any) -> dict[str, Any]:
    members = summary.pop("members", MEMBERS)
    found = {"candidate": "machine", "candidates": CANDIDATES, "best_trial": 0, "default_value": 0.52}
    card = {"parameters": {"members": members}}
    data = ReportData(summary=found | summary, trials=trials, model_card=card)
    return list_candidates(data)


def test_candidates_are_sorted_by_their_best_and_members_are_filled() -> None:
    found = list_them()
    assert [row["name"] for row in found["rows"]] == ["machine", "forest", "broken"]
    assert [row["share"] for row in found["rows"]] == [0.75, 0.25, 0]
    machine, forest, broken = (row["marks"] for row in found["rows"])
    assert [mark[:2] for mark in machine] == [("member", 0.6), ("member", 0.55), ("untuned", 0.52)]
    assert [mark[:2] for mark in forest] == [("member", 0.5), ("best", 0.45)]
    assert broken == []
    assert (found["axis"].low, found["axis"].high) == (0.45, 0.6)
    assert found["n_hidden"] == 0
    assert found["rows"][0]["label"] == "machine: 3 trials, best 0.6000, weight 75%"


def test_without_an_ensemble_the_best_trial_is_the_whole_model() -> None:
    machine, forest, _ = list_them(members=[])["rows"]
    assert (machine["share"], forest["share"]) == (1, 0)
    assert [kind for kind, *_ in machine["marks"]] == ["member", "best", "untuned"]


@pytest.mark.parametrize("direction", ["maximize", "minimize"])
def test_bad_trials_and_too_many_are_not_drawn_but_counted(direction: str) -> None:
    values = [0.5 + number / 1000 for number in range(80)]
    bad = -100 if direction == "maximize" else 100
    trials = pd.DataFrame({"candidate": "machine", "value": [bad, *values], "state": "COMPLETE"})
    found = list_them(trials.reset_index(names="number"), direction=direction)
    marks = next(row["marks"] for row in found["rows"] if row["name"] == "machine")
    assert len(marks) == MAX_DRAWN + 1
    assert found["n_hidden"] == 81 - MAX_DRAWN
    assert max(abs(value) for _, value, *_ in marks) < 1


@pytest.mark.parametrize("value", [-1e6, float("-inf"), float("nan")])
def test_an_untuned_model_that_is_far_away_does_not_set_the_axis(value: float) -> None:
    found = list_them(default_value=value)
    assert (found["axis"].low, found["axis"].high) == (0.45, 0.6)
    places = [found["axis"].place(mark[1]) for mark in found["rows"][0]["marks"]]
    assert places == ([96.0, 65.33, 4.0] if value == -1e6 else [96.0, 65.33])


def test_other_runs_have_no_candidates_and_old_ones_no_axis() -> None:
    assert list_them(candidates=CANDIDATES[:1]) == {}
    assert list_them(None, default_value=None)["axis"] is None
    assert list_them(None)["axis"].place(0.52) == 50
