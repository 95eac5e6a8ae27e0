"""Score the trials of a study by another score, from their stored predictions, without training."""

import logging
from math import isfinite, nan
from typing import Any

import numpy as np
import optuna
from optuna.storages import BaseStorage
from optuna.trial import FrozenTrial, create_trial

from kedro_sweep.evaluation.metrics import wrap_scorer
from kedro_sweep.evaluation.predictions import Predictions, PredictionStore, Truth, list_configurations
from kedro_sweep.search import StudyConfiguration
from kedro_sweep.search.settings import find_scorer
from kedro_sweep.search.study import attributes, fits, identify

logger = logging.getLogger(__name__)

# Parts of a study's description that its predictions do not depend on.
OF_SCORE = {"scoring": None, "direction": None, "search_space": None}


def take_over_rescored(
    configuration: StudyConfiguration, storage: BaseStorage, store: PredictionStore
) -> None:
    """Start a new study with the trials of studies that differ only in the score."""
    others = optuna.get_all_study_summaries(storage, include_best_trial=False)
    if any(other.study_name == configuration.study_name for other in others):
        return
    own = configuration.description
    donors = [
        other.study_name
        for other in others
        if (description := other.user_attrs.get(attributes.DESCRIPTION))
        and description["scoring"] != own["scoring"]
        and description | OF_SCORE == own | OF_SCORE
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
                rescored[key] = _copy(trial, value, scores)
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


def _copy(trial: FrozenTrial, value: float, scores: dict[str, float]) -> FrozenTrial:
    """Copy a trial with its times, which say how long its model takes to fit, and its files."""
    attrs = trial.system_attrs.items()
    copy = create_trial(
        value=value,
        params=trial.params,
        distributions=trial.distributions,
        user_attrs={attributes.SCORES: scores} if scores else {},
        system_attrs={key: file for key, file in attrs if key.startswith(attributes.ARTIFACTS)},
    )
    copy.datetime_start, copy.datetime_complete = trial.datetime_start, trial.datetime_complete
    return copy


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
