"""Equal shares for the candidates of a contest on several machines, which hold no rounds."""

from collections.abc import Iterator, Mapping, Sequence
from time import time

from optuna.trial import FrozenTrial

from kedro_sweep.search.progress import Best
from kedro_sweep.search.run import Callback, call_back, tell
from kedro_sweep.search.study_run import StudyRun


def plan_shares(names: Sequence[str], n_trials: int) -> dict[str, int]:
    """Divide a number of trials equally."""
    share, rest = divmod(n_trials, len(names))
    return {name: share + (number < rest) for number, name in enumerate(names)}


def run_shares(
    runs: Mapping[str, StudyRun],
    totals: Mapping[str, int],
    best: Best,
    callbacks: Sequence[Callback],
) -> Iterator[FrozenTrial]:
    """Run trials until each study has its total, one study after the other.

    They share the time limit equally. Only at the end does it wait for trials that other machines are
    running.
    """
    deadline = next(iter(runs.values())).start_clock()
    waiting = not any(run.adds for run in runs.values())
    for waits in (False, True) if waiting else (False,):
        for position, (name, run) in enumerate(runs.items()):
            end = deadline if waits else share_time(time(), deadline, len(runs) - position)
            trials = run.run_trials(totals[name], end, waits=waits)
            if len(runs) == 1:
                yield from best.watch(call_back(trials, run.study, callbacks))
                continue
            # If one candidate fails, the others continue.
            yield from tell(best.watch(trials, name), run.study, callbacks)


def share_time(now: float, deadline: float, n_parts: int) -> float:
    """Split the time until the deadline into equal parts, and return when the first part ends."""
    return now + max(0.0, deadline - now) / n_parts
