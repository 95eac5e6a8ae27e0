"""Run one trial after another, within the time that they have."""

from collections import Counter
from contextlib import suppress
from dataclasses import dataclass
from math import inf, isnan
from textwrap import shorten
from time import time
from typing import NamedTuple

import numpy as np
import optuna
from optuna.exceptions import UpdateFinishedTrialError
from optuna.trial import FrozenTrial, TrialState

from kedro_sweep.errors import ConnectionLostError
from kedro_sweep.search.run._turns import Turns
from kedro_sweep.search.study import StudyConfiguration, attributes, estimate_refits, list_complete
from kedro_sweep.search.trial import (
    FoldPrediction,
    Objective,
    OnScored,
    OutOfTimeError,
    average_scores,
    count_warnings,
    set_rounds,
)

# Fewer seconds saved by reuse are not worth a write to the storage.
LEAST_SAVED = 0.01
MOST_LETTERS = 1_000  # of the reason why a trial failed, which may quote the whole table


class Clock(NamedTuple):
    deadline: float = inf  # no trial starts after this time
    end: float = inf  # when the model should be trained; what a trial would add to that stops it
    reserve: float = 0.0  # the part of the time until then that training needs
    needs_score: bool = False  # a trial goes on until its study has a score
    n_parts: float = 0.0  # of the time left until then: a trial may take one of them; 0 for all

    @property
    def is_over(self) -> bool:
        return time() >= self.deadline

    @property
    def stop(self) -> float:
        """When a trial that begins now is stopped, even if the model could be trained in time."""
        return self.share(self.n_parts).deadline if self.n_parts else inf

    def share(self, n_parts: float) -> "Clock":
        """Split the time until the deadline into equal parts, and return the first."""
        now = time()
        return self._replace(deadline=now + max(0.0, self.deadline - now) / n_parts)


NO_LIMIT = Clock()


