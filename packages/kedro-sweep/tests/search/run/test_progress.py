"""Progress is a bar in a terminal, and log lines elsewhere."""

import logging
import re
from collections.abc import Callable
from itertools import count

import optuna
import pytest
from optuna.storages import InMemoryStorage
from optuna.study import StudyDirection
from optuna.trial import TrialState

from kedro_sweep.search.run import _progress as progress
from kedro_sweep.search.run._progress import Best, show_progress

Search = Callable[..., optuna.Study]


def test_progress_is_a_bar_in_a_terminal(
    run: Search, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("COLUMNS", "120")
    study = run()
    bar = re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", capsys.readouterr().out)
    assert "Trials" in bar
    assert "5/5" in bar
    assert f"best {study.best_value:.4f} (trial {study.best_trial.number})" in bar
    assert "time left" in bar


def test_the_bar_shows_the_name_of_a_candidate_as_it_is(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("COLUMNS", "120")
    study = optuna.create_study()
    best = Best(study)
    show_progress(best.watch([study.tell(study.ask(), 0.5)], "forest [/b]"), best, 1)
    assert "best 0.5000 (forest [/b], trial 0)" in capsys.readouterr().out


def test_progress_is_log_lines_elsewhere(
    run: Search, caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]
) -> None:
    caplog.set_level(logging.INFO)
    study = run(n_trials=40)
    lines = [line for line in caplog.messages if " of 40 trials, best " in line]
    best = f"best {study.best_value:.4f} (trial {study.best_trial.number})"
    assert len(lines) == 10
    assert lines[0].startswith("4 of 40 trials, ")
    assert lines[-1] == f"40 of 40 trials, {best}, time left 0:00:00"
    assert "Trials" not in capsys.readouterr().out


def test_progress_of_a_resumed_study_counts_what_it_has(
    run: Search, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    storage = InMemoryStorage()
    run(storage)
    caplog.clear()
    study = run(storage, n_trials=6)
    best = f"best {study.best_value:.4f} (trial {study.best_trial.number})"
    assert f"6 of 6 trials, {best}, time left 0:00:00" in caplog.messages


@pytest.mark.parametrize(
    ("direction", "best"),
    [
        (StudyDirection.MAXIMIZE, "0.7500 (trial 1)"),
        (StudyDirection.MINIMIZE, "0.2500 (trial 2)"),
    ],
)
def test_the_best_value_is_that_of_the_direction(
    direction: StudyDirection, best: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    study = optuna.create_study(direction=direction)
    trials = (study.tell(study.ask(), value) for value in (0.5, 0.75, 0.25))
    best_trial = Best(study)
    show_progress(best_trial.watch(trials), best_trial, 3)
    assert caplog.messages[-1] == f"3 of 3 trials, best {best}, time left 0:00:00"


def test_no_time_is_left_when_there_are_more_trials_than_asked_for(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    caplog.set_level(logging.INFO)
    clock = count()
    monkeypatch.setattr(progress, "monotonic", lambda: next(clock))
    study = optuna.create_study()
    study.tell(study.ask(), 0.5)
    trials = (study.tell(study.ask(), 0.5) for _ in range(2))
    best = Best(study)
    show_progress(best.watch(trials), best, 2)
    assert caplog.messages[-1] == "3 of 2 trials, best 0.5000 (trial 0), time left 0:00:00"


def test_progress_without_a_value_says_so(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    study = optuna.create_study()
    trials = (study.tell(study.ask(), state=TrialState.FAIL) for _ in range(1))
    best = Best(study)
    show_progress(best.watch(trials), best, 1)
    assert caplog.messages[-1] == "1 of 1 trials, no score yet, time left 0:00:00"
