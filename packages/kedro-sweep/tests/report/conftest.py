"""Made-up runs, as they are tracked."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest

from kedro_sweep.evaluation.estimates import SelectionDraws
from kedro_sweep.report._runs import Run, read_runs

Tracked = dict[str, dict[str, Any]]


def make_id(day: int) -> str:
    return f"2026-{1 + day // 28:02}-{1 + day % 28:02}T12.30.00.000Z"


def tabulate(*tracked: Tracked) -> pd.DataFrame:
    """Make the table of tracked runs from what each tracked, oldest first."""
    index = [make_id(day) for day in range(len(tracked))]
    names = dict.fromkeys(name for run in tracked for name in run)
    table = pd.concat(
        {name: pd.DataFrame([run.get(name, {}) for run in tracked], index=index) for name in names},
        axis="columns",
    )
    return table.sort_index(ascending=False)


def track(best: float = 0.6, comparable: str | None = "a", **more: dict[str, Any]) -> Tracked:
    """Make what a run tracks; more of a dataset replaces single keys of it."""
    tracked: Tracked = {
        "session": {
            "git": {"commit_sha": "abc1234", "branch": "trunk", "dirty": True},
            "finished": True,
        },
        "run_parameters": {"data.y_label": "quality", "data.frac": 0.15, "sweep.n_trials": 100},
        "sweep_summary": {
            "scoring": "accuracy",
            "direction": "maximize",
            "best_value": best,
            "n_trials": 100,
            "rows": 865,
            "comparable": comparable,
        },
        "features": {"model_type": "sklearn.svm.SVC", "best_params": {"C": 1.23456, "kernel": "rbf"}},
        "test_metrics": {"acc": 0.55},
        "train_metrics": {"acc": 1.0},
    }
    return tracked | {name: tracked.get(name, {}) | content for name, content in more.items()}


def draw(value: float, random_seed: int = 42) -> dict[str, Any]:
    """Make the draws of a search with some score; searches share their luck but for a little noise."""
    luck = np.random.default_rng(0).normal(0, 0.02, size=200)
    scores = value + luck + np.random.default_rng(int(1e6 * value)).normal(0, 0.001, size=200)
    draws = ("accuracy", "maximize", random_seed, 865, scores + 0.01, scores, np.zeros(200))
    return SelectionDraws(*draws).to_plain()


@pytest.fixture
def draws() -> Callable[..., dict[str, Any]]:
    """Make what a run with some score tracks of its bootstrap draws."""
    return draw


@pytest.fixture
def table() -> Callable[..., pd.DataFrame]:
    """Make the table of tracked runs from what each tracked, oldest first."""
    return tabulate


@pytest.fixture
def tracked() -> Callable[..., Tracked]:
    """Make what a run tracks."""
    return track


@pytest.fixture
def runs() -> Callable[..., list[Run]]:
    """Make runs from what each tracked, oldest first; they come newest first."""
    return lambda *tracked: read_runs(tabulate(*tracked))
