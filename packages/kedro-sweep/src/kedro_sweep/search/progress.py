"""Show how far a sweep is: a bar in a terminal, now and then a log line elsewhere."""

import logging
from collections.abc import Iterable
from datetime import timedelta
from time import monotonic

import optuna
from optuna.study import StudyDirection
from optuna.trial import FrozenTrial, TrialState
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

logger = logging.getLogger(__name__)

LOG_LINES = 10

COMPLETE, PRUNED, FAIL = TrialState.COMPLETE, TrialState.PRUNED, TrialState.FAIL


def show_progress(trials: Iterable[FrozenTrial], study: optuna.Study, total: int) -> None:
    """Run through the trials as they finish, and show each.

    Args:
        trials: The trials of this run, in the order in which they finish.
        study: The study that they belong to.
        total: Number of finished trials that the study should reach.
    """
    finished = study.get_trials(deepcopy=False, states=(COMPLETE, PRUNED, FAIL))
    best = Best(study.direction)
    for trial in finished:
        best.see(trial)
    show = _show_bar if Console().is_terminal else _log_lines
    show(trials, best, len(finished), total)


class Best:
    """The best trial seen so far."""

    def __init__(self, direction: StudyDirection) -> None:
        """Start with none.

        Args:
            direction: Whether higher or lower is better.
        """
        self._sign = 1 if direction == StudyDirection.MAXIMIZE else -1
        self._score = float("-inf")
        self._trial: FrozenTrial | None = None

    def see(self, trial: FrozenTrial) -> None:
        """Keep the trial if it is the best.

        Args:
            trial: A finished trial.
        """
        if trial.state != COMPLETE or trial.value is None:
            return
        score = self._sign * trial.value
        if score > self._score:
            self._score, self._trial = score, trial

    def __str__(self) -> str:
        """Name its value and number."""
        if self._trial is None:
            return "no value yet"
        return f"best {self._trial.value:.4f} (trial {self._trial.number})"


def _show_bar(trials: Iterable[FrozenTrial], best: Best, before: int, total: int) -> None:
    columns = (
        TextColumn("Trials"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("{task.fields[best]}"),
        TextColumn("time left"),
        TimeRemainingColumn(),
    )
    with Progress(*columns, refresh_per_second=4) as progress:
        bar = progress.add_task("", total=total, completed=before, best=str(best))
        for trial in trials:
            best.see(trial)
            progress.update(bar, advance=1, best=str(best))


def _log_lines(trials: Iterable[FrozenTrial], best: Best, before: int, total: int) -> None:
    start = monotonic()
    step = max(1, (total - before) // LOG_LINES)
    for done, trial in enumerate(trials, start=1):
        best.see(trial)
        if done % step == 0 or before + done == total:
            left = timedelta(seconds=round((monotonic() - start) / done * (total - before - done)))
            logger.info("%d of %d trials, %s, time left %s", before + done, total, best, left)
