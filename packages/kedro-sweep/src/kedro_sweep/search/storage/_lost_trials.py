"""Trials whose process ended before they finished, and the finished ones at the end of a search."""

import copy
from collections.abc import Container
from contextlib import suppress
from typing import Any, cast

import optuna
from optuna.exceptions import UpdateFinishedTrialError
from optuna.storages import BaseStorage
from optuna.storages._cached_storage import _CachedStorage
from optuna.trial import FrozenTrial, TrialState

from kedro_sweep.search.study import attributes, list_finished

REASON = "its process was killed twice, the second time while it ran alone; it may need more memory"
LOST = (
    "its process was killed or lost the database twice, the second time while it ran alone; it may need "
    "more memory"
)


def requeue(study: optuna.Study, owner: str = "") -> None:
    """Put unfinished trials back in the queue, ahead of new ones."""
    for trial in list_running(study, owner):
        with suppress(UpdateFinishedTrialError):  # its process may just have finished it
            study._storage.set_trial_state_values(trial._trial_id, TrialState.WAITING)


def suspect(study: optuna.Study, owner: str = "") -> None:
    """Put unfinished trials back in the queue, marked as suspects: one may have killed its process."""
    for trial in list_running(study, owner):
        study._storage.set_trial_user_attr(trial._trial_id, attributes.SUSPECT, True)
    requeue(study, owner)


def convict(study: optuna.Study, owner: str = "") -> list[FrozenTrial]:
    """Fail a suspect that was running alone when its process was killed again."""
    suspects = [trial for trial in list_running(study, owner) if attributes.SUSPECT in trial.user_attrs]
    for trial in suspects:
        study._storage.set_trial_user_attr(trial._trial_id, attributes.ERROR, REASON)
        study._storage.set_trial_state_values(trial._trial_id, TrialState.FAIL)
    suspect(study, owner)
    return [study._storage.get_trial(trial._trial_id) for trial in suspects]


def list_running(study: optuna.Study, owner: str = "") -> list[FrozenTrial]:
    running = study.get_trials(deepcopy=False, states=(TrialState.RUNNING,))
    return [trial for trial in running if trial.system_attrs.get(attributes.OWNER, "").startswith(owner)]


def take_snapshot(study: optuna.Study) -> optuna.Study:
    """Copy a study so that the choice of the model and its summary, for example, use the same trials."""
    snapshot = copy.copy(study)
    snapshot._storage = cast(BaseStorage, _Snapshot(study))
    return snapshot


def find_storage(study: optuna.Study) -> BaseStorage:
    """Return the storage of a study without what a snapshot and Optuna put around it."""
    storage: Any = study._storage
    storage = storage._storage if isinstance(storage, _Snapshot) else storage
    return storage._backend if isinstance(storage, _CachedStorage) else storage


class _Snapshot:
    """The other studies come from the study's storage."""

    def __init__(self, study: optuna.Study) -> None:
        self._storage, self._frozen = study._storage, study._study_id
        self._trials = copy.deepcopy(list_finished([study]))

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):  # copying looks for some of these before there is a storage
            raise AttributeError(name)
        return getattr(self._storage, name)

    def get_all_trials(
        self,
        study_id: int,
        deepcopy: bool = True,  # as Optuna calls it
        states: Container[TrialState] | None = None,
    ) -> list[FrozenTrial]:
        if study_id != self._frozen:
            return self._storage.get_all_trials(study_id, deepcopy=deepcopy, states=states)
        trials = [trial for trial in self._trials if states is None or trial.state in states]
        return copy.deepcopy(trials) if deepcopy else trials

    get_best_trial = BaseStorage.get_best_trial
