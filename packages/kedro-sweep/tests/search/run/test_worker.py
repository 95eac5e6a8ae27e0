"""One trial after another, here and in processes."""

import pickle
import signal
import tempfile
import time
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from unittest.mock import Mock

import joblib
import numpy as np
import optuna
import pandas as pd
import pytest
from optuna.storages import BaseStorage, InMemoryStorage
from optuna.trial import TrialState
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.model_selection import cross_val_score
from sklearn.svm import SVC
from sklearn.tree import DecisionTreeClassifier

from kedro_sweep.search import FoldPrediction, StudyConfiguration, open_journal, run_contest
from kedro_sweep.search.run import _processes as processes
from kedro_sweep.search.run import _worker as one_process
from kedro_sweep.search.run._turns import Turns
from kedro_sweep.search.run._worker import NO_LIMIT, Clock, Worker
from kedro_sweep.search.study.attributes import SAVED, WARNINGS
from kedro_sweep.search.trial import Objective

Table = tuple[pd.DataFrame, pd.Series]
Search = Callable[..., optuna.Study]
Configure = Callable[..., StudyConfiguration]

MEDIAN = {"class": "MedianPruner", "params": {"n_startup_trials": 1}}


class Brittle(ClassifierMixin, BaseEstimator):  # type: ignore[misc]  # scikit-learn is not typed
    """A classifier whose fit fails below a depth of 1."""

    def __init__(self, depth: int = 1) -> None:
        """Keep the depth."""
        self.depth = depth

    def fit(self, X: Any, y: Any) -> "Brittle":
        """Fit a tree, or fail."""
        if self.depth < 1:
            raise ValueError(f"The depth {self.depth} is not enough.")
        self.tree_ = DecisionTreeClassifier(max_depth=self.depth, random_state=0).fit(X, y)
        self.classes_ = self.tree_.classes_
        return self

    def predict(self, X: Any) -> Any:
        """Predict what the tree predicts."""
        return self.tree_.predict(X)


BRITTLE = {
    "model": {"class": f"{__name__}.Brittle"},
    "search_space": {"depth": {"type": "int", "low": -5, "high": 5}},
}


def score_nothing(estimator: Any, X: Any, y: Any) -> float:
    """Score as a user's mistaken scorer might."""
    return float("nan")


def open_turns(configuration: StudyConfiguration, storage: BaseStorage | None = None) -> Turns:
    """Start a study, by default in memory."""
    study = configuration.open_study(storage or InMemoryStorage())
    return Turns(study, configuration.search_space, "one", configuration.sweep.n_trials)


@pytest.fixture
def make_worker(configure: Configure) -> Callable[..., Worker]:
    """Make a worker that starts a study in memory."""

    def make(**sweep: Any) -> Worker:
        configuration = configure(**sweep)
        return Worker(configuration, Objective(configuration), open_turns(configuration))

    return make


def test_a_trial_is_scored_once_for_the_same_parameters(make_worker: Callable[..., Worker]) -> None:
    worker = make_worker(n_trials=5)
    for depth in (3, 3, 4):
        worker.turns.study.enqueue_trial({"n_estimators": 5, "max_depth": depth})
    scored: list[optuna.Trial] = []
    score = worker.objective

    def count(trial: optuna.Trial, *keep: Any) -> float:
        scored.append(trial)
        return score(trial, *keep)

    worker.objective = count  # type: ignore[assignment]
    first, again, other = (worker.run_trial(Clock(time.time() + 60)) for _ in range(3))
    assert first
    assert again
    assert other
    assert again.value == first.value
    assert [trial.number for trial in scored] == [first.number, other.number]


def test_no_trial_starts_after_the_deadline(make_worker: Callable[..., Worker]) -> None:
    worker = make_worker()
    assert worker.run_trial(Clock(time.time() - 1)) is None
    assert worker.turns.study.trials == []


class Sleeper(ClassifierMixin, BaseEstimator):  # type: ignore[misc]  # scikit-learn is not typed
    """Takes as long as it is told."""

    def __init__(self, seconds: float = 0.0) -> None:
        """Keep the seconds of a fit."""
        self.seconds = seconds

    def fit(self, X: Any, y: Any) -> "Sleeper":
        """Sleep."""
        time.sleep(self.seconds)
        self.classes_ = np.unique(y)
        return self

    def predict(self, X: Any) -> Any:
        """Predict one class."""
        return np.full(len(X), self.classes_[0])


