"""Show the progress of a sweep: a bar in a terminal, occasional log lines elsewhere."""

import logging
from collections.abc import Callable, Iterable, Iterator
from datetime import timedelta
from time import monotonic

import optuna
from optuna.study import StudyDirection
from optuna.trial import FrozenTrial, TrialState
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

logger = logging.getLogger(__name__)

LOG_LINES = 10

COMPLETE = TrialState.COMPLETE


class Best:
    """The best trial seen so far."""

    def __init__(self, *studies: optuna.Study) -> None:
        """Start with the best of the existing trials."""
        self._sign = 1 if studies[0].direction == StudyDirection.MAXIMIZE else -1
        self._score = float("-inf")
        self._text = "no score yet"
        self.catch_up(studies)

    def catch_up(self, studies: Iterable[optuna.Study]) -> int:
        """See the trials of other machines as well."""
        trials = [trial for study in studies for trial in study.get_trials(deepcopy=False)]
        for trial in trials:
            self._see(trial, "")
        return sum(trial.state.is_finished() for trial in trials)

    def watch(self, trials: Iterable[FrozenTrial], name: str = "") -> Iterator[FrozenTrial]:
        """Pass trials through and remember the best."""
        for trial in trials:
            self._see(trial, f"{name}, " if name else "")
            yield trial

    def _see(self, trial: FrozenTrial, prefix: str) -> None:
        if trial.state != COMPLETE or trial.value is None:
            return
        score = self._sign * trial.value
        if score > self._score:
            self._score = score
            self._text = f"best {trial.value:.4f} ({prefix}trial {trial.number})"

    def __str__(self) -> str:
        """Describe its value and number."""
        return self._text


def count_finished(studies: Iterable[optuna.Study]) -> int:
    """Count the finished trials of studies."""
    trials = (trial for study in studies for trial in study.get_trials(deepcopy=False))
    return sum(trial.state.is_finished() for trial in trials)


def show_progress(
    trials: Iterable[FrozenTrial],
    best: Best,
    before: int,
    total: int,
    count: Callable[[], int] | None = None,
) -> None:
    """Consume the trials as they finish, and show their number and the best one."""
    show = _show_bar if Console().is_terminal else _log_lines
    numbers = (before + done if count is None else count() for done, _ in enumerate(trials, start=1))
    show(numbers, best, before, total)


def _show_bar(numbers: Iterable[int], best: Best, before: int, total: int) -> None:
    columns = (
        TextColumn("Trials"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("{task.fields[best]}", markup=False),
        TextColumn("time left"),
        TimeRemainingColumn(),
    )
    with Progress(*columns, refresh_per_second=4) as progress:
        bar = progress.add_task("", total=total, completed=before, best=str(best))
        for number in numbers:
            progress.update(bar, completed=number, best=str(best))


def _log_lines(numbers: Iterable[int], best: Best, before: int, total: int) -> None:
    start = monotonic()
    step = max(1, (total - before) // LOG_LINES)
    next_line = before + step
    for number in numbers:
        if number >= next_line or number == total:
            next_line = number - (number - before) % step + step
            # A resumed study may already have more than the total.
            missing = max(0, total - number)
            left = timedelta(seconds=round((monotonic() - start) / max(1, number - before) * missing))
            logger.info("%d of %d trials, %s, time left %s", number, total, best, left)
