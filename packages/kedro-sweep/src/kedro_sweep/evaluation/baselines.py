"""Baselines: the scores of a dummy model and of the estimator's default arguments on the same folds."""

import logging
import warnings
from math import isnan
from typing import Any

import numpy as np
import optuna
from optuna.trial import TrialState
from sklearn.base import clone
from sklearn.dummy import DummyClassifier, DummyRegressor

from kedro_sweep.evaluation.out_of_fold import Predictions, align
from kedro_sweep.evaluation.prediction_store import PredictionStore, list_configurations
from kedro_sweep.search import StudyConfiguration, find_defaults
from kedro_sweep.search.predictions import record_predictions
from kedro_sweep.search.scoring import find_scorer

logger = logging.getLogger(__name__)

ATTRIBUTE = "baselines"


def score_baselines(
    study: optuna.Study, configuration: StudyConfiguration, store: PredictionStore
) -> dict[str, float | None]:
    """Score the baselines on the folds of a study, once per study, and keep their predictions.

    The dummy model ignores the features and predicts the share of each class, or the mean. The default
    baseline is the estimator with its fixed arguments, and the defaults for the searched ones.

    Args:
        study: Stores the scores.
        configuration: What the study searches.
        store: Keeps the predictions next to those of the trials, if the configuration keeps any.

    Returns:
        The scores of `default` and `dummy`; None, with a warning, for one that cannot be scored.
    """
    keeps = configuration.sweep.predictions.keep
    values: dict[str, float | None] = study.user_attrs.get(ATTRIBUTE, {})
    is_scored = values and None not in values.values()
    if is_scored and not (keeps and values.keys() - store.load_for_study(study).keys()):
        return values
    values = {}
    for name, score in (("default", _score_default), ("dummy", _score_dummy)):
        try:
            values[name], predictions = score(study, configuration, store)
        except Exception as error:  # the defaults may not suit the table
            logger.warning(
                "The baseline '%s' has no score. %s: %s",
                name,
                type(error).__name__,
                error,
                extra={"markup": False},
            )
            values[name] = None
            continue
        if keeps:
            _keep(study, name, predictions, store)
    study.set_user_attr(ATTRIBUTE, values)
    return values


def make_dummy(is_classifier: bool) -> DummyClassifier | DummyRegressor:
    """Make the dummy model, which ignores the features.

    Args:
        is_classifier: Whether it predicts classes.

    Returns:
        A model that predicts the share of each class in its training rows, or their mean.
    """
    return DummyClassifier(strategy="prior") if is_classifier else DummyRegressor()


def _keep(study: optuna.Study, name: str, predictions: Predictions, store: PredictionStore) -> None:
    try:
        store.keep_for_study(study, name, predictions)
    except Exception as error:  # a cloud client may raise anything
        logger.warning(
            "The predictions of the baseline '%s' could not be kept, so nothing is compared with "
            "it. %s: %s",
            name,
            type(error).__name__,
            error,
            extra={"markup": False},
        )


def _score_default(
    study: optuna.Study, configuration: StudyConfiguration, store: PredictionStore
) -> tuple[float, Predictions]:
    """Use the trial with the default arguments, if there is one and its predictions are stored."""
    defaults = find_defaults(configuration)
    complete = study.get_trials(deepcopy=False, states=(TrialState.COMPLETE,))
    trial = next((trial for trial in complete if trial.params == defaults), None)
    if trial is not None and trial.value is not None:
        same = (found for found in list_configurations(study) if found.number == trial.number)
        if (kept := next(filter(None, map(store.read, same)), None)) is not None:
            return trial.value, kept
    return _cross_validate(configuration.build(), configuration, store)


def _score_dummy(
    study: optuna.Study, configuration: StudyConfiguration, store: PredictionStore
) -> tuple[float, Predictions]:
    return _cross_validate(make_dummy(configuration.model.is_classifier), configuration, store)


def _cross_validate(
    estimator: Any, configuration: StudyConfiguration, store: PredictionStore
) -> tuple[float, Predictions]:
    """Score an estimator the way a trial is scored."""
    scorer = find_scorer(configuration.scoring)
    scores, predictions = [], []
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the search has already shown its warnings
        for fold in configuration.folds:
            fitted = clone(estimator).fit(fold.X_train, fold.y_train)
            with record_predictions(fitted, fold.X_test, may_change=True) as predict:
                scores.append(scorer(fitted, fold.X_test, fold.y_test))
                predictions.append(predict())
    value = float(np.mean(scores))
    if isnan(value):
        raise ValueError(f"the score is {value}")
    return value, align(predictions, store.truth)
