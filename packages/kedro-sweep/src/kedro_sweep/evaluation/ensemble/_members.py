"""The members of the model (the best trial, or an ensemble of trials) and the estimator made of them."""

import logging
from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

import numpy as np
import optuna
import pandas as pd
from optuna.trial import FrozenTrial
from sklearn.ensemble import VotingRegressor

from kedro_sweep.evaluation.ensemble._blends import stack
from kedro_sweep.evaluation.ensemble._pool import (
    estimate_refits,
    find_reason_against,
    find_winner,
    take_best,
)
from kedro_sweep.evaluation.ensemble._selection import select
from kedro_sweep.evaluation.ensemble.voting import SoftVotingClassifier
from kedro_sweep.evaluation.predictions import PredictionStore
from kedro_sweep.search import Ensemble, StudyConfiguration, Sweep
from kedro_sweep.search.settings import choose_candidates
from kedro_sweep.search.study import make_estimator, set_searched
from kedro_sweep.tables import Data

logger = logging.getLogger(__name__)

Member = dict[str, Any]


def choose_members(
    studies: Mapping[str, optuna.Study],
    configurations: Mapping[str, StudyConfiguration],
    store: PredictionStore,
    ensemble: Ensemble,
    seconds: float | None = None,
) -> list[Member]:
    """Choose the trials that the model consists of.

    Args:
        studies: By candidate; each has at least one scored trial.
        configurations: What the studies search, by candidate.
        store: Holds the predictions of their trials.
        ensemble: How many to choose.
        seconds: The time for refitting; None for no limit.

    Returns:
        Plain values of each member, sorted by weight: `candidate`, `trial`, `weight` (the weights sum to
        1) and `params`. Only the best trial if the size is 0 or, with a warning, if the score cannot be
        computed from the stored predictions.
    """
    winner = find_winner(studies)
    configuration = configurations[winner]
    single = [_describe(winner, studies[winner].best_trial, 1.0)]
    if not ensemble.size:
        return single
    best = take_best(studies, store, ensemble.trials)
    if reason := find_reason_against(studies, configurations, store.truth, best):
        logger.warning("No ensemble: the model is the best trial. %s", reason)
        return single
    stacked = stack(store.truth, [found.predictions for found in best])
    scoring, direction = configuration.scoring, configuration.sweep.direction
    choose = partial(select, store.truth, stacked, scoring, direction, ensemble.size)
    counts = choose()
    if seconds is not None:
        costs = estimate_refits(best, studies, configurations)
        needed = costs[counts > 0].sum()
        if needed > seconds:
            counts = choose(costs=costs, budget=seconds)
            chosen = counts > 0
            logger.info(
                "Refitting the best ensemble would take about %.1f s, but only %.1f s are left. So the "
                "ensemble was selected again: %d models that take about %.1f s.",
                needed,
                seconds,
                np.count_nonzero(chosen),
                costs[chosen].sum(),
            )
    order = np.argsort(-counts, kind="stable")[: np.count_nonzero(counts)]
    weights = (counts / counts.sum()).tolist()
    return [_describe(best[number].candidate, best[number].trial, weights[number]) for number in order]


def _describe(candidate: str, trial: FrozenTrial, weight: float) -> Member:
    return {"candidate": candidate, "trial": trial.number, "weight": weight, "params": trial.params}


def make_model(members: Sequence[Member], X: pd.DataFrame, data: Data, sweep: Sweep) -> Any:
    """Build the estimator from the members.

    Args:
        members: What `choose_members` returned.
        X: Features, shape (n, n_features).
        data: The seed, and whether missing values are filled with means inside the model.
        sweep: The estimators, and the number of members to fit at once, each in its own process.

    Returns:
        The unfitted estimator: the member's own if there is one, otherwise the weighted average of all.
    """
    candidates, imputes = choose_candidates(sweep), data.impute == "in_model"
    estimators = [
        (
            f"{member['candidate']}_{member['trial']}".replace("__", "_"),  # scikit-learn's separator
            set_searched(
                make_estimator(candidates[member["candidate"]], X, data.random_seed, imputes=imputes),
                member["params"],
            ),
        )
        for member in members
    ]
    if len(estimators) == 1:
        return estimators[0][1]
    kind = SoftVotingClassifier if sweep.is_classifier else VotingRegressor
    weights = [member["weight"] for member in members]
    return kind(estimators, weights=weights, n_jobs=sweep.n_jobs)
