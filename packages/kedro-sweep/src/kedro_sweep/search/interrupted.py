"""What happens to trials whose process ended before they finished."""

import optuna
from optuna.trial import FrozenTrial, TrialState

SUSPECT = "suspect"
REASON = "its process was killed twice, the second time while it ran alone; it may need more memory"


def requeue(study: optuna.Study) -> None:
    """Put unfinished trials back in the queue, ahead of new ones.

    Args:
        study: A study that no process is working on.
    """
    for trial in _list_running(study):
        study._storage.set_trial_state_values(trial._trial_id, TrialState.WAITING)


def suspect(study: optuna.Study) -> None:
    """Put unfinished trials back in the queue, marked as suspects: one may have killed its process.

    Args:
        study: A study that no process is working on, because they were killed.
    """
    for trial in _list_running(study):
        study._storage.set_trial_user_attr(trial._trial_id, SUSPECT, True)
    requeue(study)


def convict(study: optuna.Study) -> list[FrozenTrial]:
    """Fail a suspect that was running alone when its process was killed again.

    Args:
        study: A study whose only worker process was killed.

    Returns:
        The failed trial in a list. Empty if the trial that ran was not a suspect; it becomes one.
    """
    suspects = [trial for trial in _list_running(study) if SUSPECT in trial.user_attrs]
    for trial in suspects:
        study._storage.set_trial_user_attr(trial._trial_id, "error", REASON)
        study._storage.set_trial_state_values(trial._trial_id, TrialState.FAIL)
    suspect(study)
    return [study._storage.get_trial(trial._trial_id) for trial in suspects]


def has_suspects(study: optuna.Study) -> bool:
    """Check whether a trial that was running when a process was killed is waiting to run again.

    Args:
        study: The study.

    Returns:
        Whether there is one.
    """
    waiting = study.get_trials(deepcopy=False, states=(TrialState.WAITING,))
    return any(SUSPECT in trial.user_attrs for trial in waiting)


def _list_running(study: optuna.Study) -> list[FrozenTrial]:
    return study.get_trials(deepcopy=False, states=(TrialState.RUNNING,))
