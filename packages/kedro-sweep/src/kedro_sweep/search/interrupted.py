"""What becomes of trials whose process ended before they did."""

import optuna
from optuna.trial import FrozenTrial, TrialState

SUSPECT = "suspect"
REASON = "its process was killed twice, the second time while it ran alone; perhaps it needs more memory"


def requeue(study: optuna.Study) -> None:
    """Put unfinished trials back in the queue, from which `ask` takes them first.

    Args:
        study: A study that no process is working on.
    """
    for trial in _list_running(study):
        study._storage.set_trial_state_values(trial._trial_id, TrialState.WAITING)


def suspect(study: optuna.Study) -> None:
    """Put unfinished trials back in the queue, as suspects: one of them may have killed its process.

    Args:
        study: A study that no process is working on, because they were killed.
    """
    for trial in _list_running(study):
        study._storage.set_trial_user_attr(trial._trial_id, SUSPECT, True)
    requeue(study)


def convict(study: optuna.Study) -> list[FrozenTrial]:
    """Fail the suspect that has killed its process again, while it ran alone.

    Args:
        study: A study of which the only working process was killed.

    Returns:
        The trial; none if the one that ran was not a suspect, which becomes one.
    """
    suspects = [trial for trial in _list_running(study) if SUSPECT in trial.user_attrs]
    for trial in suspects:
        study._storage.set_trial_user_attr(trial._trial_id, "error", REASON)
        study._storage.set_trial_state_values(trial._trial_id, TrialState.FAIL)
    suspect(study)
    return [study._storage.get_trial(trial._trial_id) for trial in suspects]


def has_suspects(study: optuna.Study) -> bool:
    """Tell whether a trial waits that was running when a process was killed.

    Args:
        study: The study.

    Returns:
        Whether there is one.
    """
    waiting = study.get_trials(deepcopy=False, states=(TrialState.WAITING,))
    return any(SUSPECT in trial.user_attrs for trial in waiting)


def _list_running(study: optuna.Study) -> list[FrozenTrial]:
    return study.get_trials(deepcopy=False, states=(TrialState.RUNNING,))
