"""Candidates share the trials and the time of a search, and the worst get no more of either."""

import logging
import time
from collections.abc import Callable, Mapping
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import optuna
import pandas as pd
import pytest
from optuna.storages import BaseStorage, InMemoryStorage
from optuna.trial import FrozenTrial, TrialState
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.model_selection import cross_val_score

from kedro_sweep.errors import AllTrialsFailedError, InputError
from kedro_sweep.search import StudyConfiguration, open_journal, run_contest, run_search
from kedro_sweep.search.run import _contest as contest
from kedro_sweep.search.run import _study_run as study_run
from kedro_sweep.search.run import _worker as worker
from kedro_sweep.search.run._contest import count_rounds, plan_rounds, plan_shares
from kedro_sweep.search.run._outcome import INTERRUPTED
from kedro_sweep.search.run._study_run import StudyRun
from kedro_sweep.search.run._worker import Clock
from kedro_sweep.search.settings._settings import ContestRule
from kedro_sweep.search.trial import Objective

Table = tuple[pd.DataFrame, pd.Series]
Configure = Callable[..., StudyConfiguration]
Contest = Callable[..., dict[str, optuna.Study]]


class Constant(ClassifierMixin, BaseEstimator):  # type: ignore[misc]  # scikit-learn is not typed
    """Predicts one class, the more frequent the higher its rank, or fails."""

    def __init__(self, rank: int = 0, wait: float = 0.0, step: float = 0.0) -> None:
        """Keep the rank, the seconds of a fit, and what is searched and has no effect."""
        self.rank = rank
        self.wait = wait
        self.step = step

    def fit(self, X: Any, y: Any) -> "Constant":
        """Count the classes."""
        if self.rank < 0:
            raise ValueError(f"The rank is {self.rank}.")
        time.sleep(self.wait)
        self.classes_, counts = np.unique(y, return_counts=True)
        self.label_ = self.classes_[np.argsort(counts)[-1 - self.rank]]
        return self

    def predict(self, X: Any) -> Any:
        """Predict the class."""
        return np.full(len(X), self.label_)


STEP = {"step": {"type": "float", "low": 0, "high": 1}}


@pytest.fixture
def storage(tmp_path: Path) -> BaseStorage:
    """The storage of a project; test_run.py has the others."""
    return open_journal(str(tmp_path / "studies.journal"))


@pytest.fixture
def configurations(configure: Configure) -> Callable[..., dict[str, StudyConfiguration]]:
    """Configure a contest of constants by their ranks, 0 for the best."""

    def make(
        wait: float = 0.0, /, *, names: dict[str, int], **sweep: Any
    ) -> dict[str, StudyConfiguration]:
        sweep = {"contest": {"turn": 2, "survivors": 1}, "cv": 2} | sweep
        return {
            name: configure(
                model={"class": f"{__name__}.Constant", "params": {"rank": rank, "wait": wait}},
                search_space=STEP,
                **sweep,
            )
            for name, rank in names.items()
        }

    return make


@pytest.fixture
def compete(configurations: Callable[..., dict[str, StudyConfiguration]]) -> Contest:
    """Run a contest of constants."""

    def run(
        storage: BaseStorage, *args: Any, callbacks: Any = (), **options: Any
    ) -> dict[str, optuna.Study]:
        return run_contest(configurations(*args, **options), storage, callbacks)

    return run


def count(studies: dict[str, optuna.Study]) -> dict[str, int]:
    return {name: len(study.trials) for name, study in studies.items()}


def outcomes(studies: dict[str, optuna.Study]) -> dict[str, list[tuple[Any, ...]]]:
    """All of the studies but the times."""
    return {
        name: [(trial.number, trial.state, trial.value, trial.params) for trial in study.trials]
        for name, study in studies.items()
    }


