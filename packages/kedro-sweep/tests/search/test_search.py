"""A search brings the study to its total: never one trial more, none lost, none repeated."""

import logging
import re
import subprocess
import sys
import time
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import optuna
import pandas as pd
import pytest
from optuna.storages import BaseStorage, InMemoryStorage, RDBStorage
from optuna.trial import FrozenTrial, TrialState
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.model_selection import cross_val_score
from sklearn.tree import DecisionTreeClassifier

from kedro_sweep.search import (
    AllTrialsFailedError,
    InputError,
    Model,
    SearchSpace,
    Sweep,
    open_journal,
    search,
)

Table = tuple[pd.DataFrame, pd.Series]
Search = Callable[..., optuna.Study]

SEED = 42
TREE = {"class": "sklearn.tree.DecisionTreeClassifier"}
DEPTH = {"max_depth": {"type": "int", "low": 1, "high": 20, "log": True}}
LEAF = {"min_samples_leaf": {"type": "int", "low": 1, "high": 50}}
BRITTLE = {"class": f"{__name__}.Brittle"}
SOME_FAIL = {"depth": {"type": "int", "low": -5, "high": 5}}
ALL_FAIL = {"depth": {"type": "int", "low": -5, "high": -1}}
MEDIAN = {"class": "MedianPruner", "params": {"n_startup_trials": 1}}


class Brittle(BaseEstimator, ClassifierMixin):  # type: ignore[misc]  # scikit-learn is not typed
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


class Interrupted(BaseEstimator, ClassifierMixin):  # type: ignore[misc]  # scikit-learn is not typed
    """A classifier during whose fit the user presses Ctrl-C."""

    def __init__(self, depth: int = 1) -> None:
        """Press at a depth of 2."""
        self.depth = depth

    def fit(self, X: Any, y: Any) -> "Interrupted":
        """Fit, or not."""
        if self.depth > 1:
            raise KeyboardInterrupt
        self.classes_ = np.unique(y)
        return self

    def predict(self, X: Any) -> Any:
        """Predict the first class."""
        return np.full(len(X), self.classes_[0])


def score_nothing(estimator: Any, X: Any, y: Any) -> float:
    """Score as a user's mistaken scorer might."""
    return float("nan")


def slow_score(estimator: Any, X: Any, y: Any) -> float:
    """Score after a moment."""
    time.sleep(0.05)
    return float(estimator.score(X, y))


@pytest.fixture
def run(table: Table, parameters: dict[str, Any]) -> Search:
    """Search for the best tree."""

    def run(
        storage: BaseStorage | None = None,
        *,
        data: Table = table,
        model: dict[str, Any] = TREE,
        space: dict[str, Any] = DEPTH | LEAF,
        random_seed: int = SEED,
        callbacks: Any = (),
        **sweep: Any,
    ) -> optuna.Study:
        return search(
            storage or InMemoryStorage(),
            *data,
            model=Model.model_validate(model),
            search_space=SearchSpace.model_validate(space),
            sweep=Sweep.model_validate(parameters["sweep"] | sweep),
            random_seed=random_seed,
            callbacks=callbacks,
        )

    return run


@pytest.fixture(params=["memory", "journal", "database"])
def storage(request: pytest.FixtureRequest, tmp_path: Path) -> BaseStorage:
    """Each kind of storage."""
    if request.param == "memory":
        return InMemoryStorage()
    if request.param == "journal":
        return open_journal(str(tmp_path / "studies.journal"))
    return RDBStorage(f"sqlite:///{tmp_path / 'studies.db'}")


def outcomes(study: optuna.Study) -> list[tuple[Any, ...]]:
    """All of a study but the times."""
    return [(trial.number, trial.state, trial.value, trial.params) for trial in study.trials]


def test_a_fresh_study_gets_its_trials(run: Search, storage: BaseStorage) -> None:
    study = run(storage)
    assert [trial.state for trial in study.trials] == [TrialState.COMPLETE] * 5
    assert [trial.number for trial in study.trials] == [0, 1, 2, 3, 4]


def test_the_best_value_is_the_cross_val_score_of_the_best_params(run: Search, table: Table) -> None:
    study = run(n_trials=12)
    tree = DecisionTreeClassifier(**study.best_params, random_state=SEED)
    assert study.best_value == cross_val_score(tree, *table, cv=3, scoring="accuracy").mean()
    assert study.best_value == max(trial.value or 0 for trial in study.trials)


def test_a_score_may_be_minimized(run: Search) -> None:
    study = run(n_trials=12, direction="minimize")
    assert study.best_value == min(trial.value or 9 for trial in study.trials)


