"""The studies in a storage: what each contains, and how to remove one."""

import json
from collections import Counter
from collections.abc import Collection
from contextlib import nullcontext
from dataclasses import dataclass
from typing import Any

import optuna
from optuna.storages import BaseStorage
from optuna.study import StudyDirection
from optuna.trial import FrozenTrial, TrialState

from kedro_sweep.errors import InputError
from kedro_sweep.search.configuration import DESCRIPTION
from kedro_sweep.search.database import StudyDatabase
from kedro_sweep.search.journal import SweepJournalBackend, find_journal


@dataclass(frozen=True)
class StudySummary:
    """A summary of a study.

    Attributes:
        name: Its name, which begins with the model's class.
        states: Number of trials by state, such as `{"complete": 100, "pruned": 3}`.
        best_value: The best value of its trials; None if there is none or if trials have several values.
        configuration: The recorded `StudyConfiguration.description`; empty if the study was started
            before descriptions were recorded.
        size: Bytes in the journal; None in any other storage.
        last_trial: ID of its newest trial, which is higher than that of any older trial in the storage;
            None if it has none. Times would not compare, because every machine stores its local time.
    """

    name: str
    states: dict[str, int]
    best_value: float | None
    configuration: dict[str, Any]
    size: int | None
    last_trial: int | None = None


def summarize_studies(storage: BaseStorage) -> list[StudySummary]:
    """Summarize all studies in a storage."""
    studies = storage.get_all_studies()
    trials = {
        study.study_name: storage.get_all_trials(study._study_id, deepcopy=False) for study in studies
    }
    journal = find_journal(storage)
    sizes = {} if journal is None else _measure(journal, storage)
    return [
        StudySummary(
            name=study.study_name,
            states=dict(Counter(trial.state.name.lower() for trial in trials[study.study_name])),
            best_value=_find_best_value(trials[study.study_name], study.directions),
            configuration=study.user_attrs.get(DESCRIPTION, {}),
            size=sizes.get(study.study_name),
            last_trial=max((trial._trial_id for trial in trials[study.study_name]), default=None),
        )
        for study in studies
    ]


def _find_best_value(trials: list[FrozenTrial], directions: list[StudyDirection]) -> float | None:
    values = [trial.values for trial in trials if trial.state == TrialState.COMPLETE]
    if len(directions) > 1 or not values:
        return None
    best = max(values) if directions[0] == StudyDirection.MAXIMIZE else min(values)
    return float(best[0])


def _measure(journal: SweepJournalBackend, storage: BaseStorage) -> Counter[str]:
    """Count the bytes of each study's lines, which name the study, its number or one of its trials."""
    names = {study._study_id: study.study_name for study in storage.get_all_studies()}
    owners = {
        trial._trial_id: name
        for study_id, name in names.items()
        for trial in storage.get_all_trials(study_id, deepcopy=False)
    }
    sizes: Counter[str] = Counter()
    for line in journal.read_lines():
        log = json.loads(line)
        name = log.get("study_name") or names.get(log.get("study_id")) or owners.get(log.get("trial_id"))
        if name:
            sizes[name] += len(line)
    return sizes


def remove_studies(storage: BaseStorage, studies: Collection[StudySummary]) -> None:
    """Remove studies."""
    names = {study.name for study in studies}
    if isinstance(storage, StudyDatabase):
        _check_idle(storage, names)
    journal = find_journal(storage)
    with nullcontext() if journal is None else journal.open_alone():
        for name in names.intersection(optuna.get_all_study_names(storage)):
            optuna.delete_study(study_name=name, storage=storage)


def _check_idle(database: StudyDatabase, names: Collection[str]) -> None:
    """Refuse to remove a study that a machine is searching."""
    for name in names:
        study_id = database.get_study_id_from_name(name)
        database.watch_running(study_id)
        database.put_back_lost(study_id)
        running = database.get_all_trials(study_id, deepcopy=False, states=(TrialState.RUNNING,))
        if running:
            raise InputError(
                f"Study {name} is being searched (running trials: {len(running)}): stop the runs and "
                "workers that search it, or wait until they end. Trials of a killed process stop "
                f"counting after {database.grace_period} s."
            )