def test_the_better_candidates_get_more_trials(compete: Contest) -> None:
    studies = compete(InMemoryStorage(), names={"bad": 2, "good": 0, "fair": 1}, n_trials=14)
    assert count(studies) == {"bad": 2, "good": 8, "fair": 4}


def test_a_lower_value_is_better_where_the_score_is_minimized(compete: Contest) -> None:
    studies = compete(InMemoryStorage(), names={"good": 2, "bad": 0}, n_trials=10, direction="minimize")
    assert count(studies) == {"good": 8, "bad": 2}


def test_a_contest_that_has_its_trials_gets_no_more(
    compete: Contest, storage: BaseStorage, caplog: pytest.LogCaptureFixture
) -> None:
    names = {"bad": 1, "good": 0}
    before = outcomes(compete(storage, names=names, n_trials=7))
    caplog.set_level(logging.INFO)
    assert outcomes(compete(storage, names=names, n_trials=7)) == before
    assert outcomes(compete(storage, names=names, n_trials=3)) == before
    assert "The contest already has 7 trials, and sweep.n_trials is 3." in caplog.text


def test_a_raised_total_adds_the_difference(compete: Contest, storage: BaseStorage) -> None:
    names = {"bad": 1, "good": 0}
    before = outcomes(compete(storage, names=names, n_trials=7))
    after = outcomes(compete(storage, names=names, n_trials=12))
    assert sum(map(len, after.values())) == 12
    assert all(after[name][: len(trials)] == trials for name, trials in before.items())


def test_a_total_that_is_raised_after_whole_turns_gives_the_trials_of_one_search(
    compete: Contest,
) -> None:
    options: dict[str, Any] = {
        "names": {"bad": 2, "good": 0, "fair": 1},
        "sampler": {"class": "TPESampler"},
    }
    whole, parts = InMemoryStorage(), InMemoryStorage()
    for n_trials in (10, 14):
        halves = compete(parts, n_trials=n_trials, **options)
    assert outcomes(halves) == outcomes(compete(whole, n_trials=14, **options))


def test_an_interrupted_contest_keeps_its_trials_and_goes_on(
    compete: Contest, storage: BaseStorage, caplog: pytest.LogCaptureFixture
) -> None:
    def interrupt(study: optuna.Study, trial: FrozenTrial) -> None:
        raise KeyboardInterrupt

    options: dict[str, Any] = {"names": {"bad": 1, "good": 0}, "n_trials": 9}
    with pytest.raises(KeyboardInterrupt):
        compete(storage, callbacks=[interrupt], **options)
    assert INTERRUPTED in caplog.messages
    studies = compete(storage, **options)
    assert count(studies) == {"bad": 2, "good": 7}
    assert {trial.state for study in studies.values() for trial in study.trials} == {TrialState.COMPLETE}


def test_a_single_candidate_is_searched_as_without_a_contest(
    configurations: Callable[..., dict[str, StudyConfiguration]],
) -> None:
    one = configurations(names={"only": 0}, n_trials=5)
    [alone] = run_contest(one, InMemoryStorage()).values()
    assert outcomes({"": alone}) == outcomes({"": run_search(one["only"], InMemoryStorage())})


def test_a_candidate_that_always_fails_is_out_with_one_warning(
    compete: Contest, caplog: pytest.LogCaptureFixture
) -> None:
    studies = compete(InMemoryStorage(), names={"broken": -1, "good": 0}, n_trials=8)
    assert count(studies) == {"good": 6}
    [warning] = [record.message for record in caplog.records if record.levelno == logging.WARNING]
    assert warning == (
        "None of the 2 trials of broken has a score. The first failed with ValueError: The rank is -1."
    )


def test_a_contest_in_which_all_fail_is_an_error(compete: Contest) -> None:
    with pytest.raises(AllTrialsFailedError, match=r"No candidate has a score.*The rank is -1.*-2"):
        compete(InMemoryStorage(), names={"one": -1, "other": -2}, n_trials=8)


