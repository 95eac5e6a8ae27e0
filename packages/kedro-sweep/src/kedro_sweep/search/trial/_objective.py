"""The cross-validated objective: how a trial is scored."""

import warnings
from collections.abc import Callable, Iterator
from contextlib import suppress
from functools import cached_property, partial
from math import isinf
from pathlib import Path
from time import time
from typing import Any

import numpy as np
import optuna
from sklearn.metrics import get_scorer_names

from kedro_sweep.search.reuse import FittedFold, Memory, Strategy
from kedro_sweep.search.settings import SCORER_TYPE, find_scorer, score_weighted
from kedro_sweep.search.study import StudyConfiguration, attributes, get_searched
from kedro_sweep.search.trial._alarm import OutOfTimeError, stop_at
from kedro_sweep.search.trial._predictions import FoldPrediction, record_predictions
from kedro_sweep.search.trial._rounds import Curve, Scored
from kedro_sweep.search.trial._scoring import check_scoring, count_warnings, try_scorers

Keep = Callable[[FoldPrediction], None]
Record = Callable[[dict[str, float]], None]

# Other folds may take half of the time of the first, which finds out what can be reused.
SHARE_OF_FIRST_FOLD = 0.5
LEARNING_RATE, USUAL_RATE = "learning_rate", 0.3  # if it is not set, as XGBoost's


