"""Trials of killed processes, and snapshots of finished ones."""

import copy
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import optuna
import pytest
from joblib.externals.loky import get_reusable_executor
from optuna.storages import BaseStorage
from optuna.trial import FrozenTrial, TrialState, create_trial

from kedro_sweep.search import StudyConfiguration, open_journal, run_contest, run_search
from kedro_sweep.search.storage._lost_trials import (
    convict,
    find_storage,
    requeue,
    suspect,
    take_snapshot,
)
from kedro_sweep.search.study.attributes import SUSPECT

Configure = Callable[..., StudyConfiguration]

DEADLY = '''
import os
import signal

from sklearn.dummy import DummyClassifier


class Deadly(DummyClassifier):
    """Kills its process if it is told to."""

    def __init__(self, dose=0):
        super().__init__()
        self.dose = dose

    def fit(self, X, y):
        if self.dose == 3:
            os.kill(os.getpid(), signal.SIGKILL)
        return super().fit(X, y)
'''


@pytest.fixture(scope="module")
def _deadly_module(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """A module that new processes can import. Tests share the processes, which start slowly."""
    folder = tmp_path_factory.mktemp("deadly")
    (folder / "deadly.py").write_text(DEADLY)
    get_reusable_executor().shutdown()
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(folder)
        yield
    get_reusable_executor().shutdown()


@pytest.fixture
def storage(tmp_path: Path) -> BaseStorage:
    return open_journal(str(tmp_path / "journal"))


def list_states(trials: list[FrozenTrial]) -> list[TrialState]:
    return [trial.state for trial in trials]


def ask_and_forget(study: optuna.Study) -> None:
    study.ask({"x": optuna.distributions.FloatDistribution(0, 1)})


def test_a_suspect_fails_when_it_dies_alone(storage: BaseStorage) -> None:
    study = optuna.create_study(storage=storage)
    ask_and_forget(study)
    suspect(study)
    assert list_states(study.trials) == [TrialState.WAITING]
    assert SUSPECT in study.trials[0].user_attrs
    ask_and_forget(study)
    [failed] = convict(study)
    assert failed.state == TrialState.FAIL
    assert "killed twice" in failed.user_attrs["error"]
    assert len(study.trials) == 1


def test_a_trial_that_dies_alone_for_the_first_time_gets_a_second_chance(storage: BaseStorage) -> None:
    study = optuna.create_study(storage=storage)
    ask_and_forget(study)
    assert convict(study) == []
    assert list_states(study.trials) == [TrialState.WAITING]
    assert SUSPECT in study.trials[0].user_attrs


def test_any_number_of_kills_of_whole_runs_fails_no_trial(storage: BaseStorage) -> None:
    study = optuna.create_study(storage=storage)
    for _ in range(3):
        ask_and_forget(study)
        suspect(study)
    assert list_states(study.trials) == [TrialState.WAITING]


def test_an_interruption_raises_no_suspicion(storage: BaseStorage) -> None:
    study = optuna.create_study(storage=storage)
    ask_and_forget(study)
    requeue(study)
    assert list_states(study.trials) == [TrialState.WAITING]
    assert SUSPECT not in study.trials[0].user_attrs


@pytest.mark.usefixtures("_deadly_module")  # the lost trial runs alone, in one of its processes
def test_a_kill_during_the_first_trial_repeats_no_draw(
    storage: BaseStorage, configure: Configure
) -> None:
    space = {"C": {"type": "float", "low": 0.1, "high": 10}}
    configuration = configure(model={"class": "sklearn.svm.SVC"}, search_space=space, n_trials=3, cv=2)
    # The state after a run is killed in its first trial.
    configuration.open_study(storage).ask(configuration.search_space.distributions())
    trials = run_search(configuration, storage).trials
    assert len({trial.params["C"] for trial in trials}) == 3


@pytest.mark.usefixtures("_deadly_module")
def test_a_trial_that_kills_its_worker_fails_and_all_others_are_scored(
    # Only a real process can be killed and take the pool down with it.
    storage: BaseStorage,
    configure: Configure,
) -> None:
    configuration = configure(
        model={"class": "deadly.Deadly"},
        search_space={"dose": {"type": "int", "low": 1, "high": 99}},
        n_trials=4,
        n_jobs=2,
    )
    # The third is the killer; the one after it is drawn.
    study = configuration.open_study(storage)
    for dose in (1, 2, 3):
        study.enqueue_trial({"dose": dose})
    study = run_search(configuration, storage)
    states = {trial.number: trial.state for trial in study.trials if trial.params["dose"] != 3}
    killers = [trial for trial in study.trials if trial.params["dose"] == 3]
    assert len(study.trials) == 4
    assert set(states.values()) == {TrialState.COMPLETE}
    assert {trial.state for trial in killers} == {TrialState.FAIL}
    assert all("ran alone" in trial.user_attrs["error"] for trial in killers)


@pytest.mark.usefixtures("_deadly_module")
def test_a_candidate_that_kills_its_process_takes_no_other_out_of_a_contest(
    storage: BaseStorage, configure: Configure, caplog: pytest.LogCaptureFixture
) -> None:
    sweep: dict[str, Any] = {"contest": {"turn": 1, "survivors": 1}, "n_jobs": 2}
    sweep |= {"n_trials": 4, "timeout": 600}
    deadly = configure(
        model={"class": "deadly.Deadly"},
        search_space={"dose": {"type": "int", "low": 3, "high": 3}},
        **sweep,
    )
    tree = configure(
        model={"class": "sklearn.tree.DecisionTreeClassifier"},
        search_space={"max_depth": {"type": "int", "low": 1, "high": 9}},
        **sweep,
    )
    studies = run_contest({"deadly": deadly, "tree": tree}, storage)
    assert list_states(studies["tree"].trials) == [TrialState.COMPLETE] * 3
    assert "Each trial that was running will run again, alone." in caplog.text
    assert "deadly" not in studies


@pytest.fixture(params=["maximize", "minimize"])
def study(request: pytest.FixtureRequest) -> optuna.Study:
    study = optuna.create_study(direction=request.param)
    for value in (0.5, 0.9, 0.9, 0.2, 0.2):
        study.add_trial(create_trial(value=value))
    study.add_trial(create_trial(state=TrialState.FAIL))
    study.ask()
    return study


def test_later_trials_do_not_change_it(study: optuna.Study) -> None:
    best, finished = study.best_trial, study.trials[:-1]
    snapshot = take_snapshot(study)
    for value in (0.0, 1.0):
        study.add_trial(create_trial(value=value))
    assert snapshot.trials == finished
    assert snapshot.get_trials(deepcopy=False, states=(TrialState.FAIL,)) == finished[-1:]
    assert (snapshot.best_trial.value, study.best_trial.value) == (best.value, round(best.value or 0))
    assert len(snapshot.trials_dataframe()) == len(finished)


def test_the_first_of_equally_good_trials_is_the_best(study: optuna.Study) -> None:
    assert take_snapshot(study).best_trial.number in (1, 3)


def test_a_study_without_a_value_has_no_best_trial() -> None:
    with pytest.raises(ValueError, match="No trials are completed yet"):
        _ = take_snapshot(optuna.create_study()).best_trial


def test_what_is_written_to_it_is_written_to_the_study(study: optuna.Study) -> None:
    snapshot = take_snapshot(study)
    snapshot.set_user_attr("baseline", 0.4)
    assert study.user_attrs["baseline"] == snapshot.user_attrs["baseline"] == 0.4


def test_it_can_be_copied(study: optuna.Study) -> None:
    snapshot = take_snapshot(study)
    assert copy.deepcopy(snapshot).trials == snapshot.trials


def test_other_studies_of_its_storage_are_shown_as_they_are(study: optuna.Study) -> None:
    snapshot = take_snapshot(study)
    other = optuna.create_study(storage=study._storage)
    other.add_trial(create_trial(value=0.1))
    assert len(snapshot._storage.get_all_trials(other._study_id)) == 1


def test_the_storage_that_was_given_is_found_below_what_is_put_around_it() -> None:
    storages: list[Any] = [optuna.storages.RDBStorage("sqlite://"), optuna.storages.InMemoryStorage()]
    for storage in storages:
        study = optuna.create_study(storage=storage)
        assert find_storage(study) is find_storage(take_snapshot(study)) is storage
