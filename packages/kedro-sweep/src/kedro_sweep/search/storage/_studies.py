"""The studies in a storage: what each contains, and how to remove one."""

from collections import Counter
from collections.abc import Collection
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Any

import optuna
from optuna.storages import BaseStorage
from optuna.study import StudyDirection
from optuna.trial import FrozenTrial, TrialState

from kedro_sweep.errors import InputError
from kedro_sweep.search.storage._database import StudyDatabase
from kedro_sweep.search.storage._journal import hold_study
from kedro_sweep.search.study import attributes, rank


@dataclass(frozen=True)
class StudySummary:
    name: str
    states: dict[str, int]  # number of trials, such as {"complete": 100, "pruned": 3}
    best_value: float | None  # None if there is none or if trials have several values
    configuration: dict[str, Any]  # `StudyConfiguration.description`; empty in old studies
    # Its newest trial has a higher ID than any older trial in the storage. Times would not compare,
    # because every machine stores its local time.
    last_trial: int | None = None


def summarize_studies(storage: BaseStorage) -> list[StudySummary]:
    return [
        StudySummary(
            name=study.study_name,
            states=dict(Counter(trial.state.name.lower() for trial in trials)),
            best_value=_find_best_value(trials, study.directions),
            configuration=study.user_attrs.get(attributes.DESCRIPTION, {}),
            last_trial=max((trial._trial_id for trial in trials), default=None),
        )
        for study in storage.get_all_studies()
        for trials in [storage.get_all_trials(study._study_id, deepcopy=False)]
    ]


def _find_best_value(trials: list[FrozenTrial], directions: list[StudyDirection]) -> float | None:
    complete = [trial for trial in trials if trial.state == TrialState.COMPLETE]
    return rank(complete, directions[0])[0].value if complete and len(directions) == 1 else None


def remove_studies(storage: BaseStorage, studies: Collection[StudySummary]) -> None:
    names = {study.name for study in studies}
    if isinstance(storage, StudyDatabase):
        for name in names:
            study_id = storage.get_study_id_from_name(name)
            storage.watch_running(study_id)
            storage.put_back_lost(study_id)
            running = storage.get_all_trials(study_id, deepcopy=False, states=(TrialState.RUNNING,))
            if running:
                raise InputError(
                    f"Study {name} is being searched (running trials: {len(running)}): stop the runs "
                    "and workers that search it, or wait until they end. Trials of a killed process "
                    f"stop counting after {storage.grace_period} s."
                )
    with ExitStack() as stack:
        for name in names:  # none is removed if another run is searching one of them
            stack.enter_context(hold_study(storage, name))
        for name in names.intersection(optuna.get_all_study_names(storage)):
            optuna.delete_study(study_name=name, storage=storage)
