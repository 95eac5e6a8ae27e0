"""The trials of a study at the end of a search, while other machines may add more."""

import copy
from collections.abc import Container
from typing import Any, cast

import optuna
from optuna.storages import BaseStorage
from optuna.trial import FrozenTrial, TrialState

from kedro_sweep.search.study import list_finished, rank


def take_snapshot(study: optuna.Study) -> optuna.Study:
    """Copy a study so that its finished trials stay as they are now.

    So the choice of the model and its summary, for example, use the same trials.
    """
    snapshot = copy.copy(study)
    snapshot._storage = cast(BaseStorage, _Snapshot(study))
    return snapshot


class _Snapshot:
    """The finished trials of one study; everything else comes from the study's storage."""

    def __init__(self, study: optuna.Study) -> None:
        self._storage, self._frozen, self._direction = study._storage, study._study_id, study.direction
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

    def get_best_trial(self, study_id: int) -> FrozenTrial:
        trials = self.get_all_trials(study_id, deepcopy=False, states=(TrialState.COMPLETE,))
        if not trials:
            raise ValueError("No trials are completed yet.")
        return rank(trials, self._direction)[0]
