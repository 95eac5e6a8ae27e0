"""Progress, outcome and table of a search."""

import logging
import re
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from math import inf
from typing import Any

import optuna
import pandas as pd
import pytest
from optuna.storages import InMemoryStorage
from optuna.study import StudyDirection
from optuna.trial import FrozenTrial, TrialState, create_trial

from kedro_sweep.errors import AllTrialsFailedError
from kedro_sweep.search import StudyConfiguration, run_search, tabulate_trials
from kedro_sweep.search.run._outcome import Best, describe_progress, find_problem, follow
from kedro_sweep.search.study.attributes import WARNINGS
from kedro_sweep.text import settings

Search = Callable[..., optuna.Study]


@pytest.fixture
def _in_a_terminal(monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> None:
    """A wide one, of somebody who wants to know how the search goes."""
    caplog.set_level(logging.INFO)
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("COLUMNS", "120")


@pytest.mark.usefixtures("_in_a_terminal")
def test_progress_is_a_bar_in_a_terminal(run: Search, capsys: pytest.CaptureFixture[str]) -> None:
    study = run()
    bar = re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", capsys.readouterr().out)
    assert "Trials" in bar
    assert "5/5" in bar
    assert f"best {study.best_value:.4f} (trial {study.best_trial.number})" in bar
    assert "time left" in bar


@pytest.mark.usefixtures("_in_a_terminal")
def test_the_bar_shows_the_limit_of_time(capsys: pytest.CaptureFixture[str]) -> None:
    study = optuna.create_study()
    best = Best(study)
    follow(best.watch([study.tell(study.ask(), 0.5)], ""), best, 10_000, timeout=60)
    assert "of at most 0:01:00" in capsys.readouterr().out


@pytest.mark.usefixtures("_in_a_terminal")
def test_the_bar_shows_the_name_of_a_candidate_as_it_is(capsys: pytest.CaptureFixture[str]) -> None:
    study = optuna.create_study()
    best = Best(study)
    follow(best.watch([study.tell(study.ask(), 0.5)], "forest [/b]"), best, 1)
    assert "best 0.5000 (forest [/b], trial 0)" in capsys.readouterr().out


def test_elsewhere_progress_is_silent_unless_it_takes_long(
    run: Search, caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]
) -> None:
    caplog.set_level(logging.INFO)
    run(n_trials=15)
    assert not [line for line in caplog.messages if " of 15 trials, best " in line]
    assert "Trials" not in capsys.readouterr().out


@pytest.mark.parametrize(
    ("direction", "best"),
    [
        (StudyDirection.MAXIMIZE, "0.7500 (trial 1)"),
        (StudyDirection.MINIMIZE, "0.2500 (trial 2)"),
    ],
)
def test_the_best_value_is_that_of_the_direction(direction: StudyDirection, best: str) -> None:
    study = optuna.create_study(direction=direction)
    trials = (study.tell(study.ask(), value) for value in (0.5, 0.75, 0.25))
    seen = Best(study)
    assert len([*seen.watch(trials)]) == 3
    assert str(seen) == f"best {best}"


@pytest.mark.parametrize(
    ("n_finished", "before", "timeout", "left"),
    [
        (4, 0, inf, "0:00:15"),
        (4, 3, inf, "0:01:00"),  # a resumed study, of which one trial is new
        (4, 0, 12, "0:00:02"),
        (12, 0, inf, "0:00:00"),  # more than asked for
    ],
)
def test_the_time_left_is_that_of_the_missing_trials_or_of_the_timeout(
    n_finished: int, before: int, timeout: float, left: str
) -> None:
    study = optuna.create_study()
    for _ in range(n_finished):
        study.tell(study.ask(), state=TrialState.FAIL)
    shown = describe_progress(Best(study), before, 10, timeout, 10.0)
    assert shown == f"{n_finished} of 10 trials, no score yet, time left {left}"


Configure = Callable[..., StudyConfiguration]

LOGISTIC: dict[str, Any] = {
    "model": {"class": "sklearn.linear_model.LogisticRegression", "params": {"max_iter": 2}},
    "search_space": {"C": {"type": "float", "low": 1, "high": 9}},
}


def test_a_warning_is_shown_once_with_its_count(
    configure: Configure,
    caplog: pytest.LogCaptureFixture,
    recwarn: pytest.WarningsRecorder,
) -> None:
    run_search(configure(**LOGISTIC, n_trials=4), InMemoryStorage())
    shown = [record.getMessage() for record in caplog.records if record.levelno == logging.WARNING]
    [message] = shown
    assert message.startswith("ConvergenceWarning: lbfgs failed to converge after 2 iteration(s)")
    assert message.endswith("(12 times in 4 trials)")
    assert not [warning for warning in recwarn if "lbfgs" in str(warning.message)]