SLEEPER: dict[str, Any] = {
    "model": {"class": f"{__name__}.Sleeper"},
    "search_space": {"seconds": {"type": "float", "low": 0, "high": 60}},
}


def run_sleepers(worker: Worker, clock: Clock, *seconds: float) -> list[TrialState]:
    for each in seconds:
        worker.turns.study.enqueue_trial({"seconds": each})
    trials = (worker.run_trial(clock) for _ in seconds)
    return [trial.state for trial in trials if trial]


def test_a_trial_is_stopped_in_the_middle_of_a_fit_if_another_has_a_score(
    make_worker: Callable[..., Worker],
) -> None:
    start = time.time()
    clock = Clock(start + 60, start + 1, needs_score=True)
    states = run_sleepers(make_worker(**SLEEPER), clock, 0, 60)
    assert states == [TrialState.COMPLETE, TrialState.PRUNED]
    assert time.time() < start + 60


def test_a_fit_that_nothing_can_stop_does_not_start_if_it_would_be_late(
    make_worker: Callable[..., Worker], monkeypatch: pytest.MonkeyPatch
) -> None:
    space = {"C": {"type": "float", "low": 0.1, "high": 9}}
    worker = make_worker(model={"class": "sklearn.svm.SVC"}, search_space=space)
    fitted: list[int] = []

    def fit(machine: SVC, X: Any, y: Any) -> SVC:
        fitted.append(len(X))
        time.sleep(0.1)
        return machine

    monkeypatch.setattr(SVC, "fit", fit)
    worker.turns.study.add_trial(optuna.trial.create_trial(value=0.5, state=TrialState.COMPLETE))
    trial = worker.run_trial(Clock(time.time() + 5, time.time() + 5))
    assert trial
    assert trial.state == TrialState.PRUNED
    assert fitted == [len(range(0, len(worker.configuration.folds[0].y_train), 8))]


def test_without_a_score_a_trial_goes_on(make_worker: Callable[..., Worker]) -> None:
    worker = make_worker(**SLEEPER)
    clock = Clock(time.time() + 60, time.time() + 0.05, needs_score=True)
    assert run_sleepers(worker, clock, 0.2) == [TrialState.COMPLETE]


