"""The configurations of all candidates in one list, with their predictions."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from math import isclose

import numpy as np
import optuna
from optuna.study import StudyDirection

from kedro_sweep.evaluation.metrics import average_folds
from kedro_sweep.evaluation.out_of_fold import Predictions, Truth
from kedro_sweep.evaluation.prediction_store import PredictionStore, list_configurations
from kedro_sweep.evaluation.rank_scores import RANK_METRICS
from kedro_sweep.evaluation.stand_in import make_metric
from kedro_sweep.search import StudyConfiguration

TOLERANCE = 0.005
# Of stored probabilities, in which different ones may become equal, so ranks may change by more.
SINGLE_PRECISION = 1e-6
NOTHING_KEPT = (
    "No predictions of this study are stored: an earlier release ran it, or they were removed. To get "
    "them, remove it with `kedro sweep studies --remove NAME` and run again."
)


@dataclass(frozen=True, eq=False)
class Pooled:
    """A configuration of one of the candidates.

    Attributes:
        candidate: Name of the candidate.
        trial: The first trial with these parameters.
        predictions: Its out-of-fold predictions.
    """

    candidate: str
    trial: optuna.trial.FrozenTrial
    predictions: Predictions


def find_winner(studies: Mapping[str, optuna.Study]) -> str:
    """Find the candidate that has the best trial of all."""
    is_maximized = next(iter(studies.values())).direction == StudyDirection.MAXIMIZE
    choose = max if is_maximized else min
    return choose(studies, key=lambda name: studies[name].best_value)


def pool(
    studies: Mapping[str, optuna.Study], store: PredictionStore, *, best_first: bool = False
) -> Iterator[Pooled]:
    """Load the configurations of all candidates one by one."""
    found = [(name, each) for name, study in studies.items() for each in list_configurations(study)]
    if best_first:
        is_maximized = next(iter(studies.values())).direction == StudyDirection.MAXIMIZE
        found.sort(key=lambda pair: -pair[1].value if is_maximized else pair[1].value)
    trials = {name: study.get_trials(deepcopy=False) for name, study in studies.items()}
    for name, configuration in found:
        if (predictions := store.read(configuration)) is not None:
            yield Pooled(name, trials[name][configuration.number], predictions)


def find_reason_against(
    studies: Mapping[str, optuna.Study],
    configurations: Mapping[str, StudyConfiguration],
    truth: Truth,
    pooled: list[Pooled],
) -> str:
    """Explain why nothing can be computed from the predictions; empty if it can."""
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
        return "The predictions of the best trial are not stored."
    scoring = configuration.scoring
    try:
        value = score(scoring, truth, best)
    except Exception as error:  # a custom scorer may raise anything
        return describe_error(scoring, error)
    rounding = 0.0 if truth.classes is None else SINGLE_PRECISION  # numbers may have any unit
    rounding = TOLERANCE if scoring in RANK_METRICS else rounding
    if not isclose(value, study.best_value, rel_tol=TOLERANCE, abs_tol=rounding):
        return (
            f"The best value is {study.best_value:.4g}, but the predictions of its trial give "
            f"{value:.4g}: '{scoring}' needs more than predictions and probabilities."
        )
    return ""


def score(scoring: str, truth: Truth, predictions: Predictions) -> float:
    """Score the predictions for all rows the way a trial is scored."""
    weights = np.ones((1, len(truth.y)))
    return float(average_folds(make_metric(scoring), truth, [predictions], weights)[0, 0])


def describe_error(scoring: str, error: Exception) -> str:
    """Explain that a score needs more than predictions."""
    reason = f"{type(error).__name__}: {str(error).rstrip('.')}"
    return f"'{scoring}' cannot be computed from stored predictions alone. {reason}."


def take_best(studies: Mapping[str, optuna.Study], store: PredictionStore, n: int) -> list[Pooled]:
    """Load the configurations with the best values, and no others."""
    return list(islice(pool(studies, store, best_first=True), n))
