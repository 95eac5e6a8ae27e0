"""How the studies of a search share its trials and its time: in rounds, or equally."""

import logging
import math
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import chain

import optuna
from optuna.trial import FrozenTrial, TrialState

from kedro_sweep.errors import AllTrialsFailedError
from kedro_sweep.search.run._outcome import Best, find_first_reason
from kedro_sweep.search.run._study_run import StudyRun, run_first_trials
from kedro_sweep.search.run._worker import NO_LIMIT, Clock
from kedro_sweep.search.settings import ContestRule, Sweep
from kedro_sweep.search.study import attributes, find_sign, list_finished
from kedro_sweep.text import number

logger = logging.getLogger(__name__)

# A search stops if this many trials have failed and none has a score.
FIRST_TRIALS = 10

Callback = Callable[[optuna.Study, FrozenTrial], None]
# A candidate, and the number of trials that its study should have after the turn.
Turn = tuple[str, int]


@dataclass
class Plan:
    """Equal shares: one study after the other gets its total, and an equal part of the time."""

    runs: Mapping[str, StudyRun]  # by the names of their candidates
    callbacks: Sequence[Callback] = ()
    # The number of trials of each study; None for that of the run which started it.
    totals: Mapping[str, int | None] = field(default_factory=dict)
    clock: Clock = NO_LIMIT

    @property
    def sweep(self) -> Sweep:
        return next(iter(self.runs.values())).configuration.sweep

    @property
    def studies(self) -> list[optuna.Study]:
        return [run.study for run in self.runs.values()]

    @cached_property
    def best(self) -> Best:
        is_shared = any(run.turns.is_shared for run in self.runs.values())
        return Best(*self.studies, is_shared=is_shared)

    @property
    def is_complete(self) -> bool:
        return all(self.runs[name].count_trials() >= (total or 0) for name, total in self.totals.items())

    def run(self) -> Iterator[FrozenTrial]:
        """Run the trials that are missing, and wait for other machines only at the end."""
        self.clock = clock = next(iter(self.runs.values())).start_clock()
        for waits in (False, True):
            for position, (name, total) in enumerate(self.totals.items()):
                if total is None and waits:
                    continue  # the run that started the study waits
                part = clock if waits else clock.share(len(self.totals) - position)
                yield from self._run_study(name, total, part, waits=waits)

    def run_until_scored(self) -> Iterator[FrozenTrial]:
        """Run trials although the time is over, so that the search ends with a model."""
        while not any(run.has_score for run in self.runs.values()):
            counts = {name: run.count_trials() for name, run in self.runs.items()}
            name = min(counts, key=counts.__getitem__)
            if sum(counts.values()) >= self.sweep.n_trials or counts[name] >= FIRST_TRIALS:
                return
            yield from self._run_study(name, counts[name] + 1)

    def estimate_refit(self) -> float:
        """Estimate how long it takes to train the best trial of all on all rows."""
        scored = [run for run in self.runs.values() if run.has_score]
        best = max(scored, key=lambda run: find_best(run.study) or 0.0, default=None)
        return best.estimate_refit() if best else 0.0

    def _run_study(
        self, name: str, total: int | None, clock: Clock = NO_LIMIT, *, waits: bool = True
    ) -> Iterator[FrozenTrial]:
        """Run trials of one study. If it is one of several and fails, the others continue."""
        study_run, is_only = self.runs[name], len(self.runs) == 1
        clock = clock._replace(
            reserve=max(clock.reserve, self.estimate_refit()),
            needs_score=not any(run.has_score for run in self.runs.values()),
        )
        for trial in self._tell(name, study_run.run_trials(total, clock, waits=waits)):
            yield trial
            if is_only and trial.state == TrialState.FAIL:
                _report_failure(study_run.study, trial)

    def _tell(self, name: str, trials: Iterable[FrozenTrial]) -> Iterator[FrozenTrial]:
        """Pass trials of a study through, after the callbacks."""
        for trial in self.best.watch(trials, name if len(self.runs) > 1 else ""):
            for callback in self.callbacks:
                callback(self.runs[name].study, trial)
            yield trial


