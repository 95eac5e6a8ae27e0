"""The configurations of all candidates in one list, with their predictions and their cost."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from itertools import islice
from math import isclose
from typing import Any, NamedTuple

import numpy as np
import optuna
from optuna.trial import FrozenTrial

from kedro_sweep.evaluation.metrics import (
    RANK_METRICS,
    average_folds,
    explain_failure,
    find_name,
    make_metric,
)
from kedro_sweep.evaluation.predictions import (
    Array,
    Predictions,
    PredictionStore,
    Truth,
    draw_lot,
    list_configurations,
)
from kedro_sweep.search import StudyConfiguration
from kedro_sweep.search.study import estimate_refits as study_refits
from kedro_sweep.search.study import find_sign
from kedro_sweep.text import number

TOLERANCE = 0.005
# Of stored probabilities, in which different ones may become equal, so ranks may change by more.
SINGLE_PRECISION = 1e-6
NOTHING_KEPT = (
    "No predictions of this study are stored: an earlier release ran it, sweep.predictions.keep was "
    "false, or they were removed. To get them, remove it, and each study whose trials it took over, "
    "with `kedro sweep studies --remove NAME`, and run again. In a notebook, let storage be the path of "
    "a journal: predictions of a storage of Optuna end with the session."
)


class Pooled(NamedTuple):
    """A configuration of one of the candidates, and the first trial that has it."""

    candidate: str
    trial: FrozenTrial
    predictions: Predictions
    # The trial may have found another number of boosting rounds better.
    params: Mapping[str, Any]


def find_winner(studies: Mapping[str, optuna.Study]) -> str:
    """Find the candidate that has the best trial of all."""
    sign = find_sign(next(iter(studies.values())).direction)
    return max(studies, key=lambda name: sign * studies[name].best_value)


def pool(
    studies: Mapping[str, optuna.Study], store: PredictionStore, *, best_first: bool = False
) -> Iterator[Pooled]:
    """Load the configurations of all candidates one by one; `best_first`, those of the trials alone."""
    found = [(name, each) for name, study in studies.items() for each in list_configurations(study)]
    if best_first:
        found = [(name, each) for name, each in found if each.position is None]
        sign = find_sign(next(iter(studies.values())).direction)
        found.sort(key=lambda pair: -sign * pair[1].value)
    # By number: trials that other machines still run are left out of the list.
    trials = {
        (name, trial.number): trial
        for name, study in studies.items()
        for trial in study.get_trials(deepcopy=False)
    }
    for name, configuration in found:
        if (predictions := store.read(configuration)) is not None:
            yield Pooled(name, trials[name, configuration.number], predictions, configuration.params)


def take_best(studies: Mapping[str, optuna.Study], store: PredictionStore, n: int) -> list[Pooled]:
    """Load the configurations with the best values, and no others."""
    return list(islice(pool(studies, store, best_first=True), n))


def take_sample(studies: Mapping[str, optuna.Study], pooled: Sequence[Pooled]) -> list[Pooled]:
    """Take those that were kept whatever their value: a random sample of all configurations.

    The best ones, which are kept as well, would bring back the luck that the correction removes.
    """
    stored = {(found.candidate, found.trial.number) for found in pooled}
    lots = {
        (name, found.number): draw_lot(found)
        for name, study in studies.items()
        for found in list_configurations(study)
    }
    first_removed = min((lot for key, lot in lots.items() if key not in stored), default=None)
    if first_removed is None:
        return list(pooled)
    return [found for found in pooled if lots[found.candidate, found.trial.number] < first_removed]


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
    of_winner = (found for found in pooled if found.candidate == candidate)
    best = next((found for found in of_winner if found.params == study.best_params), None)
    if best is None:
        return "The predictions of the best trial are not stored."
    scoring = configuration.scoring
    try:
        value = score(scoring, truth, best.predictions)
    except Exception as error:  # a custom scorer may raise anything
        return explain_failure(scoring, error)
    rounding = 0.0 if truth.classes is None else SINGLE_PRECISION  # numbers may have any unit
    rounding = TOLERANCE if find_name(scoring) in RANK_METRICS else rounding
    if not isclose(value, study.best_value, rel_tol=TOLERANCE, abs_tol=rounding):
        return (
            f"The best value is {number(study.best_value)}, but the predictions of its trial give "
            f"{number(value)}: '{scoring}' needs more than predictions and probabilities."
        )
    return ""


def score(scoring: str, truth: Truth, predictions: Predictions) -> float:
    """Score the predictions for all rows the way a trial is scored."""
    weights = np.ones((1, len(truth.y)))
    return float(average_folds(make_metric(scoring), truth, [predictions], weights)[0, 0])


def estimate_refits(
    pooled: Sequence[Pooled],
    studies: Mapping[str, optuna.Study],
    configurations: Mapping[str, StudyConfiguration],
) -> Array:
    """Estimate how long each takes to train on all rows."""
    n_fits, seconds = next(iter(configurations.values())).n_fits, np.zeros(len(pooled))
    for name, study in studies.items():
        numbers = [number for number, found in enumerate(pooled) if found.candidate == name]
        trials = [pooled[number].trial for number in numbers]
        seconds[numbers] = study_refits(study, trials, n_fits)
    return seconds


def keep_scored(scoring: str, truth: Truth, named: Mapping[str, Predictions]) -> dict[str, Predictions]:
    """Keep the predictions that can be scored; the score may need probabilities that a model lacks."""
    scored = {}
    for name, found in named.items():
        with suppress(Exception):  # a custom scorer may raise anything
            score(scoring, truth, found)
            scored[name] = found
    return scored


def drop_unscored(scoring: str, truth: Truth, pooled: Sequence[Pooled]) -> list[Pooled]:
    """Drop candidates that lack the probabilities that the others' score needs."""
    first = {found.candidate: found.predictions for found in reversed(pooled)}
    scored = keep_scored(scoring, truth, first)
    return [found for found in pooled if found.candidate in scored]
