"""Baselines: what a dummy and the estimator with its default arguments reach on the same folds."""

import logging
import warnings
from typing import Any

import numpy as np
import optuna
from sklearn.base import clone
from sklearn.dummy import DummyClassifier, DummyRegressor

from kedro_sweep.evaluation.prediction_store import PredictionStore
from kedro_sweep.search import FoldPrediction, StudyConfiguration
from kedro_sweep.search.predictions import predict_fold
from kedro_sweep.search.scoring import find_scorer

logger = logging.getLogger(__name__)

ATTRIBUTE = "baselines"


def score_baselines(
    study: optuna.Study, configuration: StudyConfiguration, store: PredictionStore | None
) -> dict[str, float | None]:
    """Score the baselines on the folds of a study, once per study.

    The dummy predicts the share of each class, or the mean. The default is the estimator with its fixed
    arguments, and the default of each searched one.

    Args:
        study: Remembers the values.
        configuration: What it searches.
        store: Keeps their predictions; None to keep none.

    Returns:
        The score of `default` and `dummy`; None, with a warning, for one that cannot be scored.
    """
    known: dict[str, float | None] = study.user_attrs.get(ATTRIBUTE, {})
    if known and (store is None or set(known) <= set(store.load_for_study(study)) | _unscored(known)):
        return known
    dummy = DummyClassifier(strategy="prior") if configuration.model.is_classifier else DummyRegressor()
    values: dict[str, float | None] = {}
    for name, estimator in (("default", configuration.build()), ("dummy", dummy)):
        try:
            values[name], predictions = _cross_validate(estimator, configuration)
        except Exception as error:  # whatever an estimator with unusual defaults may raise
            logger.warning(
                "The baseline '%s' could not be scored. %s: %s",
                name,
                type(error).__name__,
                error,
                extra={"markup": False},
            )
            values[name] = None
            continue
        if store is not None:
            store.keep_for_study(study, name, predictions)
    study.set_user_attr(ATTRIBUTE, values)
    return values


def _unscored(values: dict[str, float | None]) -> set[str]:
    return {name for name, value in values.items() if value is None}


def _cross_validate(
    estimator: Any, configuration: StudyConfiguration
) -> tuple[float, list[FoldPrediction]]:
    """Score an estimator as a trial is scored, and give its predictions, fold by fold."""
    scorer = find_scorer(configuration.scoring)
    scores, predictions = [], []
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # those of the search have been shown
        for fold in configuration.folds:
            fitted = clone(estimator).fit(fold.X_train, fold.y_train)
            scores.append(scorer(fitted, fold.X_test, fold.y_test))
            predictions.append(predict_fold(fitted, fold.X_test))
    return float(np.mean(scores)), predictions
