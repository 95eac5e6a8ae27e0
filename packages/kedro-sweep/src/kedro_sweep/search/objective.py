"""The cross-validated objective: what one trial is worth."""

from collections.abc import Iterator
from typing import Any

import numpy as np
import optuna

from kedro_sweep.search.boosting import NestedBoosting
from kedro_sweep.search.configuration import StudyConfiguration
from kedro_sweep.search.folds import prepare_folds
from kedro_sweep.search.forest import NestedForests
from kedro_sweep.search.search_space import SearchSpace
from kedro_sweep.search.strategy import FitFromScratch, Strategy


class Objective:
    """Score the parameters of a trial by cross-validation, fold by fold.

    The value of a trial is `cross_val_score(estimator, X, y, cv=cv, scoring=scoring).mean()` to the
    last bit, with the estimator that `Model.build` makes of the trial's parameters.
    """

    def __init__(self, configuration: StudyConfiguration, n_threads: int = 1) -> None:
        """Prepare the folds.

        Args:
            configuration: The table, the estimator, the folds, the scorer, and whether fits may be
                reused.
            n_threads: Number of threads that a reused forest grows with.
        """
        self._model, self._seed = configuration.model, configuration.random_seed
        sweep = configuration.sweep
        folds = prepare_folds(
            configuration.X, configuration.y, sweep.cv, stratify=self._model.is_classifier
        )
        self._n_folds = len(folds)
        scorer = sweep.scorer
        self._forests = NestedForests(folds, scorer, n_threads) if sweep.reuse else None
        self._strategies: list[Strategy] = [FitFromScratch(folds, scorer)]
        if self._forests:
            self._strategies = [self._forests, NestedBoosting(folds, scorer), *self._strategies]

    def shares_trees(self, search_space: SearchSpace) -> bool:
        """Tell whether every trial is a forest whose trees are kept in this process.

        Then the cores work together on each trial, and processes would grow the same trees twice.

        Args:
            search_space: What is searched.

        Returns:
            Whether that holds for all values that the search can ask for.
        """
        return self._forests is not None and all(
            self._forests.accepts(self._model.build(self._seed, {name: value}))
            for name, value in search_space.extremes()
        )

    def __call__(self, trial: optuna.Trial) -> float:
        """Score a trial whose parameters have been asked for.

        Args:
            trial: The trial; it sees the running mean after each fold, for its study's pruner.

        Returns:
            The mean score over the folds.

        Raises:
            optuna.TrialPruned: If the pruner stops the trial.
        """
        # A report costs a write to the storage, and the pruner that never prunes reads none.
        prunes = not isinstance(trial.study.pruner, optuna.pruners.NopPruner)
        scores: list[float] = []
        for step, score in enumerate(self.fold_scores(trial.params)):
            scores.append(score)
            if prunes:
                trial.report(float(np.mean(scores)), step)
                if step < self._n_folds - 1 and trial.should_prune():
                    raise optuna.TrialPruned(f"pruned after fold {step + 1}")
        return float(np.mean(scores))

    def fold_scores(self, params: dict[str, Any]) -> Iterator[float]:
        """Score one fold after the other.

        Args:
            params: The searched arguments of the estimator.

        Yields:
            The score on each fold's test rows.
        """
        for fold in range(self._n_folds):
            estimator = self._model.build(self._seed, params)
            strategy = next(found for found in self._strategies if found.accepts(estimator))
            yield strategy.score(estimator, fold)