def test_integers_stay_integers(run: Search, storage: BaseStorage) -> None:
    params = run(storage).best_params
    assert {name: type(value) for name, value in params.items()} == {
        "max_depth": int,
        "min_samples_leaf": int,
    }


@pytest.mark.parametrize("sampler", ["TPESampler", "RandomSampler"])
def test_two_fresh_searches_are_the_same(sampler: str, run: Search, tmp_path: Path) -> None:
    first, second = (
        run(open_journal(str(tmp_path / name)), n_trials=15, sampler={"class": sampler})
        for name in ("first", "second")
    )
    assert outcomes(first) == outcomes(second)


def test_another_seed_draws_other_params(run: Search) -> None:
    one, other = run(random_seed=1), run(random_seed=2)
    assert [trial.params for trial in one.trials] != [trial.params for trial in other.trials]


def test_a_study_that_has_its_trials_gets_no_more(run: Search, storage: BaseStorage) -> None:
    before = outcomes(run(storage))
    assert outcomes(run(storage)) == before
    assert outcomes(run(storage, n_trials=3)) == before


def test_a_raised_total_adds_the_difference(run: Search, storage: BaseStorage) -> None:
    before = outcomes(run(storage, n_trials=10))
    after = outcomes(run(storage, n_trials=15))
    assert after[:10] == before
    assert len(after) == 15


def test_a_resumed_study_does_not_repeat_its_first_draws(run: Search, storage: BaseStorage) -> None:
    run(storage, n_trials=5)
    params = [trial.params for trial in run(storage, n_trials=10).trials]
    assert params[5:] != params[:5]
    assert all(late not in params[:5] for late in params[5:])


def test_a_study_with_the_largest_seed_can_be_resumed(run: Search, storage: BaseStorage) -> None:
    run(storage, random_seed=2**32 - 1)
    assert len(run(storage, random_seed=2**32 - 1, n_trials=7).trials) == 7


def test_another_question_leaves_the_first_study_alone(run: Search, storage: BaseStorage) -> None:
    first = run(storage)
    before = outcomes(first)
    second = run(storage, cv=4)
    assert len(second.trials) == 5
    assert {first.study_name, second.study_name} == set(optuna.get_all_study_names(storage))
    assert outcomes(first) == before


def test_sampler_and_pruner_may_change_between_two_runs_of_a_study(
    run: Search, storage: BaseStorage
) -> None:
    run(storage)
    study = run(storage, n_trials=8, sampler={"class": "TPESampler"}, pruner=MEDIAN)
    assert len(study.trials) == 8


def test_an_interrupted_trial_is_scored_with_the_params_that_it_had(
    run: Search, storage: BaseStorage
) -> None:
    study = run(storage)
    space = SearchSpace.model_validate(DEPTH | LEAF)
    interrupted = study.ask(space.distributions())
    resumed = run(storage, n_trials=7).trials
    assert [trial.state for trial in resumed] == [TrialState.COMPLETE] * 7
    assert resumed[5].params == interrupted.params


@pytest.mark.parametrize("sampler", ["TPESampler", "RandomSampler", "CmaEsSampler"])
def test_a_sampler_runs_beyond_its_first_draws(sampler: str, run: Search) -> None:
    study = run(n_trials=15, sampler={"class": sampler})
    assert [trial.state for trial in study.trials] == [TrialState.COMPLETE] * 15


def test_the_gaussian_process_sampler_runs_or_names_what_it_lacks(run: Search) -> None:
    sampler = {"class": "GPSampler", "params": {"n_startup_trials": 2}}
    if find_spec("torch"):
        assert len(run(sampler=sampler).trials) == 5
    else:
        with pytest.raises(ValueError, match="GPSampler needs the package torch"):
            run(sampler=sampler)


def test_a_failing_trial_is_recorded_and_the_search_goes_on(
    run: Search, storage: BaseStorage, caplog: pytest.LogCaptureFixture
) -> None:
    study = run(storage, model=BRITTLE, space=SOME_FAIL, n_trials=10)
    states = [trial.state for trial in study.trials]
    assert len(states) == 10
    assert set(states) == {TrialState.COMPLETE, TrialState.FAIL}
    for trial in study.trials:
        failed = trial.state == TrialState.FAIL
        assert failed == (trial.params["depth"] < 1)
        assert failed == ("error" in trial.user_attrs)
        if failed:
            reason = trial.user_attrs["error"]
            assert reason == f"ValueError: The depth {trial.params['depth']} is not enough."
            line = f"Trial {trial.number} failed with {trial.params}: {reason}"
            assert line in caplog.messages