@dataclass
class Worker:
    """Everything that a process needs to run trials of a study."""

    configuration: StudyConfiguration
    objective: Objective
    turns: Turns
    # Called in this process before the value of a trial is stored. Not called for pruned or failed
    # trials, nor for parameters that were scored before.
    on_scored: OnScored | None = None

    @property
    def key(self) -> tuple[str, str]:
        return self.turns.search, self.configuration.study_name

    @property
    def limits(self) -> tuple[int | None, bool]:
        """What may change between two trials: the total, and whether a trial runs alone."""
        return self.turns.total, self.turns.alone

    def run_trial(self, clock: Clock) -> FrozenTrial | None:
        with suppress(UpdateFinishedTrialError):
            clock = self.leave_time(clock)
            # All rounds of the untuned model may take too long, unless this is the first score.
            self.turns.finds_rounds = clock.end < inf and not clock.needs_score
            trial = None if clock.is_over else self.turns.take()
            return None if trial is None else self._run(trial, clock)
        return None

    def prepare(self, clock: Clock) -> None:
        """Transform the rows of a trial that another process runs."""
        self.objective.prepare(self.leave_time(clock).end)

    def leave_time(self, clock: Clock) -> Clock:
        """Leave the time to train the best trial on all rows, or the next one if it is better."""
        if clock.end == inf:
            return clock
        n_fits, reserve = self.configuration.n_fits, max(clock.reserve, self.estimate_refit())
        end = min(clock.stop, clock.end - reserve, (n_fits * clock.end + time()) / (n_fits + 1))
        complete = list_complete(self.turns.study)
        seconds = [trial.duration.total_seconds() for trial in complete if trial.duration]
        typical = float(np.median(seconds)) if seconds else 0.0
        return clock._replace(deadline=min(clock.deadline, end - typical), end=end)

    def estimate_refit(self) -> float:
        """Estimate how long it takes to train the best trial on all rows."""
        if not list_complete(self.turns.study):
            return 0.0
        study, n_fits = self.turns.study, self.configuration.n_fits
        return float(estimate_refits(study, [study.best_trial], n_fits)[0])

    def _run(self, trial: optuna.Trial, clock: Clock) -> FrozenTrial:
        value, state = None, TrialState.COMPLETE
        counts: Counter[str] = Counter()
        try:
            with count_warnings() as counts, self.turns.show_running(trial):
                value = self._score(trial, clock)
        except (optuna.TrialPruned, OutOfTimeError):
            state = TrialState.PRUNED
        except ConnectionLostError:
            raise
        except Exception as error:
            state = TrialState.FAIL
            reason = f"{type(error).__name__}: {error}"
            trial.set_user_attr(attributes.ERROR, shorten(reason, MOST_LETTERS, placeholder=" …"))
        if counts:
            trial.set_user_attr(attributes.WARNINGS, counts)
        return self.turns.tell(trial, value, state)

    def _score(self, trial: optuna.Trial, clock: Clock) -> float:
        """Score the trial, unless an earlier one already scored the same parameters."""
        params = trial.params  # Optuna copies it on every access
        states = (TrialState.COMPLETE,)
        rounds = self.configuration.search_space.rounds
        rounds = None if rounds in params else rounds  # those that a trial is to find
        for other in trial.study._get_trials(deepcopy=False, states=states, use_cache=True):
            has_looked = rounds and attributes.ROUNDS in other.user_attrs
            chosen = {rounds: other.params[rounds]} if rounds and has_looked else {}
            # What has looked at enough numbers of boosting rounds would choose the same again.
            if (
                other.params == params | chosen
                and other.value is not None
                and all(self._is_enough(other, *found) for found in chosen.items())
            ):
                for name, number in chosen.items():
                    set_rounds(trial, self.configuration, name, number)
                for name in (attributes.SCORES, attributes.FOLDS):
                    if name in other.user_attrs:
                        trial.set_user_attr(name, other.user_attrs[name])
                return other.value
        predictions: list[FoldPrediction] = []
        others: list[dict[str, float]] = []
        keep = predictions.append if self.on_scored else None
        is_limited = clock.end < inf
        before, start = self.objective.memory.saved if is_limited else 0.0, time()

        def must_go_on() -> bool:  # without any score there would be no model
            return clock.needs_score and not (trial.number and list_complete(trial.study))

        value = self.objective(trial, keep, others.append, clock.end, must_go_on)
        if is_limited:
            saved = self.objective.memory.saved - before - _find_excess(trial) * (time() - start)
        if is_limited and abs(saved) > LEAST_SAVED:
            trial.storage.set_trial_system_attr(trial._trial_id, attributes.SAVED, saved)
        if isnan(value):
            raise ValueError(f"the score is {value}")
        if others:
            trial.set_user_attr(attributes.SCORES, average_scores(others))
            if self.configuration.keeps_folds:
                of_others = {name: [scores[name] for scores in others] for name in others[0]}
                trial.set_user_attr(attributes.FOLDS, trial.user_attrs[attributes.FOLDS] | of_others)
        # A fold's model may have failed to make predictions that its score did not need.
        if self.on_scored is not None and len(predictions) == len(self.configuration.folds):
            try:
                self.on_scored(trial, predictions)
            except Exception as error:  # for example, a full disk; the score still counts
                trial.set_user_attr(attributes.NOT_KEPT, f"{type(error).__name__}: {error}")
        return value

    def _is_enough(self, trial: FrozenTrial, rounds: str, chosen: int) -> bool:
        """Whether more boosting rounds were worse, or are outside the search space."""
        ends = dict(self.configuration.search_space.extremes())
        return bool(_find_most_rounds(trial) > chosen or chosen >= ends[rounds])


def _find_excess(trial: optuna.Trial) -> float:
    """Find the share of the time that went into more boosting rounds than the trial takes in the end."""
    looked_at = trial.user_attrs.get(attributes.ROUNDS, {}).get("params", [])
    chosen = [trial.params[name] for rounds in looked_at[:1] for name in rounds]
    return max(0.0, 1 - chosen[0] / _find_most_rounds(trial)) if chosen else 0.0


def _find_most_rounds(trial: FrozenTrial | optuna.Trial) -> int:
    """Find the highest of the other numbers of boosting rounds that a trial looked at."""
    looked_at = trial.user_attrs.get(attributes.ROUNDS, {}).get("params", [])
    return max((number for rounds in looked_at for number in rounds.values()), default=0)
