"""Baselines on the same folds: the untuned model, untuned gradient boosting, and a dummy model."""

import logging
import warnings
from contextlib import suppress
from math import inf, isnan
from time import monotonic
from typing import Any

import numpy as np
import optuna
from joblib import effective_n_jobs
from optuna.trial import TrialState
from sklearn.base import clone
from sklearn.utils import _safe_indexing
from threadpoolctl import threadpool_limits

from kedro_sweep.evaluation.estimates._dummies import STRATEGY, fit_dummies
from kedro_sweep.evaluation.metrics import average_folds, make_metric
from kedro_sweep.evaluation.predictions import Predictions, PredictionStore, align, list_configurations
from kedro_sweep.search import StudyConfiguration
from kedro_sweep.search.settings import find_scorer, score_weighted
from kedro_sweep.search.study import Fold, attributes, find_sign, find_untuned, set_seeds
from kedro_sweep.search.trial import predict_fold, record_predictions

logger = logging.getLogger(__name__)

# The names under which studies keep them, and those in messages.
UNTUNED, BOOSTING, DUMMY = "default", "boosting", "dummy"
LABELS = {UNTUNED: "The untuned model", BOOSTING: "Untuned gradient boosting", DUMMY: "The dummy model"}
# An untuned model may take as long as this many trials. So many seconds, or this share of a time limit,
# are always fine.
TRIALS = 2
SECONDS = 30.0
SHARE = 0.125
# In a large table, every 64th row, then every 16th and every 4th show how fast a fit grows.
MANY_ROWS = 10_000
STEPS = (64, 16, 4)


def score_baselines(
    study: optuna.Study, configuration: StudyConfiguration, store: PredictionStore
) -> tuple[dict[str, Any], dict[str, str]]:
    """Score the baselines on the folds of a study, once per study, and keep their predictions.

    The dummy is the best of the predictors that ignore the features. The untuned model has the defaults
    of its class for the searched arguments. Untuned gradient boosting is what skrub recommends for any
    table. Both are given up if they would take much longer than a trial, with a note that says so.
    """
    known: dict[str, Any] = study.user_attrs.get(attributes.BASELINES, {})
    values = {UNTUNED: None, DUMMY: None, STRATEGY: "no score"} | known
    notes = {}
    keeps = configuration.sweep.predictions.keep
    kept = store.load_for_study(study) if keeps else known
    unwanted = set() if configuration.sweep.untuned_boosting else {BOOSTING}
    for name, label in LABELS.items():
        if name in unwanted:
            continue
        if name in kept and values.get(name) is not None and (name != DUMMY or STRATEGY in known):
            continue  # without a strategy, the dummy is that of an earlier version
        values[name] = None
        try:
            if name == UNTUNED:
                values[name], predictions = _score_untuned(study, configuration, store)
            elif name == BOOSTING:
                values[name], predictions = _score_boosting(study, configuration, store)
            else:
                values[STRATEGY], values[name], predictions = score_dummy(configuration, store)
        except _TooSlowError as error:
            notes[name] = f"{label} has no score: {error}"
            logger.warning(notes[name])
        except Exception as error:  # the untuned model may not suit the table
            logger.warning("%s has no score. %s: %s", label, type(error).__name__, error)
        else:
            if predictions is not None and keeps:
                try:
                    store.keep_for_study(study, name, predictions)
                except Exception as error:  # a cloud client may raise anything
                    text = "%s: its predictions could not be kept, so nothing is compared with it. "
                    logger.warning(text + "%s: %s", label, type(error).__name__, error)
    if values != known:
        study.set_user_attr(attributes.BASELINES, values)
    return {name: value for name, value in values.items() if name not in unwanted}, notes


class _TooSlowError(Exception):
    """An untuned model would take too long."""