def test_failed_trials_are_part_of_the_total(run: Search, storage: BaseStorage) -> None:
    before = outcomes(run(storage, model=BRITTLE, space=SOME_FAIL, n_trials=10))
    assert outcomes(run(storage, model=BRITTLE, space=SOME_FAIL, n_trials=10)) == before


def test_if_all_trials_fail_the_first_reason_is_given(run: Search, storage: BaseStorage) -> None:
    with pytest.raises(AllTrialsFailedError) as caught:
        run(storage, model=BRITTLE, space=ALL_FAIL)
    [summary] = optuna.get_all_study_summaries(storage)
    trials = storage.get_all_trials(summary._study_id)
    assert [trial.state for trial in trials] == [TrialState.FAIL] * 5
    message = str(caught.value)
    assert f"None of the 5 trials of study {summary.study_name} has a value" in message
    assert trials[0].user_attrs["error"].rstrip(".") in message
    assert ".." not in message


def test_a_score_that_is_no_number_is_a_failure_with_a_reason(run: Search) -> None:
    with pytest.raises(AllTrialsFailedError, match=r"The first failed with .*nan"):
        run(scoring=f"{__name__}.score_nothing")


def test_no_trial_starts_after_the_timeout(run: Search) -> None:
    study = run(scoring=f"{__name__}.slow_score", timeout=0.4, n_trials=1000)
    assert 1 <= len(study.trials) < 100
    assert {trial.state for trial in study.trials} == {TrialState.COMPLETE}


def test_a_timeout_before_the_first_trial_is_told(run: Search) -> None:
    with pytest.raises(AllTrialsFailedError, match=r"raise sweep\.timeout"):
        run(timeout=1e-9)


def test_a_pruned_trial_has_fewer_folds_and_no_error(run: Search, storage: BaseStorage) -> None:
    study = run(storage, n_trials=20, cv=5, pruner=MEDIAN)
    pruned = [trial for trial in study.trials if trial.state == TrialState.PRUNED]
    complete = [trial for trial in study.trials if trial.state == TrialState.COMPLETE]
    assert len(study.trials) == len(pruned) + len(complete) == 20
    assert all(len(trial.intermediate_values) < 5 for trial in pruned)
    assert all(len(trial.intermediate_values) == 5 for trial in complete)
    assert pruned
    assert not any("error" in trial.user_attrs for trial in study.trials)


def test_what_is_not_pruned_keeps_its_value(run: Search, table: Table) -> None:
    study = run(n_trials=20, cv=5, pruner=MEDIAN)
    for trial in study.get_trials(states=(TrialState.COMPLETE,)):
        tree = DecisionTreeClassifier(**trial.params, random_state=SEED)
        assert trial.value == cross_val_score(tree, *table, cv=5, scoring="accuracy").mean()


def test_callbacks_see_each_trial_of_this_run(run: Search, storage: BaseStorage) -> None:
    seen: list[FrozenTrial] = []
    run(storage)
    study = run(storage, n_trials=8, callbacks=[lambda study, trial: seen.append(trial)])
    assert [trial.number for trial in seen] == [5, 6, 7]
    assert [trial.value for trial in seen] == [trial.value for trial in study.trials[5:]]


def test_a_trial_that_another_process_adds_counts(run: Search, storage: BaseStorage) -> None:
    def add_one(study: optuna.Study, trial: FrozenTrial) -> None:
        if trial.number == 0:
            study.tell(study.ask(), 0.5)

    assert len(run(storage, n_trials=6, callbacks=[add_one]).trials) == 6


