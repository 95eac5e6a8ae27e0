"""Optuna's TPE, which converts each finished trial once: the same draws, in less time."""

from collections.abc import Callable, Iterable
from math import nan
from typing import Any

import numpy as np
import optuna
from optuna.distributions import BaseDistribution
from optuna.samplers._tpe.sampler import _get_pruned_trial_score, default_gamma
from optuna.study import Study, StudyDirection
from optuna.trial import FrozenTrial, TrialState

from kedro_sweep.search.sampling._density import Floats, Numbers, find_best


class FinishedTrials:
    """What TPE reads of the finished trials of a study, in arrays by their numbers."""

    def __init__(self) -> None:
        self.open = np.empty(0, dtype=bool)  # not finished yet
        self.losses = np.empty(0)  # of complete trials
        self.pruned: dict[int, tuple[float, float]] = {}
        self.columns: dict[str, Floats] = {}  # of parameters; NaN where a trial has none
        self.has_constraints = False

    def read(self, trials: list[FrozenTrial], study: Study) -> None:
        """Read the trials that finished since the last time."""
        new = np.full(len(trials) - len(self.open), nan)
        self.open = np.append(self.open, np.isnan(new))
        self.losses = np.append(self.losses, new)
        self.columns = {name: np.append(column, new) for name, column in self.columns.items()}
        sign = -1 if study.direction == StudyDirection.MAXIMIZE else 1
        for number in np.flatnonzero(self.open).tolist():
            trial = trials[number]
            if not trial.state.is_finished():
                continue
            self.open[number] = False
            self.has_constraints |= bool(trial.constraints)
            if trial.state == TrialState.COMPLETE and trial.value is not None:
                self.losses[number] = sign * trial.value
            elif trial.state == TrialState.PRUNED:
                self.pruned[number] = _get_pruned_trial_score(trial, study)
            for name, value in trial.params.items():
                if name not in self.columns:
                    self.columns[name] = np.full(len(trials), nan)
                self.columns[name][number] = trial.distributions[name].to_internal_repr(value)

    @property
    def n_scored(self) -> int:
        return int((~np.isnan(self.losses)).sum()) + len(self.pruned)

    def split(self, gamma: Callable[[int], int], running: list[int]) -> tuple[Numbers, Numbers]:
        """Find the numbers of the best trials, and of the others and those that are running, in order.

        Complete trials are better than pruned ones.
        """
        is_above = ~np.isnan(self.losses)
        complete, n_below = np.flatnonzero(is_above), gamma(self.n_scored)
        losses = self.losses[complete]
        if 0 < n_below < len(complete):
            is_near = losses <= np.partition(losses, n_below - 1)[n_below - 1]
            best = complete[is_near][losses[is_near].argsort(kind="stable")][:n_below]
        else:
            pruned = sorted(sorted(self.pruned), key=self.pruned.__getitem__)
            best = np.append(complete, np.array(pruned, dtype=np.int64))[:n_below]
        is_above[[*self.pruned, *running]] = True
        is_above[best] = False
        return np.sort(best), np.flatnonzero(is_above)

    def list_values(self, names: Iterable[str]) -> dict[str, Floats]:
        """The values of parameters by trial, shape (n_trials,), in arrays that may be changed."""
        none = np.full(len(self.open), nan)
        return {name: self.columns.get(name, none).copy() for name in names}


class TPESampler(optuna.samplers.TPESampler):
    """Draws what Optuna's own class draws, which converts and sorts all trials again for each draw."""

    _finished: FinishedTrials | None = None  # of the one study that Optuna allows a sampler

    def _sample_relative(
        self, study: Study, trial: FrozenTrial, search_space: dict[str, BaseDistribution]
    ) -> dict[str, Any]:
        if search_space and self._finished and self._finished.n_scored >= self._n_startup_trials:
            return self._sample(study, trial, search_space)  # Optuna lists all trials to count them
        return super()._sample_relative(study, trial, search_space)

    def _sample(
        self, study: Study, trial: FrozenTrial, search_space: dict[str, BaseDistribution]
    ) -> dict[str, Any]:
        trials = study._get_trials(deepcopy=False, use_cache=not self._constant_liar)
        finished = self._finished = self._finished or FinishedTrials()
        finished.read(trials, study)
        if finished.has_constraints or study._is_multi_objective():
            return super()._sample(study, trial, search_space)
        values, running = finished.list_values(search_space), []
        for number in np.flatnonzero(finished.open).tolist() if self._constant_liar else []:
            found = trials[number]
            params = self._get_params(found, study) if found.state == TrialState.RUNNING else {}
            if number != trial.number and search_space.keys() <= params.keys():
                running.append(number)
                for name, distribution in search_space.items():
                    values[name][number] = distribution.to_internal_repr(params[name])
        is_known = ~np.logical_or.reduce([np.isnan(column) for column in values.values()])
        known = [
            {name: column[numbers[is_known[numbers]]] for name, column in values.items()}
            for numbers in finished.split(self._gamma or default_gamma, running)
        ]
        estimators = [
            self._parzen_estimator_cls(observed, search_space, self._parzen_estimator_parameters)
            for observed in known
        ]
        samples = estimators[0].sample(self._rng.rng, self._n_ei_candidates)
        if (place := find_best(estimators, known, samples)) is not None:
            best = {name: drawn[place].item() for name, drawn in samples.items()}
        else:
            best = self._compare(samples, self._compute_acquisition_func(samples, *estimators))
        return {
            name: distribution.to_external_repr(best[name])
            for name, distribution in search_space.items()
        }