def test_two_candidates_that_are_the_same_are_refused(compete: Contest) -> None:
    with pytest.raises(InputError, match="models: one and other are the same"):
        compete(InMemoryStorage(), names={"one": 0, "other": 0}, n_trials=8)


def test_a_total_too_small_for_all_says_who_got_no_trial(
    compete: Contest, caplog: pytest.LogCaptureFixture
) -> None:
    assert count(compete(InMemoryStorage(), names={"a": 0, "b": 1}, n_trials=1)) == {"a": 1}
    assert "sweep.n_trials or sweep.timeout left no trial for b." in caplog.text


def test_no_trial_starts_after_the_time_is_over(compete: Contest) -> None:
    start = time.time()
    studies = compete(InMemoryStorage(), 0.01, names={"bad": 1, "good": 0}, n_trials=10**6, timeout=0.4)
    starts = [
        trial.datetime_start.timestamp()
        for study in studies.values()
        for trial in study.trials
        if trial.datetime_start
    ]
    assert len(starts) < 10**6
    assert max(starts) - min(starts) <= 0.4
    assert starts[0] >= start - 1


def test_however_short_the_timeout_one_trial_gets_a_score(compete: Contest) -> None:
    names = {"broken": -1, "good": 0, "fair": 1}
    assert count(compete(InMemoryStorage(), names=names, n_trials=100, timeout=1e-9)) == {"good": 1}


def test_trials_that_a_candidate_has_no_time_for_go_to_the_others(
    compete: Contest, monkeypatch: pytest.MonkeyPatch
) -> None:
    run_trials = StudyRun.run_trials

    def run_quick_ones(run: StudyRun, *limits: Any, **options: Any) -> Any:
        is_slow = run.configuration.model.params["rank"] == 1
        return iter(()) if is_slow else run_trials(run, *limits, **options)

    monkeypatch.setattr(StudyRun, "run_trials", run_quick_ones)
    names = {"quick": 0, "slow": 1}
    assert count(compete(InMemoryStorage(), names=names, n_trials=7, timeout=90)) == {"quick": 7}


