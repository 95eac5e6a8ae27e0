"""A search runs exactly the missing trials: none too many, none lost, none repeated."""

import logging
import re
import signal
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import joblib
import numpy as np
import optuna
import pandas as pd
import pytest
from optuna.distributions import IntDistribution
from optuna.storages import BaseStorage, InMemoryStorage
from optuna.trial import FrozenTrial, TrialState
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.model_selection import cross_val_score
from sklearn.tree import DecisionTreeClassifier

from kedro_sweep.errors import AllTrialsFailedError, InputError
from kedro_sweep.search import StudyConfiguration, add_trials, open_journal, run_search
from kedro_sweep.search.run import _study_run
from kedro_sweep.search.run._outcome import INTERRUPTED
from kedro_sweep.search.storage._journal import hold_study

Table = tuple[pd.DataFrame, pd.Series]
Search = Callable[..., optuna.Study]

MEDIAN = {"class": "MedianPruner", "params": {"n_startup_trials": 1}}


class Unfittable(ClassifierMixin, BaseEstimator):  # type: ignore[misc]  # scikit-learn is not typed
    """A classifier that cannot be fitted."""

    def __init__(self, depth: int = 1) -> None:
        """Keep the depth."""
        self.depth = depth

    def fit(self, X: Any, y: Any) -> "Unfittable":
        """Fail."""
        raise ValueError(f"The depth {self.depth} is not enough.")


class Brittle(Unfittable):
    """A classifier that can be fitted at one depth only."""

    def __init__(self, depth: int = 1) -> None:
        """Keep the depth."""
        self.depth = depth

    def fit(self, X: Any, y: Any) -> "Brittle":
        """Fit, or fail."""
        if self.depth < 4:
            super().fit(X, y)
        self.classes_ = np.unique(y)
        return self

    def predict(self, X: Any) -> Any:
        """Predict the first class."""
        return np.full(len(X), self.classes_[0])


class Interrupted(ClassifierMixin, BaseEstimator):  # type: ignore[misc]  # scikit-learn is not typed
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


def slow_score(estimator: Any, X: Any, y: Any) -> float:
    """Score after a moment."""
    time.sleep(0.02)
    return float(estimator.score(X, y))


def outcomes(study: optuna.Study) -> list[tuple[Any, ...]]:
    """All of a study but the times."""
    return [(trial.number, trial.state, trial.value, trial.params) for trial in study.trials]


def test_a_fresh_study_gets_its_trials(run: Search, storage: BaseStorage) -> None:
    study = run(storage)
    assert [trial.state for trial in study.trials] == [TrialState.COMPLETE] * 5
    assert [trial.number for trial in study.trials] == [0, 1, 2, 3, 4]


def test_the_best_value_is_the_cross_val_score_of_the_best_params(run: Search, table: Table) -> None:
    study = run(n_trials=12)
    tree = DecisionTreeClassifier(**study.best_params, random_state=42)
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
        run(open_journal(str(tmp_path / name)), n_trials=12, sampler={"class": sampler})
        for name in ("first", "second")
    )
    assert outcomes(first) == outcomes(second)


def test_another_seed_draws_other_params(run: Search) -> None:
    one, other = run(random_seed=1), run(random_seed=2)
    assert [trial.params for trial in one.trials] != [trial.params for trial in other.trials]


def test_a_study_that_has_its_trials_gets_no_more(run: Search, journal: BaseStorage) -> None:
    before = outcomes(run(journal))
    assert outcomes(run(journal)) == before
    assert outcomes(run(journal, n_trials=3)) == before


def test_a_raised_total_adds_the_difference_and_repeats_no_draw(
    run: Search, storage: BaseStorage
) -> None:
    before = outcomes(run(storage, n_trials=3))
    after = outcomes(run(storage, n_trials=6))
    assert after[:3] == before
    assert len(after) == 6
    params = [params for *_, params in after]
    assert all(late not in params[:3] for late in params[3:])


def test_a_study_with_the_largest_seed_can_be_resumed(run: Search) -> None:
    storage = InMemoryStorage()
    run(storage, random_seed=2**32 - 1)
    assert len(run(storage, random_seed=2**32 - 1, n_trials=7).trials) == 7


