"""The configurations of all candidates in one list, with what they predict."""

from collections.abc import Mapping
from dataclasses import dataclass
from math import isclose

import numpy as np
import optuna
from optuna.study import StudyDirection

from kedro_sweep.evaluation.metrics import average_folds
from kedro_sweep.evaluation.out_of_fold import Predictions, Truth
from kedro_sweep.evaluation.prediction_store import PredictionStore
from kedro_sweep.evaluation.stand_in import make_metric
from kedro_sweep.search import StudyConfiguration

# Probabilities are kept in single precision, in which some are equal that were not.
TOLERANCE = 0.005
NOTHING_KEPT = (
    "No predictions of this study are kept, as an earlier release ran it or they were removed. To get "
    "them, remove it with `kedro sweep studies --remove NAME` and run again."
)


@dataclass(frozen=True, eq=False)
class Pooled:
    """A configuration of one of the candidates.

    Attributes:
        candidate: Name of the candidate.
        trial: The first trial that has its parameters.
        predictions: Its out-of-fold predictions.
    """

    candidate: str
    trial: optuna.trial.FrozenTrial
    predictions: Predictions


def find_winner(studies: Mapping[str, optuna.Study]) -> str:
    """Find the candidate that has the best trial of all.

    Args:
        studies: By candidate; in each, a trial has a value, and all have one direction.

    Returns:
        Its name; of equals the first.
    """
    is_maximized = next(iter(studies.values())).direction == StudyDirection.MAXIMIZE
    choose = max if is_maximized else min
    return choose(studies, key=lambda name: studies[name].best_value)


def pool(studies: Mapping[str, optuna.Study], store: PredictionStore) -> list[Pooled]:
    """Put the configurations of all candidates in one list.

    Args:
        studies: By candidate.
        store: Holds the predictions of their trials.

    Returns:
        Those whose predictions are kept, study after study.
    """
    pooled = []
    for name, study in studies.items():
        trials = study.get_trials(deepcopy=False)
        loaded = store.load(study).items()
        pooled += [Pooled(name, trials[number], predictions) for number, predictions in loaded]
    return pooled


def find_reason_against(
    studies: Mapping[str, optuna.Study],
    configurations: Mapping[str, StudyConfiguration],
    truth: Truth,
    pooled: list[Pooled],
) -> str:
    """Say why nothing can be computed from the predictions; empty if nothing stands against it.

    Args:
        studies: By candidate.
        configurations: What they search, by candidate.
        truth: What the predictions are compared with.
        pooled: What `pool` returned.

    Returns:
        A sentence or two: predictions are missing, or those of the best trial do not give its value.
    """
    candidate = find_winner(studies)
    study, configuration = studies[candidate], configurations[candidate]
    if not configuration.sweep.predictions.keep:
        return "sweep.predictions.keep is false."
    if not pooled:
        return NOTHING_KEPT
    best = next(
        (
            found.predictions
            for found in pooled
            if found.candidate == candidate and found.trial.params == study.best_params
        ),
        None,
    )
    if best is None:
        return "The predictions of the best trial are not kept."
    scoring = configuration.scoring
    try:
        value = score(scoring, truth, best)
    except Exception as error:  # a scorer of the user's own may raise anything
        return describe_error(scoring, error)
    if not isclose(value, study.best_value, rel_tol=TOLERANCE, abs_tol=TOLERANCE):
        return (
            f"The best value is {study.best_value:.4f}, and the predictions of its trial give "
            f"{value:.4f}: '{scoring}' reads more than predictions and probabilities."
        )
    return ""


def score(scoring: str, truth: Truth, predictions: Predictions) -> float:
    """Score predictions of all rows, as a trial is scored.

    Args:
        scoring: Name or import path of a scorer.
        truth: What the predictions are compared with.
        predictions: The predictions.

    Returns:
        The mean over the folds.

    Raises:
        Exception: Whatever the scorer raises.
    """
    weights = np.ones((1, len(truth.y)))
    return float(average_folds(make_metric(scoring), truth, [predictions], weights)[0, 0])


def describe_error(scoring: str, error: Exception) -> str:
    """Say that a score reads more than predictions.

    Args:
        scoring: Name or import path of a scorer.
        error: What it raised.

    Returns:
        Two sentences.
    """
    reason = f"{type(error).__name__}: {str(error).rstrip('.')}"
    return f"'{scoring}' cannot be computed from stored predictions alone. {reason}."


def take_best(pooled: list[Pooled], n: int, direction: StudyDirection) -> list[Pooled]:
    """Take the configurations with the best values.

    Args:
        pooled: What `pool` returned.
        n: How many at most.
        direction: Of the studies.

    Returns:
        The best first; of equals the earlier first.
    """
    sign = -1 if direction == StudyDirection.MAXIMIZE else 1
    return sorted(pooled, key=lambda found: sign * (found.trial.value or 0.0))[:n]