def test_the_rounds_and_their_candidates_get_equal_parts_of_the_time(
    compete: Contest, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock, deadlines, first_deadlines = [0.0], [], []
    parts: dict[int, tuple[float, bool]] = {}

    def spend(run: StudyRun, total: int, limits: Clock, **waits: Any) -> Any:
        rank, deadline = run.configuration.model.params["rank"], limits.deadline
        parts.setdefault(rank, (limits.n_parts, limits.needs_score))
        if total == 1:
            first_deadlines.append((rank, deadline))
        if total == 2:  # of the first turn, as a whole
            deadlines.append((rank, round(deadline, 6)))
            clock[0] = deadline if rank == 0 else clock[0] + 1
        for _ in range(run.count_trials(), total):
            yield run.study.tell(run.study.ask(), -rank)

    for module in (worker, study_run):
        monkeypatch.setattr(module, "time", lambda: clock[0])
    monkeypatch.setattr(StudyRun, "run_trials", spend)
    compete(
        InMemoryStorage(), names={"good": 0, "fair": 1, "bad": 2, "worst": 3}, n_trials=100, timeout=90
    )
    # Three rounds of 30 s. The first takes all of its part; the others leave theirs to those after them.
    assert deadlines == [(0, 7.5), (1, 15.0), (2, 19.25), (3, 30.0)]
    # Only a first trial may start whenever there is time at all.
    assert first_deadlines == [(0, 90), (1, 90), (2, 90), (3, 90)]
    # Each takes at most half of the rest, but the first one goes on until there is a score.
    assert parts == {0: (2, True), 1: (2, False), 2: (2, False), 3: (2, False)}


def test_under_a_limit_of_time_no_candidate_gets_a_second_trial_before_all_have_one(
    compete: Contest, storage: BaseStorage
) -> None:
    started: list[str] = []

    def note(study: optuna.Study, trial: FrozenTrial) -> None:
        started.append(study.study_name)

    options: dict[str, Any] = {"names": {"bad": 2, "good": 0, "fair": 1}, "timeout": 600}
    compete(storage, callbacks=[note], n_trials=2, **options)
    studies = compete(storage, callbacks=[note], n_trials=9, **options)
    assert started[:3] == [studies[name].study_name for name in ("bad", "good", "fair")]
    assert count(studies) == {"bad": 2, "good": 4, "fair": 3}


def test_first_trials_run_side_by_side_and_leave_time_to_train_what_has_a_score(
    compete: Contest, monkeypatch: pytest.MonkeyPatch
) -> None:
    clocks: list[tuple[float, bool]] = []

    def note(runs: Mapping[str, StudyRun], start_clock: Callable[[str], Clock]) -> Any:
        for name, run in runs.items():
            clock = start_clock(name)
            clocks.append((clock.reserve, clock.needs_score))
            yield name, run.study.tell(run.study.ask(), 1.0)

    monkeypatch.setattr(contest, "run_first_trials", note)
    monkeypatch.setattr(contest.Rounds, "estimate_refit", lambda _: 3.0)
    compete(InMemoryStorage(), names={"good": 0, "fair": 1, "bad": 2}, n_trials=3, timeout=90)
    # The first one goes on until there is a score.
    assert clocks == [(0.0, True), (3.0, False), (3.0, False)]


def test_the_trees_of_a_candidate_are_kept_from_turn_to_turn(
    configure: Configure, monkeypatch: pytest.MonkeyPatch
) -> None:
    forest = {"class": "sklearn.ensemble.ExtraTreesClassifier"}
    space = {"n_estimators": {"type": "int", "low": 2, "high": 9}}
    sweep: dict[str, Any] = {
        "n_trials": 12,
        "contest": {"turn": 2, "survivors": 2},
        "search_space": space,
    }
    made = []

    def make(*args: Any, **options: Any) -> Any:
        made.append(Objective(*args, **options))
        return made[-1]

    monkeypatch.setattr(study_run, "Objective", make)
    studies = run_contest(
        {"a": configure(**sweep), "b": configure(model=forest, **sweep)}, InMemoryStorage()
    )
    assert count(studies) == {"a": 6, "b": 6}
    assert len(made) == 2


FORESTS: dict[str, Any] = {
    "n_estimators": {"type": "int", "low": 2, "high": 6},
    "max_depth": {"type": "int", "low": 2, "high": 9},
}
BOOSTING: dict[str, Any] = {"n_estimators": {"type": "int", "low": 1, "high": 5}}


@pytest.mark.usefixtures("no_fit_from_scratch")
@pytest.mark.parametrize(
    ("kind", "names"),
    [
        ("Classifier", ("RandomForest", "ExtraTrees", "GradientBoosting")),
        ("Regressor", ("RandomForest", "ExtraTrees", "GradientBoosting")),
    ],
)
def test_every_reused_estimator_behind_preprocessing_scores_as_from_scratch(
    kind: str, names: tuple[str, ...], rare_classes: Table, values: Table, configure: Configure
) -> None:
    data = rare_classes if kind == "Classifier" else values
    configurations = {
        name: configure(
            data,
            model={
                "class": f"sklearn.ensemble.{name}{kind}",
                "preprocessing": {"class": "sklearn.preprocessing.StandardScaler"},
            },
            search_space=BOOSTING if name == "GradientBoosting" else FORESTS,
            n_trials=7,
            scoring=None,
            contest={"turn": 2, "survivors": 3},
        )
        for name in names
    }
    for name, study in run_contest(configurations, InMemoryStorage()).items():
        assert len(study.trials) >= 2
        for trial in study.trials:
            estimator = configurations[name].build(trial.params)
            assert trial.value == cross_val_score(estimator, *data, cv=3).mean()


# The plans alone.


def plan(values: Mapping[str, float | None], n_trials: int, **rule: int) -> list[dict[str, int]]:
    """Plan the rounds of candidates whose best value never changes."""
    rounds = plan_rounds([*values], n_trials, ContestRule(**rule), lambda name, _: values[name])
    return [dict(turns) for turns in rounds]


def test_every_candidate_gets_a_turn_and_then_the_better_half() -> None:
    values = {"a": 0.1, "b": 0.9, "c": 0.5, "d": 0.7, "e": 0.3}
    assert plan(values, 100, turn=10, survivors=1) == [
        {"a": 10, "b": 10, "c": 10, "d": 10, "e": 10},
        {"b": 20, "c": 20, "d": 20},
        {"b": 30, "d": 30},
    ]


def test_the_survivors_share_the_rest() -> None:
    values = {name: float(rank) for rank, name in enumerate("abcdefghi")}
    rounds = plan(values, 200, turn=10, survivors=3)
    assert [len(turns) for turns in rounds] == [9, 5, 3, 3]
    assert rounds[-1] == {"g": 40, "h": 40, "i": 40}


@pytest.mark.parametrize("n_trials", [1, 9, 10, 37, 90, 91, 143, 500])
def test_a_total_is_given_out_to_the_last_trial(n_trials: int) -> None:
    values = {name: float(rank) for rank, name in enumerate("abcdefghi")}
    last: dict[str, int] = {}
    for turns in plan(values, n_trials, turn=10, survivors=3):
        last |= turns
    assert sum(last.values()) == n_trials


def test_of_two_equals_the_earlier_one_goes_on() -> None:
    rounds = plan({"a": 0.6, "b": 0.5, "c": 0.5}, 50, turn=10, survivors=2)
    assert rounds[1] == {"a": 20, "b": 20}


def test_a_candidate_without_a_value_is_out_even_among_the_survivors() -> None:
    rounds = plan({"a": 0.5, "b": None}, 40, turn=10, survivors=3)
    assert rounds == [{"a": 10, "b": 10}, {"a": 20}, {"a": 30}]


def test_a_contest_in_which_no_candidate_has_a_value_ends() -> None:
    assert plan({"a": None, "b": None}, 40, turn=10, survivors=3) == [{"a": 10, "b": 10}]


def test_a_larger_total_only_adds_turns() -> None:
    values = {name: float(rank) for rank, name in enumerate("abcde")}
    few, many = (plan(values, n_trials, turn=10, survivors=2) for n_trials in (80, 160))
    assert many[: len(few)] == few


@pytest.mark.parametrize(
    ("n_candidates", "survivors", "n_rounds"), [(9, 3, 3), (6, 3, 2), (3, 3, 1), (2, 3, 1), (4, 1, 3)]
)
def test_the_time_is_divided_by_the_rounds_up_to_that_of_the_survivors(
    n_candidates: int, survivors: int, n_rounds: int
) -> None:
    assert count_rounds(n_candidates, ContestRule(survivors=survivors)) == n_rounds


@pytest.mark.parametrize(
    ("n_trials", "shares"), [(9, [3, 3, 3]), (10, [4, 3, 3]), (11, [4, 4, 3]), (2, [1, 1, 0])]
)
def test_shares_differ_by_at_most_one(n_trials: int, shares: list[int]) -> None:
    assert plan_shares("abc", n_trials) == dict(zip("abc", shares, strict=True))


def test_a_larger_total_takes_no_trial_away() -> None:
    plans = [plan_shares("abc", n_trials) for n_trials in range(20)]
    for smaller, larger in pairwise(plans):
        assert all(smaller[name] <= larger[name] for name in "abc")


def test_the_time_that_is_left_is_divided_by_the_number_of_candidates_left(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(worker, "time", lambda: 10.0)
    assert Clock(40.0).share(3).deadline == 20.0
    assert Clock(5.0).share(3).deadline == 10.0
    assert Clock().share(3).deadline == float("inf")
