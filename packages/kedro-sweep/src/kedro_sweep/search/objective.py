"""The cross-validated objective: what one trial is worth."""

import warnings
from collections.abc import Callable, Iterator
from functools import cached_property
from typing import Any

import numpy as np
import optuna

from kedro_sweep.search.boosting import NestedBoosting
from kedro_sweep.search.configuration import StudyConfiguration
from kedro_sweep.search.forest import NestedForests
from kedro_sweep.search.predictions import FoldPrediction, record_predictions
from kedro_sweep.search.scoring import SCORER_TYPE, check_scoring, find_scorer
from kedro_sweep.search.steps import ReusedSteps
from kedro_sweep.search.strategy import FitFromScratch, FittedFold, Strategy


class Objective:
    """Score the parameters of a trial by cross-validation, fold by fold.

    The value of a trial is `cross_val_score(estimator, X, y, groups=groups, cv=splitter,
    scoring=scoring).mean()` to the last bit, with the estimator that `StudyConfiguration.build` makes
    of the trial's parameters.
    """

    def __init__(self, configuration: StudyConfiguration) -> None:
        """Prepare the folds, and check that the score can be computed on them.

        Args:
            configuration: The table, the estimator, the folds, the scorer, and whether fits may be
                reused.

        Raises:
            InputError: If the target does not suit the estimator, the folds cannot be made, or the
                score cannot be computed on them.
        """
        self._configuration = configuration
        folds = configuration.folds
        is_classifier = configuration.model.is_classifier
        check_scoring(configuration.scoring, folds, is_classifier=is_classifier)
        self._n_folds = len(folds)
        self._scorer = scorer = find_scorer(configuration.scoring)
        self._forests = NestedForests(folds, scorer)
        self._steps = ReusedSteps(folds, scorer, self._forests)
        self._strategies: list[Strategy] = [FitFromScratch(folds)]
        if configuration.sweep.reuse:
            boosting = NestedBoosting(folds, scorer)
            self._strategies = [self._forests, boosting, self._steps, *self._strategies]

    @cached_property
    def shares_trees(self) -> bool:
        """Whether every trial that the search can ask for is a forest that reuses trees of this process.

        Then the cores work together on each trial, and more processes would grow the same trees again.
        """
        return all(
            self._grows_trees(self._configuration.build({name: value}))
            for name, value in self._configuration.search_space.extremes()
        )

    def hire(self, n_helpers: int) -> None:
        """Let other processes help to grow the trees of each trial, until `close`.

        Args:
            n_helpers: How many, if none helps yet.
        """
        self._forests.memory.crew.hire(n_helpers)

    def close(self) -> None:
        """End the processes that help."""
        self._forests.memory.crew.close()

    def _grows_trees(self, estimator: Any) -> bool:
        try:
            strategy = self._choose(estimator)
            return strategy is self._forests or (
                strategy is self._steps and self._steps.shares_trees(estimator)
            )
        except Exception:  # steps that cannot be fitted: their trials will fail with the reason
            return False

    def _choose(self, estimator: Any) -> Strategy:
        return next(found for found in self._strategies if found.accepts(estimator))

    def __call__(
        self, trial: optuna.Trial, keep: Callable[[FoldPrediction], None] | None = None
    ) -> float:
        """Score a trial whose parameters have been asked for.

        Args:
            trial: The trial. After each fold it reports what its study's pruner asks for: the fold's
                own score to `WilcoxonPruner`, the running mean to every other.
            keep: Called with the predictions for each fold's test rows; None if they are not wanted.

        Returns:
            The mean score over the folds.

        Raises:
            optuna.TrialPruned: If the pruner stops the trial.
        """
        # A report costs a write to the storage, and the pruner that never prunes reads none.
        prunes = not isinstance(trial.study.pruner, optuna.pruners.NopPruner)
        compares_folds = isinstance(trial.study.pruner, optuna.pruners.WilcoxonPruner)
        scores: list[float] = []
        for step, score in enumerate(self.fold_scores(trial.params, keep)):
            scores.append(score)
            if prunes:
                trial.report(score if compares_folds else float(np.mean(scores)), step)
                if step < self._n_folds - 1 and trial.should_prune():
                    raise optuna.TrialPruned(f"pruned after fold {step + 1}")
        return float(np.mean(scores))

    def fold_scores(
        self, params: dict[str, Any], keep: Callable[[FoldPrediction], None] | None = None
    ) -> Iterator[float]:
        """Score one fold after the other.

        Args:
            params: The searched arguments of the estimator.
            keep: Called with the predictions for each fold's test rows; None if they are not wanted.

        Yields:
            The score on each fold's test rows.
        """
        estimator = self._configuration.build(params)
        strategy = self._choose(estimator)
        strategy.prepare(estimator)
        for fold in range(self._n_folds):
            yield self._score(strategy.fit(estimator, fold), keep)

    def _score(self, fitted: FittedFold, keep: Callable[[FoldPrediction], None] | None) -> float:
        if keep is None:
            return self._scorer(*fitted)
        is_own = not isinstance(self._scorer, SCORER_TYPE)
        with record_predictions(fitted.model, fitted.X_test, may_change=is_own) as predict:
            score = self._scorer(*fitted)
            try:
                with warnings.catch_warnings():
                    warnings.simplefilter("ignore")  # the trial's are those of its fits and its score
                    prediction = predict()
            except Exception as error:  # the score does not need what the model fails to predict
                warnings.warn(f"No predictions are kept. {type(error).__name__}: {error}", stacklevel=1)
            else:
                keep(prediction)
        return score