class Rounds(Plan):
    """Rounds, after each of which only the better studies get more trials and time."""

    @property
    def is_complete(self) -> bool:
        if self.sweep.timeout:
            return self._count_missing() <= 0
        turns = chain.from_iterable(self._plan())
        return all(self.runs[name].count_trials() >= total for name, total in turns)

    def run(self) -> Iterator[FrozenTrial]:
        self.clock = clock = next(iter(self.runs.values())).start_clock()
        rule, n_before = self.sweep.contest, 0
        if self.sweep.timeout:
            yield from self._run_first_trials(clock)
        for turns in self._plan():
            n_finished = len(list_finished(self.studies))
            if count_kept(n_before, rule) <= len(turns) < n_before:
                kept = (f"{name} {number(self.runs[name].study.best_value)}" for name, _ in turns)
                logger.info("The contest continues with %s", ", ".join(kept))
            n_before = len(turns)
            round_clock = clock.share(count_rounds(len(turns), rule))
            for position, (name, total) in enumerate(turns):
                if clock.is_over or (self.sweep.timeout and self._count_missing() <= 0):
                    return
                part = round_clock.share(len(turns) - position)
                yield from self._run_study(name, self._limit(name, total), part)
            are_short = all(self.runs[name].count_trials() < total for name, total in turns)
            if self.sweep.timeout and are_short and len(list_finished(self.studies)) == n_finished:
                return  # there is time left to train the model, but for no other trial

    def _run_first_trials(self, clock: Clock) -> Iterator[FrozenTrial]:
        """Before any candidate gets a turn, give all of them a score, without which they would be out.

        With n processes, no candidate takes more than n of n + 1 parts of the time that is left. Only
        the first one takes as long as it needs, unless an earlier run left a score.
        """
        new = [name for name, run in self.runs.items() if not run.count_trials()]
        reserve = clock.reserve

        def start_clock(name: str) -> Clock:
            n_parts = 1 + 1 / self.runs[name].n_processes
            needs_score = name == new[0] and not any(run.has_score for run in self.runs.values())
            return clock._replace(n_parts=n_parts, reserve=reserve, needs_score=needs_score)

        def run_alone(name: str) -> Iterator[FrozenTrial]:
            n_first = min(self.runs[name].n_processes, self.sweep.contest.turn, self._count_missing())
            if not self.runs[name].count_trials() and n_first > 0:
                yield from self._run_study(name, n_first, start_clock(name))

        runs = {name: self.runs[name] for name in new[: max(0, self._count_missing())]}
        for name, trial in run_first_trials(runs, start_clock):
            yield from self._tell(name, [trial])
            reserve = max(reserve, self.estimate_refit())
        for name in new:  # in this process, on Dask, or because a process was killed
            yield from run_alone(name)

    def _limit(self, name: str, total: int) -> int:
        """Under a time limit, the rounds go on until all candidates together have enough trials."""
        count = self.runs[name].count_trials()
        return min(total, count + self._count_missing()) if self.sweep.timeout else total

    def _plan(self) -> Iterator[list[Turn]]:
        """Plan the rounds. A candidate that runs out of time leaves its trials to the others."""
        total = sys.maxsize if self.sweep.timeout else self.sweep.n_trials
        return plan_rounds(
            [*self.runs], total, self.sweep.contest, lambda name, n: find_best(self.runs[name].study, n)
        )

    def _count_missing(self) -> int:
        return self.sweep.n_trials - len(list_finished(self.studies))


def _report_failure(study: optuna.Study, trial: FrozenTrial) -> None:
    """Log why a trial failed. Stop a search whose first trials all failed: the rest would as well."""
    reason = trial.user_attrs[attributes.ERROR]
    text = "Trial %d failed with %s: %s"
    logger.warning(text, trial.number, trial.params, reason)
    finished = list_finished([study])
    if len(finished) >= FIRST_TRIALS and all(trial.state == TrialState.FAIL for trial in finished):
        raise AllTrialsFailedError(
            f"The first {FIRST_TRIALS} trials of study {study.study_name} all failed, the "
            f"first with {find_first_reason(finished)}. Correct sweep.model, sweep.search_space or "
            "sweep.scoring."
        )


def find_best(study: optuna.Study, n_trials: int | None = None) -> float | None:
    """Of the first finished trials; higher is better."""
    trials = list_finished([study])[:n_trials]
    complete = (trial for trial in trials if trial.state == TrialState.COMPLETE)
    sign = find_sign(study.direction)
    return max((sign * trial.value for trial in complete if trial.value is not None), default=None)


def plan_shares(names: Sequence[str], n_trials: int) -> dict[str, int]:
    share, rest = divmod(n_trials, len(names))
    return {name: share + (number < rest) for number, name in enumerate(names)}


def plan_rounds(
    names: Sequence[str], n_trials: int, rule: ContestRule, find_best: Callable[[str, int], float | None]
) -> Iterator[list[Turn]]:
    """Divide a number of trials among the candidates, round by round.

    In each round, every remaining candidate gets a turn. Then the better half (rounded up, but never
    fewer than the survivors) goes on to the next round, and the survivors share the rest. This is
    successive halving (Jamieson and Talwalkar, 2016, "Non-stochastic best arm identification and
    hyperparameter optimization") applied to whole studies instead of single configurations. The turns do
    not depend on the total: a larger total adds turns, and the last turn may be cut short.
    """
    left, total, standing = n_trials, dict.fromkeys(names, 0), [*names]
    while standing and left > 0:
        turns = []
        for name in standing[: math.ceil(left / rule.turn)]:
            size = min(rule.turn, left)
            left -= size
            total[name] += size
            turns.append((name, total[name]))
        yield turns
        values = {name: find_best(name, total[name]) for name in standing}
        scored = (name for name in standing if values[name] is not None)
        ranked = sorted(scored, key=lambda name: values[name] or 0.0, reverse=True)
        kept = ranked[: count_kept(len(standing), rule)]
        standing = [name for name in standing if name in kept]


def count_kept(n_candidates: int, rule: ContestRule) -> int:
    return max(rule.survivors, math.ceil(n_candidates / 2))


def count_rounds(n_candidates: int, rule: ContestRule) -> int:
    """Count the rounds that share the time equally, up to and including the survivors' round."""
    n_kept = count_kept(n_candidates, rule)
    return 1 if n_kept >= n_candidates else 1 + count_rounds(n_kept, rule)
