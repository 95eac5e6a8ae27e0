"""Show how a search goes and how it ended, and tabulate its trials."""

import logging
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from datetime import timedelta
from math import inf
from typing import Any

import optuna
import pandas as pd
from optuna.trial import FrozenTrial, TrialState
from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    ProgressColumn,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)
from rich.table import Column

from kedro_sweep.errors import ConnectionLostError
from kedro_sweep.progress import tell_progress
from kedro_sweep.search.study import attributes, find_sign, list_finished
from kedro_sweep.text import number, settings

FIRST_COLUMNS = ("number", "value", "datetime_start", "datetime_complete", "duration")

logger = logging.getLogger(__name__)

INTERRUPTED = (
    "Interrupted. Finished trials are kept, unless the storage is temporary: run again to continue."
)


class Best:
    """The best trial seen so far, and the number of finished trials, also of other machines."""

    def __init__(self, *studies: optuna.Study, is_shared: bool = False) -> None:
        self.studies, self._is_shared = studies, is_shared
        self._sign = find_sign(studies[0].direction)
        self._score = float("-inf")
        self._text = "no score yet"
        self.n_finished = 0
        self._catch_up()

    def _catch_up(self) -> None:
        trials = list_finished(self.studies)
        for trial in trials:
            self._see(trial, "")
        self.n_finished = len(trials)

    def watch(self, trials: Iterable[FrozenTrial], name: str = "") -> Iterator[FrozenTrial]:
        """Pass trials through, counted, and remember the best."""
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
            self._text = f"best {number(trial.value)} ({prefix}trial {trial.number})"

    def __str__(self) -> str:
        return self._text


def follow(
    trials: Iterable[FrozenTrial],
    best: Best,
    total: int,
    timeout: float | None = None,
    rest: str = "no candidate is left",
) -> None:
    """Show how trials go, and log how they ended, even if they were interrupted or failed."""
    # By ID: machines that search one study have different clocks and time zones.
    before = {trial._trial_id for trial in list_finished(best.studies)}
    reason = "stopped"
    try:
        if logger.isEnabledFor(logging.INFO) and Console().is_terminal:
            _show_bar(trials, best, total, timeout)
        else:
            _log_lines(trials, best, total, timeout or inf)
        reason = f"timeout {timeout:g} s" if timeout else rest
    except KeyboardInterrupt as error:
        reason = "interrupted"
        with suppress(ConnectionLostError):
            n_finished = len(list_finished(best.studies))
            error.args = (f"{n_finished} of {total} trials",)  # recorded with the run
        logger.warning(INTERRUPTED)
        raise
    finally:
        with suppress(ConnectionLostError):
            _log_outcome(best.studies, total, reason, before)


def _show_bar(
    trials: Iterable[FrozenTrial], best: Best, total: int, timeout: float | None = None
) -> None:
    before = (TextColumn("Trials"), BarColumn(), MofNCompleteColumn())
    after: tuple[ProgressColumn, ...] = (TextColumn("time left"), TimeRemainingColumn())
    if timeout:
        elapsed = TimeElapsedColumn(table_column=Column(no_wrap=True))
        after = (elapsed, TextColumn(f"of at most {timedelta(seconds=round(timeout))}"))
    best_text = TextColumn("{task.fields[best]}", markup=False)
    bar_is_enough = tell_progress(lambda seconds: "")
    with bar_is_enough, Progress(*before, best_text, *after, refresh_per_second=4) as progress:
        bar = progress.add_task("", total=total, completed=best.n_finished, best=str(best))
        for _ in trials:
            progress.update(bar, completed=best.n_finished, best=str(best))


def _log_lines(trials: Iterable[FrozenTrial], best: Best, total: int, timeout: float) -> None:
    before = best.n_finished
    with tell_progress(lambda seconds: describe_progress(best, before, total, timeout, seconds)):
        for _ in trials:
            pass


def describe_progress(best: Best, before: int, total: int, timeout: float, seconds: float) -> str:
    """Write how many trials there are, the best of them, and how much time is left."""
    number = best.n_finished
    # A resumed study may already have more than the total.
    missing, n_new = max(0, total - number), number - before
    left = min(seconds / n_new * missing if n_new else inf, max(0.0, timeout - seconds))
    shown = f", time left {timedelta(seconds=round(left))}" if left < inf else ""
    return f"{number} of {total} trials, {best}{shown}"


