"""What becomes of trials whose process ended before they did."""

import optuna
from optuna.trial import FrozenTrial, TrialState

DEATHS = "deaths"
MAX_DEATHS = 2


def requeue(study: optuna.Study) -> None:
    """Put unfinished trials back in the queue, from which `ask` takes them first.

    Args:
        study: A study that no process is working on.
    """
    for trial in study.get_trials(deepcopy=False, states=(TrialState.RUNNING,)):
        study._storage.set_trial_state_values(trial._trial_id, TrialState.WAITING)


def settle(study: optuna.Study) -> list[FrozenTrial]:
    """Count a death for each unfinished trial: requeue it the first time, fail it the second.

    Args:
        study: A study of which every working process has been killed.

    Returns:
        The trials that have failed.
    """
    storage = study._storage
    failed = []
    for trial in study.get_trials(deepcopy=False, states=(TrialState.RUNNING,)):
        deaths = trial.user_attrs.get(DEATHS, 0) + 1
        storage.set_trial_user_attr(trial._trial_id, DEATHS, deaths)
        if deaths < MAX_DEATHS:
            storage.set_trial_state_values(trial._trial_id, TrialState.WAITING)
            continue
        reason = f"its process was killed {deaths} times, perhaps for lack of memory"
        storage.set_trial_user_attr(trial._trial_id, "error", reason)
        storage.set_trial_state_values(trial._trial_id, TrialState.FAIL)
        failed.append(storage.get_trial(trial._trial_id))
    return failed


def count_suspects(study: optuna.Study) -> int:
    """Count the waiting trials that have been running when a process was killed.

    Args:
        study: The study.

    Returns:
        Their number.
    """
    waiting = study.get_trials(deepcopy=False, states=(TrialState.WAITING,))
    return sum(DEATHS in trial.user_attrs for trial in waiting)
