"""Score the trials of a study by another score, from their stored predictions, without training."""

import logging
from collections.abc import Mapping
from contextlib import suppress
from math import isfinite, nan
from typing import Any, NamedTuple

import numpy as np
import optuna
from optuna.storages import BaseStorage
from optuna.trial import FrozenTrial, TrialState

from kedro_sweep.errors import InputError
from kedro_sweep.evaluation.ensemble import NOTHING_KEPT
from kedro_sweep.evaluation.metrics import explain_failure, wrap_scorer
from kedro_sweep.evaluation.predictions import Predictions, PredictionStore, Truth, list_configurations
from kedro_sweep.search import StudyConfiguration
from kedro_sweep.search.settings import find_scorer
from kedro_sweep.search.storage import StudyDatabase
from kedro_sweep.search.study import (
    attributes,
    copy_trial,
    describe_nearest,
    find_donors,
    fits,
    identify,
    list_others,
)

logger = logging.getLogger(__name__)

# Parts of a study's description that its predictions do not depend on.
OF_SCORE = {"scoring", "scorer", "direction", "search_space"}
CODE = {"sources", "versions"}  # of the score as well
NO_KEEP = (
    "sweep.predictions.keep is false, so no predictions were stored. To use this score, set "
    "sweep.scoring and run `kedro run`, which searches again. To rescore later searches, set keep to "
    "true first."
)
NO_STUDY = "There is no study of these parameters and this table to score again."
READS_DECISIONS = (
    "reads the decision_function of the model, which is not stored: choose a score of labels or "
    "probabilities, or set sweep.scoring and run `kedro run`, which searches anew."
)


class Rescored(NamedTuple):
    """The study of a candidate by another score, or the reason why there is none."""

    candidate: str
    study: optuna.Study | None = None
    value_of_before: float | None = None  # of the trial that the earlier score chose
    is_new: bool = False
    reason: str = ""


def take_over_rescored(
    configuration: StudyConfiguration, storage: BaseStorage, store: PredictionStore
) -> None:
    """Start a new study with the trials of studies that differ only in the score, and say so."""
    donors, n_trials = _start(configuration, storage, store)
    if n_trials:
        logger.warning(
            "Study %s takes over %d trials of %s, scored again from their stored predictions. These "
            "trials were chosen by another score: raise sweep.n_trials to add some that are chosen by "
            "%s.",
            configuration.find_name(storage),
            n_trials,
            ", ".join(donors),
            configuration.scoring,
        )


def rescore_studies(
    before: Mapping[str, StudyConfiguration],
    after: Mapping[str, StudyConfiguration],
    storage: BaseStorage,
    store: PredictionStore,
) -> list[Rescored]:
    """Start the studies of another score that have no trials with the present ones; fit nothing."""
    found = [_rescore(name, before[name], after[name], storage, store) for name in before]
    if any(each.study for each in found):
        return found
    if {each.reason for each in found} == {NO_STUDY}:
        nearest = describe_nearest(next(iter(before.values())), storage, "kedro run")
        raise InputError(f"{NO_STUDY} {nearest}")
    raise InputError("\n".join(f"{each.candidate}: {each.reason}" for each in found))


def _rescore(
    name: str,
    before: StudyConfiguration,
    after: StudyConfiguration,
    storage: BaseStorage,
    store: PredictionStore,
) -> Rescored:
    if not _has_score(before, storage):
        return Rescored(name, reason=NO_STUDY)
    if _reads_decisions(after, after.scoring):
        return Rescored(name, reason=f"'{after.scoring}' {READS_DECISIONS}")
    chosen = optuna.load_study(study_name=before.find_name(storage), storage=storage)
    is_new = _start(after, storage, store)[1] > 0
    if not _has_score(after, storage):
        kept = filter(None, map(store.read, list_configurations(chosen)))
        reasons = (_score(after.scoring, store.truth, predictions)[-1] for predictions in kept)
        nothing = NOTHING_KEPT if before.sweep.predictions.keep else NO_KEEP
        return Rescored(name, reason=next(reasons, nothing))
    study = optuna.load_study(study_name=after.find_name(storage), storage=storage)
    same = identify(chosen.best_params)
    values = (trial.value for trial in study.trials if identify(trial.params) == same)
    return Rescored(name, study, next(values, None), is_new)


def _has_score(configuration: StudyConfiguration, storage: BaseStorage) -> bool:
    with suppress(KeyError):  # what is raised if there is no such study
        number = storage.get_study_id_from_name(configuration.find_name(storage))
        return storage.get_n_trials(number, (TrialState.COMPLETE,)) > 0
    return False


