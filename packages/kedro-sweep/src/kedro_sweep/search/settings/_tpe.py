"""Optuna's TPE, which converts each finished trial once: the same draws, in less time."""

from collections.abc import Callable, Iterable
from math import nan
from typing import Any

import numpy as np
import optuna
from numpy.typing import NDArray
from optuna.distributions import BaseDistribution
from optuna.samplers._tpe.sampler import _get_pruned_trial_score, default_gamma
from optuna.study import Study, StudyDirection
from optuna.trial import FrozenTrial, TrialState

Floats = NDArray[np.float64]
Numbers = NDArray[np.int64]


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

    def split(self, gamma: Callable[[int], int]) -> tuple[Numbers, Numbers]:
        """Find the numbers of the best trials and of the others; complete trials before pruned ones."""
        complete = np.flatnonzero(~np.isnan(self.losses))
        ranked = complete[self.losses[complete].argsort(kind="stable")]
        pruned = sorted(sorted(self.pruned), key=self.pruned.__getitem__)
        best_first = np.append(ranked, np.array(pruned, dtype=np.int64))
        n_below = gamma(len(best_first))
        return best_first[:n_below], best_first[n_below:]

    def stack(self, names: Iterable[str]) -> Floats:
        """The values of parameters, shape (n_trials, n_params)."""
        none = np.full(len(self.open), nan)
        return np.column_stack([self.columns.get(name, none) for name in names])


class TPESampler(optuna.samplers.TPESampler):
    """Draws what Optuna's own class draws, which converts and sorts all trials again for each draw."""

    _finished: FinishedTrials | None = None  # of the one study that Optuna allows a sampler

    def _sample(
        self, study: Study, trial: FrozenTrial, search_space: dict[str, BaseDistribution]
    ) -> dict[str, Any]:
        trials = study._get_trials(deepcopy=False, use_cache=not self._constant_liar)
        finished = self._finished = self._finished or FinishedTrials()
        finished.read(trials, study)
        if finished.has_constraints or study._is_multi_objective():
            return super()._sample(study, trial, search_space)
        values = finished.stack(search_space)
        running = []
        for number in np.flatnonzero(finished.open).tolist() if self._constant_liar else []:
            found = trials[number]
            params = self._get_params(found, study) if found.state == TrialState.RUNNING else {}
            if number != trial.number and search_space.keys() <= params.keys():
                running.append(number)
                values[number] = [
                    distribution.to_internal_repr(params[name])
                    for name, distribution in search_space.items()
                ]
        below, above = finished.split(self._gamma or default_gamma)
        estimators = [
            self._estimate(values[np.sort(numbers)], search_space)
            for numbers in (below, np.append(above, np.array(running, dtype=np.int64)))
        ]
        samples = estimators[0].sample(self._rng.rng, self._n_ei_candidates)
        best = self._compare(samples, self._compute_acquisition_func(samples, *estimators))
        return {
            name: distribution.to_external_repr(best[name])
            for name, distribution in search_space.items()
        }

    def _estimate(self, values: Floats, search_space: dict[str, BaseDistribution]) -> Any:
        known = values[~np.isnan(values).any(axis=1)]
        observations = dict(zip(search_space, known.T, strict=True))
        return self._parzen_estimator_cls(observations, search_space, self._parzen_estimator_parameters)
