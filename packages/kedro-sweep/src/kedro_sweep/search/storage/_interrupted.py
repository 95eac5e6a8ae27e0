"""What happens to trials whose process ended before they finished."""

from contextlib import suppress

import optuna
from optuna.exceptions import UpdateFinishedTrialError
from optuna.trial import FrozenTrial, TrialState

from kedro_sweep.search.study import ERROR, OWNER, SUSPECT

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
        study._storage.set_trial_user_attr(trial._trial_id, SUSPECT, True)
    requeue(study, owner)


def convict(study: optuna.Study, owner: str = "") -> list[FrozenTrial]:
    """Fail a suspect that was running alone when its process was killed again."""
    suspects = [trial for trial in list_running(study, owner) if SUSPECT in trial.user_attrs]
    for trial in suspects:
        study._storage.set_trial_user_attr(trial._trial_id, ERROR, REASON)
        study._storage.set_trial_state_values(trial._trial_id, TrialState.FAIL)
    suspect(study, owner)
    return [study._storage.get_trial(trial._trial_id) for trial in suspects]


def list_running(study: optuna.Study, owner: str = "") -> list[FrozenTrial]:
    """List the unfinished trials."""
    running = study.get_trials(deepcopy=False, states=(TrialState.RUNNING,))
    return [trial for trial in running if trial.system_attrs.get(OWNER, "").startswith(owner)]
