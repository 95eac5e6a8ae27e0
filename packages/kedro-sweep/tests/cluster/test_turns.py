"""Machines that share a database search one study together, and each knows the trials of the others."""

import logging
import re
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Timer
from typing import Any
from uuid import uuid4

import optuna
import pytest
from optuna.artifacts import FileSystemArtifactStore
from optuna.trial import FrozenTrial, TrialState

from kedro_sweep.errors import InputError
from kedro_sweep.evaluation import search_and_keep
from kedro_sweep.evaluation._rescoring import take_over_rescored
from kedro_sweep.evaluation.predictions import PredictionStore, describe_truth
from kedro_sweep.search import StudyConfiguration, add_trials, open_database, run_contest, run_search
from kedro_sweep.search.run._turns import SharedTurns
from kedro_sweep.search.run._worker import NO_LIMIT, Worker
from kedro_sweep.search.storage._database import StudyDatabase
from kedro_sweep.search.storage._studies import remove_studies, summarize_studies
from kedro_sweep.search.study.attributes import SUSPECT
from kedro_sweep.search.trial._objective import Objective

Configure = Callable[..., StudyConfiguration]

TREE = {"class": "sklearn.tree.DecisionTreeClassifier"}
SPACE = {"max_depth": {"type": "int", "low": 1, "high": 50}}


@pytest.fixture
def storage(database_url: str) -> StudyDatabase:
    storage = open_database(database_url, heartbeat_interval=1, grace_period=5)
    assert isinstance(storage, StudyDatabase)
    return storage


@pytest.fixture
def tree(configure: Configure) -> Callable[..., StudyConfiguration]:
    def tree(n_trials: int = 4, **change: Any) -> StudyConfiguration:
        return configure(**{"model": TREE, "search_space": SPACE, "n_trials": n_trials} | change)

    return tree


def make_worker(configuration: StudyConfiguration, storage: StudyDatabase) -> Worker:
    study = configuration.open_study(storage)
    study.sampler.reseed_rng()
    space, total = configuration.search_space, configuration.sweep.n_trials
    turns = SharedTurns(study, space, uuid4().hex, total, storage=storage)
    return Worker(configuration, Objective(configuration), turns)


def run_one(worker: Worker) -> FrozenTrial | None:
    return worker.run_trial(NO_LIMIT)


