"""The cross-validated objective: what one trial is worth."""

from collections.abc import Iterator
from typing import Any

import numpy as np
import optuna
import pandas as pd
from sklearn.model_selection import check_cv

from kedro_sweep.sweep.parameters import Model, Sweep

Fold = tuple[Any, Any, Any, Any]


def prepare_folds(X: pd.DataFrame, y: pd.Series, cv: int, *, stratify: bool) -> list[Fold]:
    """Cut the table into the folds that `cross_val_score` would use, once for the whole sweep.

    Args:
        X: Features, shape (n, n_features).
        y: Target, shape (n,).
        cv: Number of folds.
        stratify: Whether every fold gets its share of each class.

    Returns:
        For each fold: training features, training target, test features, test target.

    Raises:
        ValueError: If there are fewer rows, or fewer rows of every class, than folds.
    """
    splitter = check_cv(cv, y, classifier=stratify)
    return [
        (X.iloc[train], y.iloc[train], X.iloc[test], y.iloc[test])
        for train, test in splitter.split(X, y)
    ]


class Objective:
    """Score the parameters of a trial by cross-validation, fold by fold.

    The value of a trial is `cross_val_score(estimator, X, y, cv=cv, scoring=scoring).mean()` to the
    last bit, with the estimator that `Model.build` makes of the trial's parameters.
    """

    def __init__(self, X: pd.DataFrame, y: pd.Series, model: Model, sweep: Sweep, seed: int) -> None:
        """Prepare the folds.

        Args:
            X: Training features, shape (n, n_features).
            y: Training target, shape (n,).
            model: The estimator to tune.
            sweep: Gives the folds and the scorer.
            seed: Random state of the estimator.
        """
        self._model = model
        self._scorer = sweep.scorer
        self._seed = seed
        self._folds = prepare_folds(X, y, sweep.cv, stratify=model.is_classifier)

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
                if step < len(self._folds) - 1 and trial.should_prune():
                    raise optuna.TrialPruned(f"pruned after fold {step + 1}")
        return float(np.mean(scores))

    def fold_scores(self, params: dict[str, Any]) -> Iterator[float]:
        """Fit and score one fold after the other.

        Args:
            params: The searched arguments of the estimator.

        Yields:
            The score on each fold's test rows.
        """
        for X_train, y_train, X_test, y_test in self._folds:
            estimator = self._model.build(self._seed, params).fit(X_train, y_train)
            yield self._scorer(estimator, X_test, y_test)
