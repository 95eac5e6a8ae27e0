"""Score the trials of a study by another score, from their stored predictions, without training."""

import logging
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
    if not donors or _reads_decisions(configuration):
        return
    rescored: dict[str, FrozenTrial] = {}
    for donor in (optuna.load_study(study_name=name, storage=storage) for name in donors):
        for found in list_configurations(donor):
            trial, predictions = donor.trials[found.number], store.read(found)
            key, space = identify(trial.params), configuration.search_space
            if predictions is None or key in rescored or not fits(trial, space):
                continue
            try:
                rescored[key] = _rescore(trial, configuration, store.truth, predictions)
            except Exception:  # the score has no value, or may need more than predictions
                break
    if not rescored:
        return
    study = configuration.open_study(storage)
    study.add_trials(rescored.values())
    logger.info(
        "Study %s takes over %d trials of %s, scored again from their stored predictions. These trials "
        "were chosen by another score: raise sweep.n_trials to add some that are chosen by %s.",
        study.study_name,
        len(rescored),
        ", ".join(donors),
        configuration.scoring,
    )


def _rescore(
    trial: FrozenTrial, configuration: StudyConfiguration, truth: Truth, predictions: Predictions
) -> FrozenTrial:
    names = [configuration.scoring, *configuration.other_scorings]
    value, *others = (_score(name, truth, predictions) for name in names)
    attrs = trial.system_attrs.items()
    return create_trial(
        value=value,
        params=trial.params,
        distributions=trial.distributions,
        user_attrs={attributes.SCORES: dict(zip(names[1:], others, strict=True))} if others else {},
        system_attrs={key: file for key, file in attrs if key.startswith(attributes.ARTIFACTS)},
    )


def _reads_decisions(configuration: StudyConfiguration) -> bool:
    """Whether the score reads the model's decision function, which is not stored."""
    methods = getattr(find_scorer(configuration.scoring), "_response_method", ())
    return "decision_function" in methods and hasattr(configuration.build(), "decision_function")


def _score(scoring: str, truth: Truth, predictions: Predictions) -> float:
    """Score each fold by itself, and average, as a trial does."""
    score: Any = wrap_scorer(find_scorer(scoring))
    values = []
    for fold in np.unique(truth.folds):
        rows = np.flatnonzero(truth.folds == fold)
        values += score(truth.take(rows), predictions.take(rows), np.ones((1, len(rows)))).tolist()
    return float(np.mean(values))
