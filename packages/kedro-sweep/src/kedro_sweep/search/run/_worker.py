"""Run one trial after another: one that fails or is pruned does not stop the search."""

from collections import Counter
from contextlib import suppress
from dataclasses import dataclass
from math import inf, isnan
from time import time
from typing import NamedTuple

import optuna
from optuna.exceptions import UpdateFinishedTrialError
from optuna.trial import FrozenTrial, TrialState

from kedro_sweep.errors import ConnectionLostError
from kedro_sweep.search.run._turns import Turns
from kedro_sweep.search.study import ERROR, NOT_KEPT, SCORES, WARNINGS, StudyConfiguration
from kedro_sweep.search.trial import FoldPrediction, Objective, OnScored, average_scores, count_warnings


class Clock(NamedTuple):
    """When trials may run."""

    deadline: float = inf  # no trial starts after this time
    end: float = inf  # a trial that would take longer than this is pruned

    @property
    def is_over(self) -> bool:
        """Whether no trial may start any more."""
        return time() >= self.deadline

    def share(self, n_parts: int) -> "Clock":
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
        """Identifies the search and the study."""
        return self.turns.search, self.configuration.study_name

    def run_trial(self, clock: Clock) -> FrozenTrial | None:
        """Take a trial, score it, and store its value."""
        with suppress(UpdateFinishedTrialError):
            trial = None if clock.is_over else self.turns.take()
            return None if trial is None else self._run(trial, clock)
        return None

    def _run(self, trial: optuna.Trial, clock: Clock) -> FrozenTrial:
        value, state = None, TrialState.COMPLETE
        counts: Counter[str] = Counter()
        try:
            with count_warnings() as counts, self.turns.show_running(trial):
                value = self._score(trial, clock)
        except optuna.TrialPruned:
            state = TrialState.PRUNED
        except ConnectionLostError:
            raise
        except Exception as error:
            state = TrialState.FAIL
            trial.set_user_attr(ERROR, f"{type(error).__name__}: {error}")
        if counts:
            trial.set_user_attr(WARNINGS, counts)
        return self.turns.tell(trial, value, state)

    def _score(self, trial: optuna.Trial, clock: Clock) -> float:
        """Score the trial, unless an earlier one already scored the same parameters."""
        params = trial.params  # Optuna copies it on every access
        states = (TrialState.COMPLETE,)
        for other in trial.study._get_trials(deepcopy=False, states=states, use_cache=True):
            if other.params == params and other.value is not None:
                if SCORES in other.user_attrs:
                    trial.set_user_attr(SCORES, other.user_attrs[SCORES])
                return other.value
        predictions: list[FoldPrediction] = []
        others: list[dict[str, float]] = []
        keep = predictions.append if self.on_scored else None
        value = self.objective(trial, keep, others.append, clock.end)
        if isnan(value):
            raise ValueError(f"the score is {value}")
        if others:
            trial.set_user_attr(SCORES, average_scores(others))
        # A fold's model may have failed to make predictions that its score did not need.
        if self.on_scored is not None and len(predictions) == len(self.configuration.folds):
            try:
                self.on_scored(trial, predictions)
            except Exception as error:  # for example, a full disk; the score still counts
                trial.set_user_attr(NOT_KEPT, f"{type(error).__name__}: {error}")
        return value
