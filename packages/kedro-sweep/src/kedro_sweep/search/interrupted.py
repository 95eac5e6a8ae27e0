"""What becomes of trials whose process ended before they did."""

from contextlib import suppress

import optuna
from optuna.exceptions import UpdateFinishedTrialError
from optuna.trial import FrozenTrial, TrialState

SUSPECT = "suspect"
REASON = "its process was killed twice, the second time while it ran alone; perhaps it needs more memory"
LOST = (
    "its process was killed or lost the database twice, the second time while it ran alone; perhaps it "
    "needs more memory"
)
# The attribute of a trial that says who runs it, where processes of several machines may.
OWNER = "kedro_sweep:owner"


def requeue(study: optuna.Study, owner: str = "") -> None:
    """Put unfinished trials back in the queue, from which `ask` takes them first.

    Args:
        study: A study that no process is working on, except for trials of other owners.
        owner: How the name of the owner of these trials begins; empty for all trials.
    """
    for trial in list_running(study, owner):
        with suppress(UpdateFinishedTrialError):  # its process may just have finished it
            study._storage.set_trial_state_values(trial._trial_id, TrialState.WAITING)


def suspect(study: optuna.Study, owner: str = "") -> None:
    """Put unfinished trials back in the queue, as suspects: one of them may have killed its process.

    Args:
        study: A study that no process is working on, because they were killed.
        owner: As for `requeue`.
    """
    for trial in list_running(study, owner):
        study._storage.set_trial_user_attr(trial._trial_id, SUSPECT, True)
    requeue(study, owner)


def convict(study: optuna.Study, owner: str = "") -> list[FrozenTrial]:
    """Fail the suspect that has killed its process again, while it ran alone.

    Args:
        study: A study of which the only working process was killed.
        owner: As for `requeue`.

    Returns:
        The trial; none if the one that ran was not a suspect, which becomes one.
    """
    suspects = [trial for trial in list_running(study, owner) if SUSPECT in trial.user_attrs]
    for trial in suspects:
        study._storage.set_trial_user_attr(trial._trial_id, "error", REASON)
        study._storage.set_trial_state_values(trial._trial_id, TrialState.FAIL)
    suspect(study, owner)
    return [study._storage.get_trial(trial._trial_id) for trial in suspects]


def has_suspects(study: optuna.Study) -> bool:
    """Tell whether a trial waits that was running when a process was killed.

    Args:
        study: The study.

    Returns:
        Whether there is one.
    """
    return count_suspects(study) > 0


def count_suspects(study: optuna.Study) -> int:
    """Count the trials that wait, and were running when a process was killed.

    Args:
        study: The study.

    Returns:
        Their number.
    """
    waiting = study.get_trials(deepcopy=False, states=(TrialState.WAITING,))
    return sum(SUSPECT in trial.user_attrs for trial in waiting)


def list_running(study: optuna.Study, owner: str = "") -> list[FrozenTrial]:
    """List the unfinished trials.

    Args:
        study: The study.
        owner: As for `requeue`.

    Returns:
        The trials.
    """
    running = study.get_trials(deepcopy=False, states=(TrialState.RUNNING,))
    return [trial for trial in running if trial.system_attrs.get(OWNER, "").startswith(owner)]
