"""The summaries of the studies in a storage, and how studies are removed."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Literal

import optuna
import pytest
from optuna.storages import BaseStorage, JournalStorage
from optuna.storages.journal import JournalFileBackend
from optuna.trial import TrialState, create_trial

from kedro_sweep.errors import InputError
from kedro_sweep.search import StudyConfiguration, open_journal
from kedro_sweep.search.storage._journal import find_journal, hold_study
from kedro_sweep.search.storage._studies import remove_studies, summarize_studies

optuna.logging.set_verbosity(optuna.logging.WARNING)


@pytest.fixture
def journal(tmp_path: Path) -> Path:
    return tmp_path / "studies.journal"


def add_study(
    storage: BaseStorage, name: str, direction: Literal["minimize", "maximize"] = "maximize"
) -> optuna.Study:
    """Add a study with trials in every state, and all that a trial can record."""
    study = optuna.create_study(storage=storage, study_name=name, direction=direction)
    study.set_user_attr("note", {"by": name})
    for number in range(3):
        trial = study.ask()
        x = trial.suggest_float("x", 0, 1)
        trial.suggest_categorical("kind", ["a", None, True])
        trial.report(x / 2, step=0)
        trial.set_user_attr("number", number)
        study.tell(trial, x)
    study.tell(study.ask(), state=TrialState.PRUNED)
    study.tell(study.ask(), state=TrialState.FAIL)
    study.ask()
    study.enqueue_trial({"x": 0.5})
    return study


def describe(study: optuna.Study) -> list[Any]:
    """All that a study holds, but for the numbers of its trials in the storage."""
    trials = [vars(trial) | {"_trial_id": None} for trial in study.get_trials()]
    return [study.study_name, study.directions, study.user_attrs, trials]


def read_study(journal: Path, name: str) -> optuna.Study:
    """Load a study with Optuna's own backend."""
    storage = JournalStorage(JournalFileBackend(str(journal)))
    return optuna.load_study(study_name=name, storage=storage)


def test_every_study_is_summarized_the_oldest_first(storage: BaseStorage) -> None:
    studies = [add_study(storage, "high"), add_study(storage, "low", "minimize")]
    high, low = summarize_studies(storage)
    assert [high.name, low.name] == ["high", "low"]
    assert high.states == {"complete": 3, "pruned": 1, "fail": 1, "running": 1, "waiting": 1}
    assert [high.best_value, low.best_value] == [study.best_value for study in studies]


def test_the_newest_study_is_found_whatever_the_time_zones_of_the_machines(storage: BaseStorage) -> None:
    early, late = (optuna.create_study(storage=storage, study_name=name) for name in ("early", "late"))
    ahead = create_trial(value=1.0)
    ahead.datetime_start = datetime.now() + timedelta(hours=9)
    early.add_trial(ahead)
    late.add_trial(create_trial(value=1.0))
    optuna.create_study(storage=storage, study_name="empty")
    found = [study.last_trial for study in summarize_studies(storage)]
    assert found[2] is None
    assert sorted(found[:2], key=lambda trial: trial or 0) == found[:2]


def test_the_configuration_is_the_one_that_the_search_recorded(
    storage: BaseStorage, configure: Callable[..., StudyConfiguration]
) -> None:
    configuration = configure()
    configuration.open_study(storage)
    [summary] = summarize_studies(storage)
    assert summary.name == configuration.study_name
    assert summary.configuration == configuration.description
    assert summary.best_value is None
    assert summary.states == {}


def test_a_study_without_a_configuration_is_summarized_all_the_same(storage: BaseStorage) -> None:
    add_study(storage, "RandomForestClassifier-0123456789ab")
    [summary] = summarize_studies(storage)
    assert summary.configuration == {}


def test_a_study_of_several_objectives_has_no_best_value(storage: BaseStorage) -> None:
    study = optuna.create_study(storage=storage, directions=["maximize", "minimize"])
    study.add_trial(optuna.trial.create_trial(values=[1.0, 2.0]))
    [summary] = summarize_studies(storage)
    assert summary.best_value is None


def test_removing_a_study_leaves_the_others_as_they_were(storage: BaseStorage) -> None:
    kept = {name: describe(add_study(storage, name)) for name in ("first", "last")}
    add_study(storage, "removed")
    kept["newest"] = describe(add_study(storage, "newest"))
    [removed] = [study for study in summarize_studies(storage) if study.name == "removed"]
    remove_studies(storage, [removed])
    if journal := find_journal(storage):  # as another process finds it
        storage = open_journal(journal._file_path)
    found = {
        name: describe(optuna.load_study(study_name=name, storage=storage))
        for name in optuna.get_all_study_names(storage)
    }
    assert found == kept


def test_a_study_goes_on_after_others_were_removed(journal: Path) -> None:
    storage = open_journal(str(journal))
    add_study(storage, "removed")
    add_study(storage, "kept")
    remove_studies(storage, summarize_studies(storage)[:1])
    del storage
    study = optuna.load_study(study_name="kept", storage=open_journal(str(journal)))
    trial = study.ask()
    assert trial.suggest_float("x", 0, 1) == 0.5  # the trial that was waiting
    study.tell(trial, 2.0)
    assert read_study(journal, "kept").best_value == 2.0
    assert len(read_study(journal, "kept").trials) == 7


def test_no_study_is_removed_while_another_run_searches_one_of_them(journal: Path) -> None:
    storage = open_journal(str(journal))
    add_study(storage, "one")
    add_study(storage, "other")
    whole = journal.read_bytes()
    with (
        hold_study(open_journal(str(journal)), "other"),
        pytest.raises(InputError, match="Study other is being searched by another run: wait until"),
    ):
        remove_studies(storage, summarize_studies(storage))
    assert journal.read_bytes() == whole
    remove_studies(storage, summarize_studies(storage))
    assert summarize_studies(open_journal(str(journal))) == []


def test_what_another_process_added_since_the_list_was_made_is_kept(journal: Path) -> None:
    storage = open_journal(str(journal))
    add_study(storage, "removed")
    summaries = summarize_studies(storage)
    add_study(open_journal(str(journal)), "new")
    remove_studies(storage, [*summaries, replace(summaries[0], name="unknown")])
    assert optuna.get_all_study_names(open_journal(str(journal))) == ["new"]