def score_dummy(configuration: StudyConfiguration, store: PredictionStore) -> tuple[str, float, Any]:
    """Score the best of the predictors that ignore the features, and tell its strategy."""
    sign, metric = find_sign(configuration.sweep.direction), make_metric(configuration.scoring)
    rows = np.arange(len(store.truth.y))  # that is all they need to know
    best: tuple[str, float, Any] = ("", -sign * inf, None)
    dummies = fit_dummies(configuration)
    for strategy, trained in dummies.items():
        found = [align([predict_fold(dummy, rows)], store.truth) for dummy in trained]
        with suppress(Exception):  # some scores need what some predictors or all predictions lack
            values = average_folds(metric, store.truth, found, np.ones((1, len(rows))))[:, 0]
            middle = np.argsort(values)[len(values) // 2]
            if sign * (values[middle] - best[1]) > 1e-12:  # more than rounding
                best = strategy, float(values[middle]), found[middle]
    if best[0]:
        return best
    strategy, [usual] = next(iter(dummies.items()))  # the score needs the features
    return strategy, *_cross_validate(usual, configuration, store)


def _score_untuned(
    study: optuna.Study, configuration: StudyConfiguration, store: PredictionStore
) -> tuple[float, Predictions | None]:
    """Use the trial with these arguments, if there is one and its predictions are stored."""
    defaults = find_untuned(configuration)
    complete = study.get_trials(deepcopy=False, states=(TrialState.COMPLETE,))
    number = next((trial.number for trial in complete if trial.params == defaults), None)
    known = next((found for found in list_configurations(study) if found.number == number), None)
    if known and not configuration.sweep.predictions.keep:
        return known.value, None
    if known and (kept := store.read(known)):
        return known.value, kept
    seconds = _limit_seconds(study, configuration, "the untuned model")
    try:
        return _cross_validate(configuration.build(), configuration, store, seconds)
    except _TooSlowError as error:
        if known is None:
            hint = "let sweep.search_space contain the default arguments, which are then the first trial"
            raise _TooSlowError(f"{error} To compare with it, {hint}.") from error
        logger.warning("The untuned model is not compared with the tuned one: %s", error)
        return known.value, None


def _score_boosting(
    study: optuna.Study, configuration: StudyConfiguration, store: PredictionStore
) -> tuple[float, Predictions | None]:
    """Score the one line that skrub recommends for any table, as somebody would write it."""
    from skrub import tabular_pipeline  # noqa: PLC0415  # slow to import, and needed once per study

    kind: Any = "classifier" if configuration.model.is_classifier else "regressor"
    estimator = set_seeds(tabular_pipeline(kind), configuration.random_seed)
    seconds = _limit_seconds(study, configuration, "untuned gradient boosting")
    with threadpool_limits(effective_n_jobs(configuration.sweep.n_jobs), user_api="openmp"):
        return _cross_validate(estimator, configuration, store, seconds)


def _limit_seconds(study: optuna.Study, configuration: StudyConfiguration, name: str) -> float:
    """Find how long an untuned model may take, and log it."""
    complete = study.get_trials(deepcopy=False, states=(TrialState.COMPLETE,))
    longest = max((trial.duration.total_seconds() for trial in complete if trial.duration), default=0.0)
    seconds = max(TRIALS * longest, min(SECONDS, SHARE * (configuration.sweep.timeout or inf)))
    logger.info("Scoring %s, which may take up to %g s.", name, round(seconds, 1))
    return seconds


def _cross_validate(
    estimator: Any, configuration: StudyConfiguration, store: PredictionStore, seconds: float = inf
) -> tuple[float, Predictions | None]:
    """Score an estimator the way a trial is scored, unless it would take too long."""
    scorer, folds, start = find_scorer(configuration.scoring), configuration.folds, monotonic()
    scores, predictions = [], []
    with warnings.catch_warnings(action="ignore"):  # the search has already shown its warnings
        _check_growth(estimator, folds[0], len(folds), seconds)
        spent = monotonic() - start
        for number, fold in enumerate(folds, start=1):
            fitted = fold.fit(clone(estimator))
            tested = fold.tested
            with record_predictions(fitted, tested[0], may_change=True) as predict:
                scores.append(score_weighted(scorer, fitted, *tested))
                predictions.append(predict())
            if number < len(folds):
                _check_seconds(spent + (monotonic() - start - spent) / number * len(folds), seconds)
    value = float(np.mean(scores))
    if isnan(value):
        raise ValueError(f"the score is {value}")
    return value, align(predictions, store.truth) if configuration.sweep.predictions.keep else None


def _check_growth(estimator: Any, fold: Fold, n_folds: int, seconds: float) -> None:
    """Give up if fits of more and more rows show that all folds would take too long.

    Per row, fits get slower, if anything. So the line through the last two is a lower bound.
    """
    n_rows = len(fold.y_train)
    n_before, taken_before = 0, inf
    for step in STEPS if n_rows >= MANY_ROWS and seconds < inf else ():
        some = np.arange(0, n_rows, step)
        X, y, start = _safe_indexing(fold.X_train, some), fold.y_train.iloc[some], monotonic()
        try:
            clone(estimator).fit(X, y)
        except Exception:  # few rows may lack a class
            return
        taken = monotonic() - start
        per_row = max(0.0, (taken - taken_before) / (len(y) - n_before))
        _check_seconds((taken + per_row * (n_rows - len(y))) * n_folds, seconds)
        n_before, taken_before = len(y), taken


def _check_seconds(needed: float, seconds: float) -> None:
    if needed > seconds:
        raise _TooSlowError(
            f"it would take {round(needed, 1):g} s or more, and its limit is {round(seconds, 1):g} s."
        )