def test_another_configuration_leaves_the_first_study_alone(run: Search, journal: BaseStorage) -> None:
    first = run(journal)
    before = outcomes(first)
    second = run(journal, cv=4)
    assert len(second.trials) == 5
    assert {first.study_name, second.study_name} == set(optuna.get_all_study_names(journal))
    assert outcomes(first) == before


def test_sampler_and_pruner_may_change_between_two_runs_of_a_study(
    run: Search, journal: BaseStorage
) -> None:
    run(journal)
    study = run(journal, n_trials=8, sampler={"class": "TPESampler"}, pruner=MEDIAN)
    assert len(study.trials) == 8


def test_an_interrupted_trial_is_scored_with_the_params_that_it_had(
    run: Search, storage: BaseStorage
) -> None:
    study = run(storage, n_trials=2)
    interrupted = study.ask(
        {
            "max_depth": IntDistribution(1, 20, log=True),
            "min_samples_leaf": IntDistribution(1, 50),
        }
    )
    resumed = run(storage, n_trials=4).trials
    assert [trial.state for trial in resumed] == [TrialState.COMPLETE] * 4
    assert resumed[2].params == interrupted.params


@pytest.mark.parametrize("sampler", ["TPESampler", "RandomSampler", "CmaEsSampler"])
def test_a_sampler_runs_beyond_its_first_draws(sampler: str, run: Search) -> None:
    study = run(n_trials=12, sampler={"class": sampler})
    assert [trial.state for trial in study.trials] == [TrialState.COMPLETE] * 12


def test_if_all_trials_fail_the_first_reason_is_given(run: Search, storage: BaseStorage) -> None:
    configuration: dict[str, Any] = {
        "model": {"class": f"{__name__}.Unfittable"},
        "search_space": {"depth": {"type": "int", "low": 1, "high": 5}},
    }
    with pytest.raises(AllTrialsFailedError) as caught:
        run(storage, **configuration)
    [name] = optuna.get_all_study_names(storage)
    study = optuna.load_study(study_name=name, storage=storage)
    assert [trial.state for trial in study.trials] == [TrialState.FAIL] * 5
    depth = study.trials[0].params["depth"]
    assert str(caught.value) == (
        f"None of the 5 trials of study {name} has a score. The first failed with "
        f"ValueError: The depth {depth} is not enough. Correct sweep.model, "
        "sweep.search_space or sweep.scoring, or all trials will fail again."
    )
    # Failed trials are part of the total.
    with pytest.raises(AllTrialsFailedError):
        run(storage, **configuration)
    assert len(study.trials) == 5


def test_no_trial_starts_after_the_timeout(run: Search) -> None:
    study = run(scoring=f"{__name__}.slow_score", timeout=0.3, n_trials=1000)
    assert 1 <= len(study.trials) < 100
    # Only the last one may have been running.
    assert {trial.state for trial in study.trials[:-1]} <= {TrialState.COMPLETE}


def test_the_first_trial_is_finished_however_short_the_timeout(
    run: Search, journal: BaseStorage
) -> None:
    assert [trial.state for trial in run(journal, timeout=1e-9).trials] == [TrialState.COMPLETE]
    # It has a score now, so the limit holds.
    assert len(run(journal, timeout=1e-9).trials) == 1


