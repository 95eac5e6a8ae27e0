"""Score the trials of a study by another score, from their stored predictions, without training."""

import logging
from contextlib import suppress
from math import isfinite, nan
from typing import Any

import numpy as np
import optuna
from optuna.storages import BaseStorage
from optuna.trial import FrozenTrial

from kedro_sweep.evaluation.metrics import wrap_scorer
from kedro_sweep.evaluation.predictions import Predictions, PredictionStore, Truth, list_configurations
from kedro_sweep.search import StudyConfiguration
from kedro_sweep.search.settings import find_scorer
from kedro_sweep.search.study import (
    attributes,
    copy_trial,
    find_donors,
    fits,
    identify,
    list_others,
)

logger = logging.getLogger(__name__)

# Parts of a study's description that its predictions do not depend on.
OF_SCORE = {"scoring", "direction", "search_space"}


def take_over_rescored(
    configuration: StudyConfiguration, storage: BaseStorage, store: PredictionStore
) -> None:
    """Start a new study with the trials of studies that differ only in the score."""
    with suppress(KeyError):  # what is raised if there is no such study
        storage.get_study_id_from_name(configuration.study_name)
        return
    own = configuration.description
    donors = [
        donor.study_name
        for donor in find_donors(own, list_others(configuration, storage), OF_SCORE)
        if donor.user_attrs[attributes.DESCRIPTION]["scoring"] != own["scoring"]
    ]
    if not donors or _reads_decisions(configuration, configuration.scoring):
        return
    rescored: dict[str, FrozenTrial] = {}
    for donor in (optuna.load_study(study_name=name, storage=storage) for name in donors):
        trials = donor.get_trials(deepcopy=False)
        for found in list_configurations(donor):
            trial, predictions = trials[found.number], store.read(found)
            key, space = identify(trial.params), configuration.search_space
            if predictions is None or key in rescored or not fits(trial, space):
                continue
            value = _score(configuration.scoring, store.truth, predictions)
            if isfinite(value):
                scores = _score_others(configuration, store.truth, predictions)
                copy = copy_trial(trial, space, value, {attributes.SCORES: scores} if scores else {})
                # They say how long the model takes to fit.
                copy.datetime_start, copy.datetime_complete = (
                    trial.datetime_start,
                    trial.datetime_complete,
                )
                rescored[key] = copy
    if not rescored:
        return
    study = configuration.open_study(storage)
    study.add_trials(rescored.values())
    logger.warning(
        "Study %s takes over %d trials of %s, scored again from their stored predictions. These trials "
        "were chosen by another score: raise sweep.n_trials to add some that are chosen by %s.",
        study.study_name,
        len(rescored),
        ", ".join(donors),
        configuration.scoring,
    )


def _reads_decisions(configuration: StudyConfiguration, scoring: str) -> bool:
    """Whether the score reads the model's decision function, which is not stored."""
    methods = getattr(find_scorer(scoring), "_response_method", ())
    return "decision_function" in methods and hasattr(configuration.build(), "decision_function")


def _score_others(
    configuration: StudyConfiguration, truth: Truth, predictions: Predictions
) -> dict[str, float]:
    names = configuration.other_scorings
    return {
        name: _score(name, truth, predictions)
        for name in names
        if not _reads_decisions(configuration, name)
    }


def _score(scoring: str, truth: Truth, predictions: Predictions) -> float:
    """Score each fold, and average, as for a trial; NaN if that needs more than predictions."""
    score: Any = wrap_scorer(find_scorer(scoring))
    values = []
    for fold in np.unique(truth.folds):
        rows = np.flatnonzero(truth.folds == fold)
        try:
            values += score(truth.take(rows), predictions.take(rows), np.ones((1, len(rows)))).tolist()
        except Exception:  # a custom scorer may raise anything
            return nan
    return float(np.mean(values))
