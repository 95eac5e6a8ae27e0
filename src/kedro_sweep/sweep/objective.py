"""The cross-validated objective: what one trial is worth."""

from collections.abc import Iterator
from typing import Any

import numpy as np
import optuna
import pandas as pd

from kedro_sweep.sweep.boosting import NestedBoosting
from kedro_sweep.sweep.folds import prepare_folds
from kedro_sweep.sweep.forest import NestedForests
from kedro_sweep.sweep.parameters import Model, Sweep
from kedro_sweep.sweep.reuse import FitFromNothing, Strategy


class Objective:
    """Score the parameters of a trial by cross-validation, fold by fold.

    The value of a trial is `cross_val_score(estimator, X, y, cv=cv, scoring=scoring).mean()` to the
    last bit, with the estimator that `Model.build` makes of the trial's parameters.
    """

    def __init__(
        self,
        X: pd.DataFrame,
        y: pd.Series,
        model: Model,
        sweep: Sweep,
        seed: int,
        n_threads: int = 1,
    ) -> None:
        """Prepare the folds.

        Args:
            X: Training features, shape (n, n_features).
            y: Training target, shape (n,).
            model: The estimator to tune.
            sweep: Gives the folds, the scorer, and whether fits may be reused.
            seed: Random state of the estimator.
            n_threads: Number of threads that a reused forest grows with.
        """
        self._model = model
        self._seed = seed
        folds = prepare_folds(X, y, sweep.cv, stratify=model.is_classifier)
        self._n_folds = len(folds)
        scorer = sweep.scorer
        self._strategies: list[Strategy] = [FitFromNothing(folds, scorer)]
        if sweep.reuse:
            self._strategies = [
                NestedForests(folds, scorer, n_threads),
                NestedBoosting(folds, scorer),
                *self._strategies,
            ]

    @property
    def reuses_fits(self) -> bool:
        """Whether what one trial fits serves the next, which is then best kept in one process."""
        estimator = self._model.build(self._seed)
        return any(way.accepts(estimator) for way in self._strategies[:-1])

    def __call__(self, trial: optuna.Trial) -> float:
        """Score a trial whose parameters have been asked for.

        Args:
            trial: The trial; it sees the running mean after each fold, for its study's pruner.

        Returns:
            The mean score over the folds.

        Raises:
            optuna.TrialPruned: If the pruner gives the trial up.
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
            strategy = next(way for way in self._strategies if way.accepts(estimator))
            yield strategy.score(estimator, fold)