@pytest.mark.parametrize("has_alarm", [True, False])
def test_a_run_says_if_its_timeout_cannot_stop_a_fit(
    has_alarm: bool, run: Search, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO")
    if not has_alarm:  # as on Windows
        monkeypatch.delattr(signal, "setitimer", raising=False)
    assert run(timeout=1e-9).trials[0].state == TrialState.COMPLETE
    assert sum("sweep.timeout holds after each fold" in line for line in caplog.messages) == (
        0 if has_alarm else 1
    )


def test_after_the_timeout_trials_run_until_one_has_a_score(run: Search) -> None:
    brittle: dict[str, Any] = {
        "model": {"class": f"{__name__}.Brittle"},
        "search_space": {"depth": {"type": "int", "low": 1, "high": 4}},
    }
    states = [trial.state for trial in run(**brittle, timeout=1e-9, n_trials=100).trials]
    assert states[-1] == TrialState.COMPLETE
    assert {*states[:-1]} == {TrialState.FAIL}


def test_after_the_timeout_ten_failures_are_enough(run: Search) -> None:
    with pytest.raises(AllTrialsFailedError, match="The first 10 trials of study"):
        run(
            model={"class": f"{__name__}.Unfittable"},
            search_space={"depth": {"type": "int", "low": 1, "high": 50}},
            timeout=1e-9,
            n_trials=100,
        )


def test_a_pruner_that_leaves_no_score_is_named(run: Search) -> None:
    pruner = {"class": "ThresholdPruner", "params": {"lower": 2.0}}
    with pytest.raises(AllTrialsFailedError, match=r"None of the 10 trials .* a pruner that"):
        run(pruner=pruner, timeout=1e-9, n_trials=100)


def test_callbacks_see_each_trial_of_this_run(run: Search, journal: BaseStorage) -> None:
    seen: list[FrozenTrial] = []
    run(journal)
    study = run(journal, n_trials=8, callbacks=[lambda study, trial: seen.append(trial)])
    assert [trial.number for trial in seen] == [5, 6, 7]
    assert [trial.value for trial in seen] == [trial.value for trial in study.trials[5:]]


def test_a_trial_that_another_process_adds_counts(run: Search, journal: BaseStorage) -> None:
    def add_one(study: optuna.Study, trial: FrozenTrial) -> None:
        if trial.number == 0:
            study.tell(study.ask(), 0.5)

    assert len(run(journal, n_trials=6, callbacks=[add_one]).trials) == 6


def test_an_interrupted_search_keeps_what_finished_and_says_so(
    run: Search, storage: BaseStorage, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    with pytest.raises(KeyboardInterrupt, match=r"^\d+ of 100 trials$"):
        run(
            storage,
            model={"class": f"{__name__}.Interrupted"},
            search_space={"depth": {"type": "categorical", "choices": [1, 2]}},
            n_trials=100,
        )
    [name] = optuna.get_all_study_names(storage)
    trials = optuna.load_study(study_name=name, storage=storage).trials
    finished = [trial for trial in trials if trial.state == TrialState.COMPLETE]
    assert len(finished) == len(trials) - 1
    assert INTERRUPTED in caplog.messages
    assert f"{len(finished)} of 100 trials (interrupted)" in caplog.messages


@pytest.mark.parametrize(
    ("space", "message"),
    [
        ({"depth": {"type": "int", "low": 1, "high": 3}}, "search_space.depth is not an argument of"),
        (
            {"max_depth": {"type": "int", "low": 0, "high": 5}},
            "search_space.max_depth contains 0. The 'max_depth'",
        ),
    ],
)
def test_a_space_that_does_not_fit_stops_the_search_before_it_starts_a_study(
    space: dict[str, Any], message: str, run: Search
) -> None:
    storage = InMemoryStorage()
    with pytest.raises(InputError, match=re.escape(message)):
        run(storage, search_space=space)
    assert optuna.get_all_study_names(storage) == []


@pytest.mark.parametrize("change", [{"n_jobs": 2}, {"reuse": False}])
def test_a_forest_has_the_same_trials_however_it_is_grown(
    change: dict[str, Any], run: Search, parameters: dict[str, Any]
) -> None:
    forest = {name: parameters["sweep"][name] for name in ("model", "search_space")} | {"n_trials": 8}
    plain, changed = run(**forest), run(**forest, **change)
    assert changed.study_name == plain.study_name
    assert outcomes(changed) == outcomes(plain)


@pytest.mark.parametrize("storage", ["memory", "database"], indirect=True)  # both are in memory
def test_workers_that_cannot_share_the_storage_are_refused(run: Search, storage: BaseStorage) -> None:
    with pytest.raises(InputError, match=r"sweep\.n_jobs: 2 needs a storage that processes can share"):
        run(storage, n_jobs=2)


def test_a_study_that_another_run_is_searching_is_refused(run: Search, tmp_path: Path) -> None:
    storage = open_journal(str(tmp_path / "studies.journal"))
    name = run(storage).study_name
    with hold_study(storage, name):
        with pytest.raises(InputError, match=f"Study {name} is being searched by another run"):
            run(storage)
        # Other studies are free.
        run(storage, random_seed=7)
    run(storage)


def test_a_study_under_the_name_of_an_earlier_release_goes_on_with_the_same_draws(
    run: Search, storage: BaseStorage, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = run(n_trials=8)
    with monkeypatch.context() as patch:
        name = property(lambda self: f"{self.model.name}-{self.fingerprint}")
        patch.setattr(StudyConfiguration, "study_name", name)
        earlier = run(storage, n_trials=4)
    assert earlier.study_name == f"DecisionTreeClassifier-{whole.study_name[-12:]}"
    run(storage, n_trials=6)
    resumed = run(storage, n_trials=8)
    assert optuna.get_all_study_names(storage) == [earlier.study_name]
    params = [trial.params for trial in resumed.trials]
    assert params[:4] == [trial.params for trial in whole.trials[:4]]
    assert len(params) == len({str(drawn) for drawn in params}) == 8


SVC_SPACE: dict[str, Any] = {
    "degree": {"type": "int", "low": 2, "high": 4, "when": {"kernel": "poly"}},
    "C": {"type": "float", "low": 0.5, "high": 2},
    "kernel": {"type": "categorical", "choices": ["linear", "rbf", "poly"]},
    "gamma": {"type": "float", "low": 0.1, "high": 1, "when": {"kernel": ["rbf", "poly"]}},
}
CONDITIONAL: dict[str, Any] = {
    "model": {"class": "sklearn.svm.SVC", "params": {"max_iter": 50}, "preprocessing": "none"},
    "search_space": SVC_SPACE,
    "cv": 2,
}


@pytest.mark.parametrize("sampler", ["TPESampler", "RandomSampler", "CmaEsSampler"])
def test_a_trial_has_the_parameters_that_its_own_values_call_for(sampler: str, run: Search) -> None:
    study = run(**CONDITIONAL, n_trials=14, sampler={"class": sampler})
    extra = {"linear": set(), "rbf": {"gamma"}, "poly": {"gamma", "degree"}}
    assert {trial.params["kernel"] for trial in study.trials} == {*extra}
    for trial in study.trials:
        assert trial.params.keys() == {"C", "kernel"} | extra[trial.params["kernel"]]


def test_two_searches_with_conditions_are_the_same(run: Search) -> None:
    first, second = (run(**CONDITIONAL, n_trials=12, sampler={"class": "TPESampler"}) for _ in range(2))
    assert outcomes(first) == outcomes(second)


def test_a_wider_space_with_conditions_takes_over_what_fits(run: Search) -> None:
    storage = InMemoryStorage()
    first = run(storage, **CONDITIONAL, n_trials=8)
    wider = SVC_SPACE | {"degree": SVC_SPACE["degree"] | {"high": 5}}
    study = run(storage, **CONDITIONAL | {"search_space": wider}, n_trials=10)
    taken = [trial.params for trial in study.trials[:8]]
    assert taken == [trial.params for trial in first.trials]
    only_rbf = SVC_SPACE | {"kernel": {"type": "categorical", "choices": ["rbf", "poly"]}}
    third = run(storage, **CONDITIONAL | {"search_space": only_rbf}, n_trials=10)
    assert all(trial.params["kernel"] != "linear" for trial in third.trials)


def test_a_worker_is_refused_in_a_storage_of_one_machine(
    storage: BaseStorage, configure: Callable[..., StudyConfiguration]
) -> None:
    with pytest.raises(InputError, match="A worker adds trials to a study in PostgreSQL"):
        add_trials({"model": configure()}, storage)
    assert storage.get_all_studies() == []


def test_within_another_parallel_loop_trials_run_one_after_another(
    configure: Callable[..., StudyConfiguration], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(_study_run, "run_in_processes", None)  # threads would share one worker
    space = {"C": {"type": "float", "low": 0.1, "high": 9}}
    model = {"class": "sklearn.svm.SVC"}
    configuration = configure(model=model, search_space=space, n_trials=2, cv=2, n_jobs=2)
    with joblib.parallel_config("threading"):
        study = run_search(configuration, open_journal(str(tmp_path / "journal")))
    assert len(study.trials) == 2