def _log_outcome(
    studies: Sequence[optuna.Study], total: int, reason: str, before: Collection[int]
) -> None:
    trials = list_finished(studies)
    counts = Counter(trial.state for trial in trials)
    states = {TrialState.PRUNED: "pruned", TrialState.FAIL: "failed"}
    parts = [f"{counts[state]} {name}" for state, name in states.items() if counts[state]]
    if len(trials) < total:
        parts.append(reason)
    if parts:
        logger.info("%d of %d trials (%s)", len(trials), total, ", ".join(parts))
    new = [trial.user_attrs for trial in trials if trial._trial_id not in before]
    not_kept = [found[attributes.NOT_KEPT] for found in new if attributes.NOT_KEPT in found]
    if not_kept:
        logger.warning(
            "The predictions of %d trials could not be kept, the first time because of %s. These trials "
            "count, but estimates that need predictions leave them out.",
            len(not_kept),
            not_kept[0],
        )
    warned = [found[attributes.WARNINGS] for found in new if attributes.WARNINGS in found]
    for text in dict.fromkeys(text for times in warned for text in times):
        times = [found[text] for found in warned if text in found]
        shown = f"{text} ({sum(times)} times in {len(times)} trials)"
        logger.warning("%s", shown)


def find_problem(name: str, study: optuna.Study, remedy: str = "") -> str:
    """Say why no trial has a score, or how many failed and what to do; empty if all is well."""
    trials = list_finished([study])
    reason = find_first_reason(trials)
    first = f" The first failed with {reason}.{remedy}" if reason else ""
    if all(trial.state != TrialState.COMPLETE for trial in trials):
        if not first and any(trial.intermediate_values for trial in trials):
            first = (
                " Raise sweep.timeout, or choose a pruner that prunes less and raise sweep.n_trials "
                f"above {len(trials)}, because pruned trials count toward it."
            )
        first = first or " The limit of time cut them off: raise sweep.timeout."
        return f"None of the {len(trials)} trials of {name} has a score.{first}"
    n_failed = sum(trial.state == TrialState.FAIL for trial in trials)
    return f"{n_failed} of {len(trials)} trials of {name} failed.{first}" if n_failed else ""


def log_best(study: optuna.Study, scoring: str, other_scorings: Sequence[str]) -> None:
    """Log the scores and the parameters of the best trial."""
    best = study.best_trial
    scores = {scoring: best.value, **best.user_attrs.get(attributes.SCORES, {})}
    names = (scoring, *other_scorings)
    shown = ", ".join(f"{name} {number(scores[name])}" for name in names if scores.get(name) is not None)
    logger.info("Best %s (trial %d) with %s", shown, best.number, settings(best.params))


def tabulate_trials(
    studies: Mapping[str, optuna.Study], more: pd.DataFrame | None = None
) -> pd.DataFrame:
    """Put all trials in one table.

    Args:
        studies: The study of each candidate, by the candidate's name.
        more: Columns to add, for each `candidate` and `number`.

    Returns:
        A row per trial: candidate, number, value, other scores, times, parameters, attributes and state.
        Each other score has a column `score_…`. Cells that do not apply to a candidate or trial are
        empty.
    """
    tables = [_tabulate(study).assign(candidate=name) for name, study in studies.items()]
    if len(tables) > 1:  # missing values would turn a column of integers into one of floats
        tables = [table.astype(dict.fromkeys(table.filter(like="params_"), object)) for table in tables]
    trials = pd.concat(tables, ignore_index=True)
    trials = trials[sorted(trials.columns, key=_rank_column)]
    return trials if more is None else trials.merge(more, how="left")


def _tabulate(study: optuna.Study) -> pd.DataFrame:
    """One study, with Optuna's column of values renamed to the score."""
    trials = study.trials_dataframe(attrs=(*FIRST_COLUMNS, "params", "user_attrs", "state"))
    trials = trials.rename(columns={f"value_{name}": "value" for name in study.metric_names or []})
    # Optuna gives a pruned trial the mean of its first folds.
    trials["value"] = trials["value"].where(trials["state"] == "COMPLETE")
    trials = trials.drop(columns=f"user_attrs_{attributes.ROUNDS}", errors="ignore")
    if f"user_attrs_{attributes.SCORES}" not in trials:
        return trials
    recorded = trials.pop(f"user_attrs_{attributes.SCORES}")
    scores = pd.DataFrame([found if isinstance(found, dict) else {} for found in recorded], dtype=float)
    return pd.concat([trials, scores.add_prefix("score_")], axis="columns")


def _rank_column(name: Any) -> int:
    """Sort each column that only some candidates have next to columns of its kind."""
    number, value, *times = FIRST_COLUMNS
    kinds = ("candidate", number, value, "score_", *times, "params_", "user_attrs_", "state")
    return next(rank for rank, kind in enumerate(kinds) if name.startswith(kind))


def find_first_reason(trials: Sequence[FrozenTrial]) -> str:
    reasons = (trial.user_attrs.get(attributes.ERROR) for trial in trials)
    return str(next(filter(None, reasons), "")).rstrip(".")