def test_a_run_starts_with_the_defaults_ends_at_its_total_and_adds_nothing_again(
    storage: StudyDatabase, tree: Configure, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    configuration = tree(search_space={"max_leaf_nodes": {"type": "int", "low": 2, "high": 50}})
    study = run_search(configuration, storage)
    assert [trial.state for trial in study.trials] == [TrialState.COMPLETE] * 4
    assert study.user_attrs["n_trials"] == 4
    assert "has 0 of 4 trials." in caplog.text
    again = run_search(configuration, storage)
    assert again.trials == study.trials
    assert "already has 4 trials." in caplog.text


@pytest.mark.parametrize("n_jobs", [1, 2])
def test_a_run_ends_with_a_score_however_short_the_timeout(
    n_jobs: int, storage: StudyDatabase, tree: Configure
) -> None:
    limits: dict[str, Any] = {"timeout": 1e-9, "n_jobs": n_jobs}
    study = run_search(tree(20, **limits), storage)
    assert [trial.state for trial in study.trials] == [TrialState.COMPLETE]
    candidates = {str(seed): tree(20, random_seed=seed, **limits) for seed in (1, 2)}
    [first] = run_contest(candidates, storage).values()
    assert [trial.state for trial in first.trials] == [TrialState.COMPLETE]


def test_processes_of_one_machine_share_the_total(storage: StudyDatabase, tree: Configure) -> None:
    study = run_search(tree(6, n_jobs=2), storage)
    assert [trial.state for trial in study.trials] == [TrialState.COMPLETE] * 6
    assert len({trial.number for trial in study.trials}) == 6


def test_two_machines_draw_different_numbers(storage: StudyDatabase, tree: Configure) -> None:
    space = {"max_depth": {"type": "int", "low": 1, "high": 10**9}}
    configuration = tree(20, search_space=space, sampler={"class": "RandomSampler"})
    one, other = make_worker(configuration, storage), make_worker(configuration, storage)
    for _ in range(5):
        run_one(one)
        run_one(other)
    assert len({trial.params["max_depth"] for trial in one.turns.study.trials}) == 10


def test_a_run_waits_for_the_trials_of_others(
    storage: StudyDatabase, tree: Configure, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    configuration = tree()
    worker = make_worker(configuration, storage)
    trial = worker.turns.take()
    assert trial is not None

    def finish_last(study: optuna.Study, finished: FrozenTrial) -> None:
        # This was the last trial that the run could take: from now on, it waits for the other one.
        if finished.number == 3:
            storage.set_trial_state_values(trial._trial_id, TrialState.COMPLETE, [0.5])

    study = run_search(configuration, storage, [finish_last])
    assert [trial.state for trial in study.trials] == [TrialState.COMPLETE] * 4
    assert study.trials[0].value == 0.5


def test_an_interrupted_run_puts_back_only_its_own_trials(
    storage: StudyDatabase, tree: Configure
) -> None:
    configuration = tree(8)
    of_another = make_worker(configuration, storage).turns.take()
    assert of_another is not None

    def interrupt(study: optuna.Study, trial: FrozenTrial) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run_search(configuration, storage, [interrupt])
    states = [trial.state for trial in of_another.study.trials]
    assert states == [TrialState.RUNNING, TrialState.COMPLETE]


def test_an_interrupted_trial_is_put_back(
    storage: StudyDatabase, tree: Configure, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupt(*_: Any) -> None:
        raise KeyboardInterrupt

    configuration = tree(8)
    with monkeypatch.context() as patch:
        patch.setattr(Objective, "__call__", interrupt)
        with pytest.raises(KeyboardInterrupt):
            run_search(configuration, storage)
    [trial] = configuration.open_study(storage).trials
    assert trial.state == TrialState.WAITING
    assert SUSPECT not in trial.user_attrs
    study = run_search(configuration, storage)
    assert study.trials[0].params == trial.params
    assert [trial.state for trial in study.trials] == [TrialState.COMPLETE] * 8


def test_a_late_process_finishes_a_trial_that_was_put_back(
    storage: StudyDatabase, tree: Configure
) -> None:
    late = make_worker(tree(1), storage)
    trial = late.turns.take()
    assert trial is not None
    storage.set_trial_state_values(trial._trial_id, TrialState.WAITING)
    told = late.turns.tell(trial, 0.5, TrialState.COMPLETE)
    assert told is not None
    assert (told.value, told.params) == (0.5, trial.params)
    assert run_one(make_worker(tree(1), storage)) is None


def test_a_stalled_process_leaves_a_trial_for_which_another_drew_parameters(
    storage: StudyDatabase, tree: Configure, monkeypatch: pytest.MonkeyPatch
) -> None:
    space = {"max_depth": {"type": "int", "low": 1, "high": 10**9}}
    configuration = tree(3, search_space=space, sampler={"class": "RandomSampler"})
    stalled, other = make_worker(configuration, storage), make_worker(configuration, storage)
    assert run_one(other) is not None  # the trial with the default arguments
    drawn: list[optuna.Trial | None] = []
    draw = stalled.turns.study.sampler.sample_independent

    def stall(study: optuna.Study, trial: FrozenTrial, *args: Any) -> Any:
        monkeypatch.undo()
        storage.set_trial_state_values(trial._trial_id, TrialState.WAITING)
        drawn.append(other.turns.take())
        return draw(study, trial, *args)

    monkeypatch.setattr(stalled.turns.study.sampler, "sample_independent", stall)
    assert run_one(stalled) is None
    [trial] = drawn
    assert trial is not None
    stored = storage.get_trial(trial._trial_id)
    assert (stored.state, stored.params) == (TrialState.RUNNING, trial.params)


def test_one_process_searches_two_databases_with_the_right_workers(
    storage: StudyDatabase, postgres: Any, tree: Configure
) -> None:
    another = open_database(postgres.make_database())
    for each in (storage, another):
        study = run_search(tree(4, n_jobs=2), each)
        assert [trial.state for trial in study.trials] == [TrialState.COMPLETE] * 4


def test_a_late_process_leaves_a_trial_that_another_finished(
    storage: StudyDatabase, tree: Configure, monkeypatch: pytest.MonkeyPatch
) -> None:
    late, score = make_worker(tree(2), storage), Objective.__call__

    def be_late(objective: Objective, trial: optuna.Trial, *args: Any) -> float:
        storage.set_trial_state_values(trial._trial_id, TrialState.COMPLETE, [0.5])
        return score(objective, trial, *args)

    with monkeypatch.context() as patch:
        patch.setattr(Objective, "__call__", be_late)
        assert run_one(late) is None
    assert run_one(late) is not None  # the next one
    assert late.turns.study.trials[0].value == 0.5


def test_a_worker_adds_trials_up_to_the_total_of_the_run_that_started(
    storage: StudyDatabase, tree: Configure, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    study = run_search(tree(3), storage)
    study.set_user_attr("n_trials", 7)  # a run with a larger total has started
    added: list[int] = []
    studies = add_trials({"model": tree(99)}, storage, [lambda _, trial: added.append(trial.number)])
    assert added == [3, 4, 5, 6]
    assert studies["model"].study_name == study.study_name
    assert f"Adding trials to {study.study_name}: 3 of 7 are finished." in caplog.messages
    assert "No trial is left to take." in caplog.messages


def test_a_worker_without_a_study_is_told_to_start_one(storage: StudyDatabase, tree: Configure) -> None:
    with pytest.raises(
        InputError, match="The storage has no study yet: start `kedro run --env cluster`"
    ):
        add_trials({"model": tree()}, storage)
    assert storage.get_all_studies() == []


def test_a_worker_whose_study_differs_is_refused_with_the_difference(
    storage: StudyDatabase, tree: Configure
) -> None:
    name = run_search(tree(random_seed=1), storage).study_name
    message = f"The most similar study is {name}. What differs: random_seed 1 → 2. Use the same data"
    with pytest.raises(InputError, match=re.escape(message)):
        add_trials({"model": tree(random_seed=2)}, storage)
    assert len(storage.get_all_studies()) == 1


def test_a_worker_says_that_other_machines_run_the_rest(
    storage: StudyDatabase, tree: Configure, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    study = run_search(tree(2), storage)
    study.set_user_attr("n_trials", 4)
    of_another = make_worker(tree(4), storage)
    assert of_another.turns.take() is not None
    add_trials({"model": tree(4)}, storage)
    assert "3 of 4 trials (other machines are running the rest)" in caplog.messages


def test_a_run_waits_only_for_its_own_total(storage: StudyDatabase, tree: Configure) -> None:
    larger = make_worker(tree(10), storage)
    run_one(larger)
    run_one(larger)
    first, second = larger.turns.take(), larger.turns.take()
    assert first is not None
    assert second is not None
    finish = storage.set_trial_state_values
    timer = Timer(1, finish, (first._trial_id, TrialState.COMPLETE, [0.5]))
    timer.start()
    study = run_search(tree(3), storage)
    assert [trial.number for trial in study.trials] == [0, 1, 2]
    assert storage.get_trial(second._trial_id).state == TrialState.RUNNING


def test_the_study_of_a_run_stays_as_it_was_at_its_end(storage: StudyDatabase, tree: Configure) -> None:
    study = run_search(tree(3), storage)
    best = study.best_trial
    live = optuna.load_study(study_name=study.study_name, storage=storage)
    live.add_trial(optuna.create_trial(value=1.0))
    assert (study.best_trial, len(study.trials)) == (best, 3)


def test_a_smaller_total_counts_for_workers_even_if_it_is_reached(
    storage: StudyDatabase, tree: Configure
) -> None:
    run_search(tree(4), storage)
    study = run_search(tree(2), storage)
    added: list[int] = []
    add_trials({"model": tree(4)}, storage, [lambda _, trial: added.append(trial.number)])
    assert (study.user_attrs["n_trials"], added) == (2, [])


def test_a_trial_that_was_queued_with_an_integer_for_a_float_runs_at_once(
    storage: StudyDatabase, tree: Configure
) -> None:
    space = {"max_features": {"type": "float", "low": 0.1, "high": 1}}
    configuration = tree(1, search_space=space)
    configuration.open_study(storage).enqueue_trial({"max_features": 1})
    [trial] = run_search(configuration, storage).trials
    assert (trial.params, SUSPECT in trial.user_attrs) == ({"max_features": 1.0}, False)


def test_machines_that_start_after_a_change_of_the_score_take_over_its_trials_once(
    database_url: str, tree: Configure, tmp_path: Path
) -> None:
    before, after = tree(n_trials=12), tree(n_trials=12, scoring="balanced_accuracy")
    artifacts = FileSystemArtifactStore(tmp_path)
    search_and_keep({"tree": before}, open_database(database_url), artifacts)

    def take_over(_: int) -> None:
        store = PredictionStore(artifacts, describe_truth(after))
        take_over_rescored(after, open_database(database_url), store)

    with ThreadPoolExecutor(3) as machines:
        [*_] = machines.map(take_over, range(3))
    study = optuna.load_study(study_name=after.study_name, storage=open_database(database_url))
    params = [str(trial.params) for trial in study.trials]
    assert len(params) == len(set(params)) > 0


def test_a_study_that_is_removed_during_a_search_is_one_clear_error(
    storage: StudyDatabase, tree: Configure
) -> None:
    def remove(study: optuna.Study, _: FrozenTrial) -> None:
        optuna.delete_study(study_name=study.study_name, storage=storage)

    with pytest.raises(InputError, match="was removed while this run was searching it: run again"):
        run_search(tree(3), storage, [remove])


def test_a_study_is_not_removed_while_a_machine_searches_it(
    storage: StudyDatabase, tree: Configure
) -> None:
    study = run_search(tree(2), storage)
    trial = make_worker(tree(3), storage).turns.take()
    assert trial is not None
    with pytest.raises(
        InputError, match=rf"Study {study.study_name} is being searched \(running trials: 1\): stop"
    ):
        remove_studies(storage, summarize_studies(storage))
    storage.set_trial_state_values(trial._trial_id, TrialState.COMPLETE, [0.5])
    remove_studies(storage, summarize_studies(storage))
    assert storage.get_all_studies() == []


@pytest.fixture
def candidates(tree: Configure) -> dict[str, StudyConfiguration]:
    neighbors = {
        "model": {"class": "sklearn.neighbors.KNeighborsClassifier"},
        "search_space": {"n_neighbors": {"type": "int", "low": 1, "high": 9}},
    }
    return {"tree": tree(7), "neighbors": tree(7, **neighbors)}


def test_a_worker_helps_with_every_candidate_of_a_contest(
    storage: StudyDatabase,
    candidates: dict[str, StudyConfiguration],
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.INFO)
    added: list[str] = []

    def help_out(study: optuna.Study, trial: FrozenTrial) -> None:
        if not added:
            add_trials(candidates, storage, [lambda study, _: added.append(study.study_name)])

    run_contest(candidates, storage, [help_out])
    names = [configuration.study_name for configuration in candidates.values()]
    assert Counter(added) == {names[0]: 3, names[1]: 3}
    assert f"Adding trials to {', '.join(names)}: 1 of 7 are finished." in caplog.messages


def test_the_candidates_of_a_contest_get_equal_shares(
    storage: StudyDatabase,
    candidates: dict[str, StudyConfiguration],
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.INFO)
    studies = run_contest(candidates, storage)
    assert {name: len(study.trials) for name, study in studies.items()} == {"tree": 4, "neighbors": 3}
    assert "Each candidate gets an equal share: tree 4, neighbors 3" in caplog.text
    totals = {name: study.user_attrs["n_trials"] for name, study in studies.items()}
    assert totals == {"tree": 4, "neighbors": 3}
    run_contest(candidates, storage)
    assert "The contest already has 7 trials." in caplog.text
    assert "No trial is left to take." not in caplog.messages
    add_trials(candidates, storage)
    assert "No trial is left to take." in caplog.messages