def test_an_interrupted_search_keeps_what_finished_and_says_so(
    run: Search, storage: BaseStorage, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    with pytest.raises(KeyboardInterrupt):
        run(
            storage,
            model={"class": f"{__name__}.Interrupted"},
            space={"depth": {"type": "categorical", "choices": [1, 2]}},
            n_trials=100,
        )
    [name] = optuna.get_all_study_names(storage)
    trials = optuna.load_study(study_name=name, storage=storage).trials
    finished = [trial for trial in trials if trial.state == TrialState.COMPLETE]
    assert len(finished) == len(trials) - 1
    assert "Interrupted. Every finished trial is kept: run again to go on." in caplog.messages


def test_folds_that_cannot_be_made_stop_the_search(run: Search, table: Table) -> None:
    X, y = table
    with pytest.raises(InputError, match=r"sweep\.cv: 5 folds cannot be made of 4 training rows"):
        run(data=(X[:4], y[:4]), cv=5)


def test_a_space_that_does_not_fit_stops_the_search(run: Search, storage: BaseStorage) -> None:
    with pytest.raises(InputError, match=re.escape("search_space.depth is not an argument of")):
        run(storage, space={"depth": {"type": "int", "low": 1, "high": 3}})
    assert optuna.get_all_study_names(storage) == []


def test_two_workers_run_exactly_the_total(run: Search, table: Table, tmp_path: Path) -> None:
    storage = open_journal(str(tmp_path / "studies.journal"))
    study = run(storage, n_jobs=2, n_trials=15)
    assert [trial.number for trial in study.trials] == list(range(15))
    for trial in study.trials:
        tree = DecisionTreeClassifier(**trial.params, random_state=SEED)
        assert trial.value == cross_val_score(tree, *table, cv=3, scoring="accuracy").mean()
    assert len(run(storage, n_jobs=2, n_trials=15).trials) == 15
    assert len(run(storage, n_jobs=2, n_trials=20).trials) == 20


@pytest.mark.parametrize("change", [{"n_jobs": 2}, {"reuse": False}])
def test_a_forest_has_the_same_trials_however_it_is_grown(
    change: dict[str, Any], run: Search, parameters: dict[str, Any], tmp_path: Path
) -> None:
    question: dict[str, Any] = {"model": parameters["model"], "space": parameters["search_space"]}
    plain = run(**question, n_trials=8, n_jobs=1, reuse=True)
    changed = run(open_journal(str(tmp_path / "journal")), **question, n_trials=8, **change)
    assert changed.study_name == plain.study_name
    assert outcomes(changed) == outcomes(plain)


def test_workers_do_not_draw_the_same_params(run: Search, tmp_path: Path) -> None:
    study = run(open_journal(str(tmp_path / "studies.journal")), n_jobs=2, n_trials=12)
    draws = {tuple(trial.params.values()) for trial in study.trials}
    assert len(draws) > 9


def test_a_failing_trial_of_a_worker_is_recorded(run: Search, tmp_path: Path) -> None:
    storage = open_journal(str(tmp_path / "studies.journal"))
    study = run(storage, model=BRITTLE, space=SOME_FAIL, n_jobs=2, n_trials=12)
    failed = study.get_trials(states=(TrialState.FAIL,))
    assert len(study.trials) == 12
    assert failed
    assert all("is not enough" in trial.user_attrs["error"] for trial in failed)


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


def test_progress_without_a_value_says_so(run: Search, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    with pytest.raises(AllTrialsFailedError):
        run(model=BRITTLE, space=ALL_FAIL)
    assert any(message.startswith("5 of 5 trials, no value yet") for message in caplog.messages)


def test_workers_that_cannot_share_the_storage_are_refused(
    table: tuple[pd.DataFrame, pd.Series], parameters: dict[str, Any]
) -> None:
    parameters["sweep"] |= {"n_jobs": 2, "reuse": False}
    with pytest.raises(InputError, match=r"sweep\.n_jobs: 2 needs a storage that processes can share"):
        search(
            optuna.storages.InMemoryStorage(),
            *table,
            model=Model.model_validate(parameters["model"]),
            search_space=SearchSpace.model_validate(parameters["search_space"]),
            sweep=Sweep.model_validate(parameters["sweep"]),
            random_seed=0,
        )


def test_a_range_with_a_value_that_is_not_allowed_is_refused_before_any_trial(run: Search) -> None:
    storage = InMemoryStorage()
    space = {"max_depth": {"type": "int", "low": 0, "high": 5}}
    with pytest.raises(InputError, match=r"search_space\.max_depth: 0 is in it\. The 'max_depth'"):
        run(storage, space=space)
    assert storage.get_all_studies() == []


def test_a_study_that_another_run_is_searching_is_refused(run: Search, tmp_path: Path) -> None:
    storage = open_journal(str(tmp_path / "studies.journal"))
    name = run(storage).study_name
    held = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(tmp_path / "studies.journal"), name],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    with held:
        assert held.stdout is not None
        assert held.stdout.readline() == "held\n"
        with pytest.raises(InputError, match=f"Study {name} is being searched by another run"):
            run(storage)
        # Another question is nobody else's business.
        run(storage, random_seed=7)
        held.kill()
    run(storage)


HOLD = """
import sys
from kedro_sweep.search.journal import hold_study, open_journal
with hold_study(open_journal(sys.argv[1]), sys.argv[2]):
    print("held", flush=True)
    sys.stdin.read()
"""
