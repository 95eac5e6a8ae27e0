"""Equal shares for the candidates of a contest on several machines, which cannot take turns."""

from collections.abc import Iterator, Mapping, Sequence
from time import time

from optuna.trial import FrozenTrial

from kedro_sweep.search.progress import Best
from kedro_sweep.search.run import Callback, call_back
from kedro_sweep.search.study_run import StudyRun


def plan_shares(names: Sequence[str], n_trials: int) -> dict[str, int]:
    """Share a total of trials out equally.

    Args:
        names: The candidates; what cannot be shared equally goes to the first ones.
        n_trials: Number of trials of all candidates together.

    Returns:
        Number of trials by name.
    """
    share, rest = divmod(n_trials, len(names))
    return {name: share + (number < rest) for number, name in enumerate(names)}


def run_shares(
    runs: Mapping[str, StudyRun],
    totals: Mapping[str, int],
    timeout: float | None,
    best: Best,
    callbacks: Sequence[Callback],
) -> Iterator[FrozenTrial]:
    """Bring each study to its total, one after the other, and wait for other machines in the end only.

    Args:
        runs: The studies.
        totals: Number of trials that each should have.
        timeout: Seconds that the studies share equally; None for no limit.
        best: Sees every trial.
        callbacks: Called with the study and each trial of this run when it is finished.

    Yields:
        The trials of this run as they finish.
    """
    deadline = time() + (timeout or float("inf"))
    waiting = not any(run.adds for run in runs.values())
    for waits in (False, True) if waiting else (False,):
        for position, (name, run) in enumerate(runs.items()):
            end = deadline if waits else share_time(time(), deadline, len(runs) - position)
            trials = run.run_trials(totals[name], end, waits=waits)
            if len(runs) == 1:
                yield from best.watch(call_back(trials, run.study, callbacks))
                continue
            for trial in best.watch(trials, name):  # of a candidate that fails, others go on
                for callback in callbacks:
                    callback(run.study, trial)
                yield trial


def share_time(now: float, deadline: float, n_parts: int) -> float:
    """Give the end of the first of some equal parts of the time that is left.

    Args:
        now: Unix time, in seconds.
        deadline: Unix time, in seconds.
        n_parts: Number of parts.

    Returns:
        Unix time, in seconds.
    """
    return now + max(0.0, deadline - now) / n_parts