def test_a_limit_of_time_is_named(configure: Configure, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    run_search(configure(n_trials=100_000, timeout=0.3), InMemoryStorage())
    assert re.search(r"of 100000 trials \((\d pruned, )?timeout 0.3 s\)", caplog.text)


def test_failed_trials_are_counted(configure: Configure, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    # More neighbors than training rows fail.
    space = {"n_neighbors": {"type": "int", "low": 1, "high": 400}}
    neighbors = {"class": "sklearn.neighbors.KNeighborsClassifier"}
    study = run_search(configure(model=neighbors, search_space=space, n_trials=12), InMemoryStorage())
    n_failed = sum(trial.state == TrialState.FAIL for trial in study.trials)
    assert n_failed > 0
    assert f"12 of 12 trials ({n_failed} failed)" in caplog.text


def test_a_run_without_losses_has_nothing_to_explain(
    configure: Configure, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    run_search(configure(n_trials=2), InMemoryStorage())
    assert "2 of 2 trials (" not in caplog.text


def test_pruned_trials_are_counted(configure: Configure, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    pruner = {"class": "ThresholdPruner", "params": {"lower": 0.5}}
    study = run_search(configure(n_trials=12, pruner=pruner), InMemoryStorage())
    n_pruned = sum(trial.state == TrialState.PRUNED for trial in study.trials)
    assert n_pruned > 0
    assert f"12 of 12 trials ({n_pruned} pruned)" in caplog.text


def test_the_warnings_of_pruned_trials_count(
    configure: Configure, caplog: pytest.LogCaptureFixture
) -> None:
    pruner = {"class": "ThresholdPruner", "params": {"upper": 0.0}}
    with pytest.raises(AllTrialsFailedError):
        run_search(configure(**LOGISTIC, n_trials=2, pruner=pruner), InMemoryStorage())
    # Each was stopped after its first fold.
    assert "(2 times in 2 trials)" in caplog.text


def test_the_warnings_of_a_machine_in_another_time_zone_count(
    configure: Configure, caplog: pytest.LogCaptureFixture
) -> None:
    study = optuna.create_study()
    behind = datetime.now() - timedelta(hours=9)
    trials = [
        create_trial(value=0.0, user_attrs={WARNINGS: {text: 2}})
        for text in ("of an earlier run", "of this run")
    ]
    trials[1].datetime_start = behind
    study.add_trial(trials[0])

    def add() -> Iterator[FrozenTrial]:
        study.add_trial(trials[1])
        yield trials[1]

    follow(add(), Best(study), total=2)
    assert caplog.messages == ["of this run (2 times in 1 trials)"]


@pytest.mark.parametrize("scoring", [None, "balanced_accuracy"])
def test_the_table_of_trials_names_its_values_the_same_whatever_the_score(
    scoring: str | None, configure: Configure
) -> None:
    study = run_search(configure(n_trials=2, scoring=scoring), InMemoryStorage())
    trials = tabulate_trials({"tree": study})
    assert trials["value"].tolist() == [trial.value for trial in study.trials]
    assert trials["params_max_depth"].tolist() == [trial.params["max_depth"] for trial in study.trials]
    assert set(trials["state"]) == {"COMPLETE"}
    more = pd.DataFrame({"candidate": ["tree"], "number": [1], "as_good": [True]})
    assert tabulate_trials({"tree": study}, more)["as_good"].fillna("").tolist() == ["", True]


def test_a_pruned_trial_has_no_value_in_the_table() -> None:
    study = optuna.create_study(direction="maximize")
    pruned = study.ask()
    pruned.report(0.9, step=0)
    study.tell(pruned, state=TrialState.PRUNED)
    study.tell(study.ask(), 0.7)
    assert study.trials[0].value == 0.9
    assert tabulate_trials({"tree": study})["value"].fillna(-1).tolist() == [-1, 0.7]


def test_if_all_trials_were_pruned_the_remedy_adds_trials() -> None:
    study = optuna.create_study()
    study.tell(study.ask(), state=TrialState.PRUNED)  # cut off by the limit of time
    problem = find_problem("study a", study)
    assert problem.endswith("has a score. The limit of time cut them off: raise sweep.timeout.")
    trial = study.ask()
    trial.report(0.5, step=0)
    study.tell(trial, state=TrialState.PRUNED)
    problem = find_problem("study a", study)
    assert problem.endswith("and raise sweep.n_trials above 2, because pruned trials count toward it.")


def test_a_score_that_is_added_later_is_a_gap_of_the_trials_before(configure: Configure) -> None:
    storage = InMemoryStorage()
    run_search(configure(n_trials=1), storage)
    study = run_search(configure(n_trials=2, scoring=["accuracy", "f1_macro"]), storage)
    trials = tabulate_trials({"tree": study})
    assert list(trials)[:4] == ["candidate", "number", "value", "score_f1_macro"]
    assert "user_attrs_scores" not in trials
    assert trials["score_f1_macro"].isna().tolist() == [True, False]
    assert trials["score_f1_macro"][1] == study.trials[1].user_attrs["scores"]["f1_macro"]


def test_the_best_trial_is_shown_with_all_its_scores(
    configure: Configure, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    scoring = ["accuracy", "f1_macro", "matthews_corrcoef"]
    study = run_search(configure(n_trials=2, scoring=scoring), InMemoryStorage())
    best, scores = study.best_trial, study.best_trial.user_attrs["scores"]
    assert caplog.messages[-1] == (
        f"Best accuracy {best.value:.4f}, f1_macro {scores['f1_macro']:.4f}, "
        f"matthews_corrcoef {scores['matthews_corrcoef']:.4f} (trial {best.number}) "
        f"with {settings(best.params)}"
    )
