"""Processes of one machine run exactly the total, and keep what they fitted for later trials."""

import pickle
import signal
from collections.abc import Callable
from pathlib import Path

import numpy as np
import optuna
import pandas as pd
import pytest
from optuna.storages import InMemoryStorage
from optuna.trial import TrialState
from sklearn.model_selection import cross_val_score
from sklearn.tree import DecisionTreeClassifier

from kedro_sweep.search import Objective, StudyConfiguration, open_journal
from kedro_sweep.search.run import _processes as processes
from kedro_sweep.search.run._turns import Turns
from kedro_sweep.search.run._worker import NO_LIMIT, Worker

Table = tuple[pd.DataFrame, pd.Series]
Search = Callable[..., optuna.Study]
Configure = Callable[..., StudyConfiguration]


def test_folds_are_handed_to_a_process_once(configure: Configure) -> None:
    configuration = configure()
    study = configuration.open_study(InMemoryStorage())
    turns = Turns(study, configuration.search_space, "one", total=1)
    worker = Worker(configuration, Objective(configuration), turns)
    rows = len(pickle.dumps((worker.configuration.X, worker.configuration.y)))
    # The training rows of three folds are two tables, their test rows one.
    assert len(pickle.dumps(worker)) < 4.5 * rows + 20_000


def test_a_process_keeps_its_workers_over_the_turns_of_a_search(
    configure: Configure, monkeypatch: pytest.MonkeyPatch
) -> None:
    workers: dict[tuple[str, str], Worker] = {}
    monkeypatch.setattr(processes, "_workers", workers)
    monkeypatch.setattr(signal, "signal", lambda *_: None)  # Ctrl-C is still for these tests

    space = {"random_state": {"type": "int", "low": 0, "high": 9}}

    def take_turn(search: str, model: str, total: int) -> Worker:
        configuration = configure(model={"class": model}, search_space=space)
        study = configuration.open_study(InMemoryStorage())
        turns = Turns(study, configuration.search_space, search, total)
        fresh = Worker(configuration, Objective(configuration), turns)
        payload = np.frombuffer(pickle.dumps(fresh), dtype=np.uint8)
        key, limits = (search, model), processes.find_limits(fresh)
        assert processes.run_trial_here(key, payload, limits, NO_LIMIT)
        return workers[key]

    tree = take_turn("one", "sklearn.tree.DecisionTreeClassifier", 1)
    dummy = take_turn("one", "sklearn.dummy.DummyClassifier", 1)
    assert take_turn("one", "sklearn.tree.DecisionTreeClassifier", 2) is tree
    assert tree.turns.total == len(tree.turns.study.trials) == 2
    assert dummy.objective.memory is tree.objective.memory
    other = take_turn("other", "sklearn.tree.DecisionTreeClassifier", 1)
    assert list(workers.values()) == [other]
    assert other.objective.memory is not tree.objective.memory


# Two workers are two processes. The four tests below share them.


def test_two_workers_run_exactly_the_total(run: Search, table: Table, tmp_path: Path) -> None:
    storage = open_journal(str(tmp_path / "studies.journal"))
    study = run(storage, n_jobs=2, n_trials=15)
    assert [trial.number for trial in study.trials] == list(range(15))
    for trial in study.trials:
        tree = DecisionTreeClassifier(**trial.params, random_state=42)
        assert trial.value == cross_val_score(tree, *table, cv=3, scoring="accuracy").mean()
    assert len(run(storage, n_jobs=2, n_trials=15).trials) == 15
    assert len(run(storage, n_jobs=2, n_trials=20).trials) == 20


def test_two_workers_finish_a_first_trial_however_short_the_timeout(run: Search, tmp_path: Path) -> None:
    study = run(open_journal(str(tmp_path / "studies.journal")), n_jobs=2, n_trials=50, timeout=1e-9)
    assert [trial.state for trial in study.trials] == [TrialState.COMPLETE]


def test_two_workers_do_not_draw_the_same_parameters(run: Search, tmp_path: Path) -> None:
    study = run(open_journal(str(tmp_path / "studies.journal")), n_jobs=2, n_trials=12)
    draws = {tuple(trial.params.values()) for trial in study.trials}
    assert len(draws) > 9


def test_a_failing_trial_of_two_workers_is_recorded_and_logged(
    run: Search, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    storage = open_journal(str(tmp_path / "studies.journal"))
    # More neighbors than training rows fail.
    study = run(
        storage,
        model={"class": "sklearn.neighbors.KNeighborsClassifier"},
        search_space={"n_neighbors": {"type": "int", "low": 1, "high": 400}},
        n_jobs=2,
        n_trials=12,
    )
    assert {trial.state for trial in study.trials} == {TrialState.COMPLETE, TrialState.FAIL}
    assert len(study.trials) == 12
    for trial in study.get_trials(states=(TrialState.FAIL,)):
        reason = trial.user_attrs["error"]
        assert reason.startswith("ValueError: Expected n_neighbors <= n_samples_fit")
        assert f"Trial {trial.number} failed with {trial.params}: {reason}" in caplog.messages