def test_a_search_leaves_time_to_train_the_best_trial_and_starts_none_that_would_be_late(
    make_worker: Callable[..., Worker], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(one_process, "time", lambda: 1000.0)
    worker = make_worker(cv=5)
    # Training on all rows takes a quarter as long as five fits on four fifths of them.
    end = (4 * 1100 + 1000) / 5
    assert worker.leave_time(Clock(1100, 1100))[:2] == pytest.approx((end, end))
    assert worker.leave_time(Clock(1100, 1100, reserve=40))[:2] == (1060, 1060)
    now = datetime(2026, 1, 1)
    trial = optuna.trial.create_trial(value=0.5, state=TrialState.COMPLETE)
    trial.datetime_start, trial.datetime_complete = now, now + timedelta(seconds=120)
    worker.turns.study.add_trial(trial)
    assert worker.leave_time(Clock(1100, 1100))[:2] == pytest.approx((950, 1070))
    assert worker.leave_time(NO_LIMIT) == NO_LIMIT


def test_under_a_limit_the_seconds_that_reuse_saved_are_recorded(
    make_worker: Callable[..., Worker], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(one_process, "LEAST_SAVED", 0)
    worker = make_worker(n_trials=2)
    for size in (9, 5):
        worker.turns.study.enqueue_trial({"n_estimators": size, "max_depth": 4})
    for _ in range(2):
        worker.run_trial(Clock(time.time() + 600, time.time() + 600))
    first, again = worker.turns.study.trials
    assert SAVED not in first.system_attrs
    assert again.system_attrs[SAVED] > 0


def test_no_trial_starts_beyond_the_total(make_worker: Callable[..., Worker]) -> None:
    worker = make_worker(n_trials=2)
    trials = [worker.run_trial(Clock(time.time() + 60)) for _ in range(3)]
    assert trials[2] is None
    assert [trial.number for trial in worker.turns.study.trials] == [0, 1]


def test_a_trial_that_another_process_finished_meanwhile_is_left_to_it(
    make_worker: Callable[..., Worker],
) -> None:
    worker = make_worker(n_trials=2)
    score = worker.objective

    def be_late(trial: optuna.Trial, *keep: Any) -> float:
        worker.turns.study.tell(trial.number, 0.5)
        trial.report(0.4, 0)
        return score(trial, *keep)

    worker.objective = be_late  # type: ignore[assignment]
    assert worker.run_trial(Clock(time.time() + 60)) is None
    worker.objective = score
    assert worker.run_trial(Clock(time.time() + 60)) is not None
    assert worker.turns.study.trials[0].value == 0.5


def test_a_failing_trial_is_recorded_and_the_search_goes_on(
    run: Search, storage: BaseStorage, caplog: pytest.LogCaptureFixture
) -> None:
    study = run(storage, **BRITTLE, n_trials=10)
    assert {trial.state for trial in study.trials} == {TrialState.COMPLETE, TrialState.FAIL}
    assert len(study.trials) == 10
    for trial in study.trials:
        failed = trial.state == TrialState.FAIL
        assert failed == (trial.params["depth"] < 1)
        assert failed == ("error" in trial.user_attrs)
        if failed:
            reason = trial.user_attrs["error"]
            assert reason == f"ValueError: The depth {trial.params['depth']} is not enough."
            assert f"Trial {trial.number} failed with {trial.params}: {reason}" in caplog.messages


def test_a_score_that_is_no_number_is_a_failure_with_a_reason(
    make_worker: Callable[..., Worker],
) -> None:
    trial = make_worker(scoring=f"{__name__}.score_nothing").run_trial(Clock(time.time() + 60))
    assert trial
    assert trial.state == TrialState.FAIL
    assert trial.user_attrs["error"] == "ValueError: the score is nan"


def score_some(estimator: Any, X: Any, y: Any) -> float:
    """Score as a user's mistaken scorer might."""
    if estimator.get_depth() > 2:
        raise ValueError("The tree is too deep.")
    return float("nan") if estimator.get_depth() > 1 else 1.0


def test_another_score_that_has_no_value_is_a_gap_and_the_trial_counts(
    run: Search, caplog: pytest.LogCaptureFixture
) -> None:
    name = f"{__name__}.score_some"
    space = {"max_depth": {"type": "categorical", "choices": [1, 2, 3]}}
    study = run(search_space=space, n_trials=12, scoring=["accuracy", "f1_macro", name])
    found = {trial.params["max_depth"]: trial.user_attrs["scores"][name] for trial in study.trials}
    assert found == {1: 1.0, 2: None, 3: None}
    assert all(trial.user_attrs["scores"]["f1_macro"] > 0 for trial in study.trials)
    assert {trial.state for trial in study.trials} == {TrialState.COMPLETE}
    shown = [record.message for record in caplog.records if record.levelname == "WARNING"]
    prefix = f"UserWarning: sweep.scoring: no value of '{name}'. "
    assert sorted(shown) == [
        f"{prefix}It is not a number (3 times in 1 trials)",
        f"{prefix}ValueError: The tree is too deep. (3 times in 1 trials)",
    ]


def test_trials_with_equal_parameters_have_equal_scores(make_worker: Callable[..., Worker]) -> None:
    worker = make_worker(n_trials=3, scoring=["accuracy", "f1_macro"])
    for depth in (3, 3):
        worker.turns.study.enqueue_trial({"n_estimators": 5, "max_depth": depth})
    first, again = (worker.run_trial(Clock(time.time() + 60)) for _ in range(2))
    assert first
    assert again
    assert again.user_attrs == first.user_attrs
    assert list(first.user_attrs["scores"]) == ["f1_macro"]


def test_a_pruned_trial_has_no_other_scores(run: Search) -> None:
    study = run(n_trials=12, cv=5, pruner=MEDIAN, scoring=["accuracy", "f1_macro"])
    pruned = study.get_trials(states=(TrialState.PRUNED,))
    assert pruned
    assert not any("scores" in trial.user_attrs for trial in pruned)


def test_a_pruned_trial_has_fewer_folds_and_no_error(
    run: Search, table: Table, journal: BaseStorage
) -> None:
    study = run(journal, n_trials=20, cv=5, pruner=MEDIAN)
    pruned = study.get_trials(states=(TrialState.PRUNED,))
    complete = study.get_trials(states=(TrialState.COMPLETE,))
    assert len(study.trials) == len(pruned) + len(complete) == 20
    assert pruned
    assert all(len(trial.intermediate_values) < 5 for trial in pruned)
    assert all(len(trial.intermediate_values) == 5 for trial in complete)
    assert not any("error" in trial.user_attrs for trial in study.trials)
    for trial in complete:
        tree = DecisionTreeClassifier(**trial.params, random_state=42)
        assert trial.value == cross_val_score(tree, *table, cv=5, scoring="accuracy").mean()


def test_a_trial_that_had_reported_a_fold_reports_the_others(
    make_worker: Callable[..., Worker],
) -> None:
    worker = make_worker(n_trials=1, pruner=MEDIAN)
    trial = worker.turns.study.ask(worker.turns.distributions)
    trial.report(0.5, 0)
    worker.turns.study._storage.set_trial_state_values(trial._trial_id, TrialState.WAITING)
    finished = worker.run_trial(Clock(time.time() + 60))
    assert finished is not None
    assert [*finished.intermediate_values] == [*range(len(worker.configuration.folds))]
    assert WARNINGS not in finished.user_attrs


def test_predictions_are_handed_over_once_for_each_configuration_that_has_a_score(
    configure: Configure, journal: BaseStorage
) -> None:
    configuration = configure(**BRITTLE, n_trials=5)
    seen: list[tuple[int, TrialState, int]] = []

    def see(trial: optuna.Trial, predictions: list[FoldPrediction]) -> None:
        state = trial.study.trials[trial.number].state
        seen.append((trial.number, state, sum(len(fold.labels) for fold in predictions)))

    turns = open_turns(configuration, journal)
    worker = Worker(configuration, Objective(configuration), turns, on_scored=see)
    for depth in (1, 0, 1, 2):
        worker.turns.study.enqueue_trial({"depth": depth})
    trials = [worker.run_trial(Clock(time.time() + 60)) for _ in range(4)]
    assert [trial.state for trial in trials if trial] == [
        TrialState.COMPLETE,
        TrialState.FAIL,
        TrialState.COMPLETE,
        TrialState.COMPLETE,
    ]
    n_rows = len(configuration.X)
    assert seen == [(0, TrialState.RUNNING, n_rows), (3, TrialState.RUNNING, n_rows)]


def test_predictions_of_a_pruned_trial_are_not_handed_over(run: Search, journal: BaseStorage) -> None:
    seen: list[int] = []
    study = run(
        journal,
        n_trials=20,
        pruner=MEDIAN,
        on_scored=lambda trial, predictions: seen.append(trial.number),
    )
    complete = study.get_trials(states=(TrialState.COMPLETE,))
    assert len(complete) < 20
    params = {str(trial.params): trial.number for trial in reversed(complete)}
    assert seen == sorted(params.values())


def test_a_trial_whose_predictions_cannot_be_kept_counts(
    run: Search, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(trial: optuna.Trial, predictions: list[FoldPrediction]) -> None:
        raise OSError(28, "No space left on device", f"{trial.number}.npz")

    study = run(on_scored=fail)
    assert [trial.value for trial in study.trials] == [trial.value for trial in run().trials]
    shown = [record.message for record in caplog.records if record.levelname == "WARNING"]
    assert shown == [
        "The predictions of 5 trials could not be kept, the first time because of OSError: [Errno 28] "
        "No space left on device: '0.npz'. These trials count, but estimates that need predictions "
        "leave them out."
    ]


def test_folds_are_handed_to_a_process_once(make_worker: Callable[..., Worker]) -> None:
    worker = make_worker()
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
        key, limits = (search, model), fresh.limits
        assert processes.run_here(Worker.run_trial, key, pickle.dumps(fresh), limits, NO_LIMIT)
        return workers[key]

    tree = take_turn("one", "sklearn.tree.DecisionTreeClassifier", 1)
    dummy = take_turn("one", "sklearn.dummy.DummyClassifier", 1)
    assert take_turn("one", "sklearn.tree.DecisionTreeClassifier", 2) is tree
    assert tree.turns.total == len(tree.turns.study.trials) == 2
    assert dummy.objective.memory is tree.objective.memory
    other = take_turn("other", "sklearn.tree.DecisionTreeClassifier", 1)
    assert list(workers.values()) == [other]
    assert other.objective.memory is not tree.objective.memory


def test_a_process_reads_a_worker_from_a_file_unless_the_disk_is_full(
    make_worker: Callable[..., Worker], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    worker = make_worker()
    sent = processes._hand_over(worker)
    assert isinstance(sent, bytes)

    worker.objective.memory.folder = tmp_path
    file = processes._hand_over(worker)
    assert isinstance(file, Path)
    assert pickle.loads(file.read_bytes()).key == worker.key
    written = file.stat().st_mtime_ns
    assert processes._hand_over(worker) == file
    assert file.stat().st_mtime_ns == written
    file.unlink()

    def refuse(self: Path, content: bytes) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "write_bytes", refuse)
    assert isinstance(processes._hand_over(worker), bytes)


def test_processes_that_have_imported_earlier_code_of_the_user_end(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    executor = Mock()
    monkeypatch.setattr(processes, "get_reusable_executor", executor)
    monkeypatch.setattr(processes, "_sources", {})
    for sources in ({}, {"own": "1"}, {"own": "1"}, {"own": "2"}, {}, {"own": "2"}):
        processes.renew_processes(sources)
    assert executor.return_value.shutdown.call_count == 1


def test_other_processes_first_help_with_the_rows_of_the_first_trial(
    make_worker: Callable[..., Worker], monkeypatch: pytest.MonkeyPatch
) -> None:
    worker, called = make_worker(), list[tuple[str, Any]]()

    def note(name: str, *arguments: Any) -> tuple[str, None]:
        called.append((name, arguments[-2]))
        return name, None

    monkeypatch.setattr(processes, "_run_named", note)
    with joblib.parallel_config("sequential"):
        assert len([*processes.run_one_of_each({"a": worker, "b": worker}, 9, lambda _: NO_LIMIT)]) == 4
    helps = ("a", Worker.prepare)  # one fold each, and the trial does the third
    assert called == [("a", Worker.run_trial), helps, helps, ("b", Worker.run_trial)]


# Two workers are two processes. The tests below share them.


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


def test_under_a_limit_of_time_two_workers_start_with_two_candidates(
    configure: Configure, tmp_path: Path
) -> None:
    # The first two take long enough to meet.
    model = "sklearn.ensemble.GradientBoostingClassifier"
    configurations = {
        name: configure(
            model={"class": model, "params": {"n_estimators": n_estimators}},
            search_space={"max_features": {"type": "float", "low": 0.5, "high": 1.0}},
            **{"n_trials": 3, "n_jobs": 2, "cv": 2, "timeout": 600, "reuse": False},
        )
        for name, n_estimators in {"a": 100, "b": 101, "c": 1}.items()
    }
    studies = run_contest(configurations, open_journal(str(tmp_path / "studies.journal")))
    frame = pd.concat([study.trials_dataframe() for study in studies.values()])
    starts, ends = frame["datetime_start"].tolist(), frame["datetime_complete"].tolist()
    assert len(frame) == 3
    assert max(starts[:2]) < min(ends[:2])


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


@pytest.mark.parametrize("repeats", [1, 45], ids=["read", "mapped"])
def test_two_workers_transform_each_fold_once_and_score_what_cross_val_score_gives(
    repeats: int, configure: Configure, table: Table, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))  # other tests share the usual one
    path = "sklearn.feature_selection.SelectKBest"
    scale = {"class": path, "params": {"k": 99}}  # each fit warns that it is more than there are
    X, y = table
    data = pd.concat([X] * repeats, ignore_index=True), pd.concat([y] * repeats, ignore_index=True)
    spaces = {
        "sklearn.linear_model.RidgeClassifier": {"alpha": {"type": "float", "low": 0.1, "high": 9}},
        "sklearn.naive_bayes.GaussianNB": {"var_smoothing": {"type": "float", "low": 1e-9, "high": 1}},
    }
    configurations = {
        path: configure(
            data,
            model={"class": path, "preprocessing": scale},
            search_space=space,
            n_trials=4,
            n_jobs=2,
            contest={"turn": 2},
        )
        for path, space in spaces.items()
    }
    studies = run_contest(configurations, open_journal(str(tmp_path / "studies.journal")))
    assert not [*tmp_path.glob("kedro-sweep-*")]
    assert len(studies) == 2
    trials = [trial for study in studies.values() for trial in study.trials]
    assert sum(sum(trial.user_attrs.get(WARNINGS, {}).values()) for trial in trials) == 3
    for path, study in studies.items():
        for trial in study.trials:
            estimator = configurations[path].build(trial.params)
            assert trial.value == cross_val_score(estimator, *data, cv=3, scoring="accuracy").mean()
