"""Show the progress of a sweep: a bar in a terminal, occasional log lines elsewhere."""

import logging
from collections.abc import Iterable, Iterator
from datetime import timedelta
from time import monotonic

import optuna
from optuna.trial import FrozenTrial, TrialState
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from kedro_sweep.search.study import find_sign, list_finished

logger = logging.getLogger(__name__)

LOG_LINES = 10


class Best:
    """The best trial seen so far, and the number of finished trials, also of other machines."""

    def __init__(self, *studies: optuna.Study, is_shared: bool = False) -> None:
        """Start with the existing trials."""
        self._studies, self._is_shared = studies, is_shared
        self._sign = find_sign(studies[0].direction)
        self._score = float("-inf")
        self._text = "no score yet"
        self.n_finished = 0
        self._catch_up()

    def _catch_up(self) -> None:
        trials = list_finished(self._studies)
        for trial in trials:
            self._see(trial, "")
        self.n_finished = len(trials)

    def watch(self, trials: Iterable[FrozenTrial], name: str = "") -> Iterator[FrozenTrial]:
        """Pass trials through, count them and remember the best."""
        for trial in trials:
            self._see(trial, f"{name}, " if name else "")
            self.n_finished += 1
            if self._is_shared:
                self._catch_up()
            yield trial

    def _see(self, trial: FrozenTrial, prefix: str) -> None:
        if trial.state != TrialState.COMPLETE or trial.value is None:
            return
        score = self._sign * trial.value
        if score > self._score:
            self._score = score
            self._text = f"best {trial.value:.4f} ({prefix}trial {trial.number})"

    def __str__(self) -> str:
        """Describe its value and number."""
        return self._text


def show_progress(trials: Iterable[FrozenTrial], best: Best, total: int) -> None:
    """Consume the trials as they finish, and show their number and the best one."""
    show = _show_bar if Console().is_terminal else _log_lines
    show(trials, best, total)


def _show_bar(trials: Iterable[FrozenTrial], best: Best, total: int) -> None:
    columns = (
        TextColumn("Trials"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("{task.fields[best]}", markup=False),
        TextColumn("time left"),
        TimeRemainingColumn(),
    )
    with Progress(*columns, refresh_per_second=4) as progress:
        bar = progress.add_task("", total=total, completed=best.n_finished, best=str(best))
        for _ in trials:
            progress.update(bar, completed=best.n_finished, best=str(best))


def _log_lines(trials: Iterable[FrozenTrial], best: Best, total: int) -> None:
    start, before = monotonic(), best.n_finished
    step = max(1, (total - before) // LOG_LINES)
    next_line = before + step
    for _ in trials:
        number = best.n_finished
        if number >= next_line or number == total:
            next_line = number - (number - before) % step + step
            # A resumed study may already have more than the total.
            missing = max(0, total - number)
            left = timedelta(seconds=round((monotonic() - start) / max(1, number - before) * missing))
            logger.info("%d of %d trials, %s, time left %s", number, total, best, left)