def _is_started(configuration: StudyConfiguration, storage: BaseStorage) -> bool:
    """Whether a search has a score, or all trials of another score were taken over."""
    with suppress(KeyError):
        number = storage.get_study_id_from_name(configuration.find_name(storage))
        attrs = storage.get_study_user_attrs(number)
        is_searched = attributes.INTRODUCED in attrs and _has_score(configuration, storage)
        return is_searched or attributes.RESCORED in attrs
    return False


def _start(
    configuration: StudyConfiguration, storage: BaseStorage, store: PredictionStore
) -> tuple[list[str], int]:
    """Start a study; name those that its trials come from, and count the trials."""
    if not isinstance(storage, StudyDatabase):
        return _copy_rescored(configuration, storage, store)
    with storage.hold(configuration.find_name(storage)):  # of several machines, the first one starts it
        return _copy_rescored(configuration, storage, store)


def _copy_rescored(
    configuration: StudyConfiguration, storage: BaseStorage, store: PredictionStore
) -> tuple[list[str], int]:
    if _is_started(configuration, storage):
        return [], 0
    own, known = configuration.description, list_others(configuration, storage)
    donors = [
        donor.study_name
        for donor in find_donors(own, known, OF_SCORE | CODE)
        if _is_by_another_score(own, donor.user_attrs[attributes.DESCRIPTION])
    ]
    if not donors or _reads_decisions(configuration, configuration.scoring):
        return [], 0
    rescored: dict[str, FrozenTrial] = {}
    for donor in (optuna.load_study(study_name=name, storage=storage) for name in donors):
        trials = donor.get_trials(deepcopy=False)
        for found in (each for each in list_configurations(donor) if each.position is None):
            trial, predictions = trials[found.number], store.read(found)
            key, space = identify(trial.params), configuration.search_space
            if predictions is None or key in rescored or not fits(trial, space):
                continue
            value, folds, _ = _score(configuration.scoring, store.truth, predictions)
            if isfinite(value):
                others = {
                    name: _score(name, store.truth, predictions)[:2]
                    for name in configuration.other_scorings
                    if not _reads_decisions(configuration, name)
                }
                scores = {name: score for name, (score, _) in others.items()}
                attrs: dict[str, Any] = {attributes.SCORES: scores} if scores else {}
                if configuration.keeps_folds:
                    of_folds = {name: each for name, (_, each) in others.items() if each}
                    attrs[attributes.FOLDS] = {configuration.scoring: folds} | of_folds
                copy = copy_trial(trial, space, value, attrs)
                # These say how long the model takes to fit.
                copy.datetime_start = trial.datetime_start
                copy.datetime_complete = trial.datetime_complete
                saved = trial.system_attrs.get(attributes.SAVED, 0.0)
                copy.system_attrs = copy.system_attrs | {attributes.SAVED: saved}
                rescored[key] = copy
    if rescored:
        optuna.logging.set_verbosity(optuna.logging.WARNING)  # as during a search
        study = configuration.open_study(storage)
        for trial in study.get_trials(deepcopy=False):  # of a takeover that was interrupted
            rescored.pop(identify(trial.params), None)
        study.add_trials(rescored.values())
        study.set_user_attr(attributes.RESCORED, True)
    return donors, len(rescored)


def _is_by_another_score(own: dict[str, Any], other: dict[str, Any]) -> bool:
    """Whether only the score is other code; that of the model is in both, and has to be equal."""
    parts = [(own.get(part, {}), other.get(part, {})) for part in CODE]
    is_same = all(now[key] == before[key] for now, before in parts for key in now.keys() & before.keys())
    return is_same and any(own.get(part) != other.get(part) for part in ("scoring", "scorer"))


def _reads_decisions(configuration: StudyConfiguration, scoring: str) -> bool:
    """Whether the score reads the model's decision function, which is not stored."""
    methods = getattr(find_scorer(scoring), "_response_method", ())
    return "decision_function" in methods and hasattr(configuration.build(), "decision_function")


def _score(scoring: str, truth: Truth, predictions: Predictions) -> tuple[float, list[float], str]:
    """Average the scores of the folds, as for a trial; NaN and the reason if that needs more."""
    score: Any = wrap_scorer(find_scorer(scoring))
    values: list[float] = []
    for fold in np.unique(truth.folds):
        rows = np.flatnonzero(truth.folds == fold)
        try:
            values += score(truth.take(rows), predictions.take(rows), np.ones((1, len(rows)))).tolist()
        except Exception as error:  # a custom scorer may raise anything
            return nan, [], explain_failure(scoring, error)
    value = float(np.mean(values))
    return value, values, "" if isfinite(value) else f"'{scoring}' is {value} by the stored predictions."