class Objective:
    """Score the parameters of a trial by cross-validation, fold by fold.

    The value of a trial equals `cross_val_score(estimator, X, y, groups=groups, cv=splitter,
    scoring=scoring).mean()` to the last bit, where `estimator` is what `StudyConfiguration.build` makes
    of the trial's parameters, among them the number of boosting rounds that the trial found best. The
    scores that are only recorded come from the same fits and predictions, and equal those of
    `cross_validate`.

    Models may be reused only if scikit-learn made all scorers, because those read only predictions.
    """

    def __init__(
        self, configuration: StudyConfiguration, memory: Memory | None = None, folder: Path | None = None
    ) -> None:
        """Without a memory, it starts an empty one, which shares transformed folds in the folder."""
        self._configuration = configuration
        folds = configuration.folds
        names = [configuration.scoring, *configuration.other_scorings]
        for name in names:
            check_scoring(name, folds, is_classifier=configuration.model.is_classifier)
        self._n_folds = len(folds)
        self._scorer, *others = map(find_scorer, names)
        self._others = dict(zip(names[1:], others, strict=True))
        scorers = (self._scorer, *others)
        self._has_own_scorer = not all(isinstance(scorer, SCORER_TYPE) for scorer in scorers)
        # scikit-learn's metrics check an array in half the time. A user's may read the index, and any
        # may treat other pandas types specially.
        is_plain = isinstance(configuration.y.dtype, np.dtype)
        self._scores_arrays = is_plain and {*names} <= {*get_scorer_names()}
        self.memory = Memory(folds, folder) if memory is None else memory

    def __reduce__(self) -> tuple[type["Objective"], tuple[StudyConfiguration, None, Path | None]]:
        """Copy without the memory: a copy goes to another process, which fits its own models."""
        return Objective, (self._configuration, None, self.memory.folder)

    @cached_property
    def shares_trees(self) -> bool:
        """If all trials do, all cores work on one trial: processes would grow the same trees again."""
        extremes = self._configuration.search_space.extremes()
        estimators = (self._configuration.build({name: value}) for name, value in extremes)
        try:
            return all(self._choose(found).shares_trees(found) for found in estimators)
        except Exception:  # the steps cannot be fitted: their trials will fail and give the reason
            return False

    def _choose(self, estimator: Any) -> Strategy:
        may_reuse = self._configuration.sweep.reuse and not self._has_own_scorer
        strategies = self.memory.strategies
        return next(found for found in strategies[0 if may_reuse else -1 :] if found.accepts(estimator))

    def prepare(self, end: float) -> None:
        """Transform the rows for the untuned model until the end, for trials in any process."""
        # The trials that need the rows will give the reason.
        with count_warnings(), suppress(Exception, OutOfTimeError), stop_at(end, lambda: False):
            estimator = self._configuration.build()
            strategy = self._choose(estimator)
            for fold in range(self._n_folds):
                if time() < end:
                    strategy.prepare(estimator, fold)

    def __call__(
        self,
        trial: optuna.Trial,
        keep: Keep | None = None,
        record: Record | None = None,
        end: float = float("inf"),
        must_go_on: Callable[[], bool] = lambda: False,
    ) -> float:
        """Score a trial. At the end, stop its fits and scores, not the storage, unless it must go on."""
        # A report costs a write to the storage, and NopPruner does not read reports.
        prunes = not isinstance(trial.study.pruner, optuna.pruners.NopPruner)
        compares_folds = isinstance(trial.study.pruner, optuna.pruners.WilcoxonPruner)
        scores: list[float] = []
        curve = self._start_curve(trial, keep, record)
        if not (isinf(end) or must_go_on()):
            with stop_at(end, must_go_on):
                estimator = self._configuration.build(trial.params)
                seconds = self._choose(estimator).estimate_compiled(estimator)
            if seconds and time() + seconds > end:
                raise optuna.TrialPruned("not started, out of time")
        folds = self._score_folds(trial.params, keep, record, curve, end)
        for step in range(self._n_folds):
            start = time()
            with stop_at(end, must_go_on):
                scores = next(folds)
            is_last = len(scores) == self._n_folds
            now, share = time(), SHARE_OF_FIRST_FOLD if step == 0 else 1
            is_late = now + share * (now - start) * (self._n_folds - len(scores)) > end
            if is_late and not is_last and not must_go_on():
                raise optuna.TrialPruned(f"stopped after fold {step + 1}, out of time")
            if prunes:
                # The pruner may change, but means must not be compared with scores of folds.
                place = step + self._n_folds if compares_folds else step
                # A trial whose process was killed may have reported some folds, with the same scores.
                if place not in trial._cached_frozen_trial.intermediate_values:
                    trial.report(scores[-1] if compares_folds else float(np.mean(scores)), place)
                with warnings.catch_warnings():  # as long as another pruner found the best trial
                    warnings.filterwarnings("ignore", "WilcoxonPruner finds steps")
                    is_hopeless = not is_last and trial.should_prune()
                if is_hopeless:
                    raise optuna.TrialPruned(f"pruned after fold {step + 1}")
        for look in curve.choose(trial) if curve else ():
            if keep and look.prediction is not None:
                keep(look.prediction)
            if record and look.others is not None:
                record(look.others)
        if self._configuration.keeps_folds:
            trial.set_user_attr(attributes.FOLDS, {self._configuration.scoring: [*scores]})
        return float(np.mean(scores))

    def _score_folds(
        self,
        params: dict[str, Any],
        keep: Keep | None,
        record: Record | None,
        curve: Curve | None,
        end: float,
    ) -> Iterator[list[float]]:
        """Score one fold after another, and list the scores so far."""
        if curve is None:
            scores: list[float] = []
            for score in self.fold_scores(params, keep, record):
                scores.append(score)
                yield scores
            return
        estimator = self._configuration.build(params | {curve.name: curve.numbers[0]})
        strategy = self._choose(estimator)
        for fold in range(self._n_folds):
            fold_end = time() + (end - time()) / (self._n_folds - fold)
            strategy.look_at_rounds(estimator, fold, curve.numbers, curve.start_fold(), fold_end)
            yield curve.scores

    def _start_curve(
        self, trial: optuna.Trial, keep: Keep | None, record: Record | None
    ) -> Curve | None:
        """Look at several numbers of boosting rounds, unless the trial was queued with one."""
        params, space = trial.params, self._configuration.search_space
        if space.rounds is None or space.rounds not in space.distributions(params):
            return None
        if space.rounds in params:
            if attributes.ROUNDS in trial.user_attrs:  # it was killed after it had found this number
                trial.set_user_attr(attributes.ROUNDS, {})
            return None
        rate = get_searched(self._configuration.build(params), [LEARNING_RATE]).get(LEARNING_RATE)
        look, most = partial(self._look, keep, record), trial._fixed_params.get(space.rounds)
        return Curve(self._configuration, space.rounds, rate or USUAL_RATE, look, most)

    def _look(self, keep: Keep | None, record: Record | None, fitted: FittedFold) -> Scored:
        kept: list[FoldPrediction] = []
        others: list[dict[str, float]] = []
        score = self._score(fitted, kept.append if keep else None, others.append if record else None)
        return Scored(score, next(iter(kept), None), next(iter(others), None))

    def fold_scores(
        self, params: dict[str, Any], keep: Keep | None = None, record: Record | None = None
    ) -> Iterator[float]:
        """`keep` takes each fold's predictions, `record` its other scores: NaN if one has none."""
        estimator = self._configuration.build(params)
        strategy = self._choose(estimator)
        for fold in range(self._n_folds):
            yield self._score(strategy.fit(estimator, fold), keep, record)

    def _score(self, fitted: FittedFold, keep: Keep | None, record: Record | None) -> float:
        if self._scores_arrays:
            fitted = fitted._replace(y_test=fitted.y_test.to_numpy())
        rows = fitted[:4]
        if keep is None and (record is None or not self._others):
            return score_weighted(self._scorer, *rows)
        with record_predictions(fitted.model, fitted.X_test, may_change=self._has_own_scorer) as predict:
            score = score_weighted(self._scorer, *rows)
            if keep is not None:
                _keep(predict, keep, fitted.seconds)
            if record is not None and self._others:
                record(try_scorers(self._others, *rows))
        return score


def _keep(predict: Callable[[], FoldPrediction], keep: Keep, saved: float) -> None:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # a trial's warnings should come from its fits and scores
            prediction = predict()
    except Exception as error:  # the score may not need what the model cannot predict
        warnings.warn(f"No predictions are kept. {type(error).__name__}: {error}", stacklevel=1)
    else:
        keep(prediction._replace(seconds=prediction.seconds + saved))
