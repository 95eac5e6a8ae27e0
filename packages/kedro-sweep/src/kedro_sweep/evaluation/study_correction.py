"""Correct the best value of a study for having been chosen, or say why that cannot be done."""

from dataclasses import replace
from math import isclose

import numpy as np
import optuna

from kedro_sweep.evaluation.correction import Correction, correct_selection
from kedro_sweep.evaluation.metrics import average_folds
from kedro_sweep.evaluation.out_of_fold import Predictions, Truth
from kedro_sweep.evaluation.prediction_store import PredictionStore, count_configurations
from kedro_sweep.evaluation.resampling import find_obstacle
from kedro_sweep.evaluation.steady_scores import make_steady_metric
from kedro_sweep.search import StudyConfiguration

# Fewer draws give no 95% interval.
MIN_DRAWS = 20
# Probabilities are kept in single precision, in which some are equal that were not.
TOLERANCE = 0.005
NOTHING_KEPT = (
    "No predictions of this study are kept, as an earlier release ran it or they were removed. To get "
    "them, remove it with `kedro sweep studies --remove NAME` and run again."
)


def correct_study(
    study: optuna.Study, configuration: StudyConfiguration, store: PredictionStore
) -> Correction:
    """Correct the best value of a study by the predictions of its trials.

    Args:
        study: The study; a trial has a value.
        configuration: What it searches.
        store: Holds the predictions.

    Returns:
        The correction; without an estimate, its note has the reason.
    """
    kept = store.load(study)
    if reason := _find_reason_against(study, configuration, store.truth, kept):
        return Correction(None, {}, 0, 0, reason)
    correction = correct_selection(
        store.truth,
        list(kept.values()),
        configuration.scoring,
        configuration.sweep.direction,
        _choose_references(study, configuration, store),
        configuration.random_seed,
    )
    if correction.estimate and correction.n_draws < MIN_DRAWS:
        note = f"Only {correction.n_draws} draws hold all classes of a fold: merge rare classes."
        return replace(correction, estimate=None, gains={}, note=note)
    n_configurations = count_configurations(study)
    if len(kept) == n_configurations:
        return correction
    note = (
        f"Predictions are kept of {len(kept)} of {n_configurations} configurations, so that some of the "
        "luck may remain."
    )
    return replace(correction, note=f"{note} {correction.note}".rstrip())


def _find_reason_against(
    study: optuna.Study, configuration: StudyConfiguration, truth: Truth, kept: dict[int, Predictions]
) -> str:
    """Say why there is no correction; empty if nothing stands against it."""
    if obstacle := find_obstacle(configuration):
        return obstacle
    if not configuration.sweep.predictions.keep:
        return "sweep.predictions.keep is false."
    if not kept:
        return NOTHING_KEPT
    return _find_difference(study, configuration, truth, kept)


def _find_difference(
    study: optuna.Study,
    configuration: StudyConfiguration,
    truth: Truth,
    kept: dict[int, Predictions],
) -> str:
    """Say why the predictions of the best trial do not stand for its value; empty if they do."""
    trials = study.get_trials(deepcopy=False)
    best = next((kept[n] for n in kept if trials[n].params == study.best_params), None)
    if best is None:
        return "The predictions of the best trial are not kept."
    value = _score(configuration.scoring, truth, best)
    if value is not None and not isclose(value, study.best_value, rel_tol=TOLERANCE, abs_tol=TOLERANCE):
        return (
            f"The best value is {study.best_value:.4f}, and the predictions of its trial give "
            f"{value:.4f}: '{configuration.scoring}' reads more than predictions and probabilities."
        )
    return ""


def _choose_references(
    study: optuna.Study, configuration: StudyConfiguration, store: PredictionStore
) -> dict[str, Predictions]:
    """Choose the references that have the score; a default without probabilities may have none."""
    return {
        name: predictions
        for name, predictions in store.load_for_study(study).items()
        if _score(configuration.scoring, store.truth, predictions) is not None
    }


def _score(scoring: str, truth: Truth, predictions: Predictions) -> float | None:
    """Score predictions of all rows; None if they do not have the score."""
    weights = np.ones((1, len(truth.y)))
    try:
        return float(average_folds(make_steady_metric(scoring), truth, [predictions], weights)[0, 0])
    except Exception:  # a scorer of the user's own may raise anything; the correction then says what
        return None
