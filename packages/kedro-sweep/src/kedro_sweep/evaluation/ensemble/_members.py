"""The members of the model (the best trial, or an ensemble of trials) and the estimator made of them."""

import logging
from collections.abc import Mapping, Sequence
from math import inf, isnan
from typing import Any

import joblib
import numpy as np
import optuna
import pandas as pd
from optuna.trial import FrozenTrial
from sklearn.compose import ColumnTransformer
from sklearn.ensemble import VotingRegressor
from sklearn.pipeline import Pipeline
from threadpoolctl import threadpool_limits

from kedro_sweep.evaluation.ensemble import _pool
from kedro_sweep.evaluation.ensemble._equals import compare
from kedro_sweep.evaluation.ensemble._selection import select, stack
from kedro_sweep.evaluation.ensemble.voting import SoftVotingClassifier, WeightedPipeline
from kedro_sweep.evaluation.estimates import find_obstacle
from kedro_sweep.evaluation.metrics import find_metric
from kedro_sweep.evaluation.predictions import PredictionStore
from kedro_sweep.remembered import remember
from kedro_sweep.search import Ensemble, StudyConfiguration, Sweep, fit_weighted
from kedro_sweep.search.settings import choose_candidates
from kedro_sweep.search.study import find_sign, make_estimator, set_searched
from kedro_sweep.tables import Data, describe_table, mark_rows

logger = logging.getLogger(__name__)

Member = dict[str, Any]
ENSEMBLE = {"model_type": "ensemble", "fixed_params": {}, "best_params": {}}


def choose_members(
    studies: Mapping[str, optuna.Study],
    configurations: Mapping[str, StudyConfiguration],
    store: PredictionStore,
    ensemble: Ensemble,
) -> list[Member]:
    """Choose the trials that the model consists of.

    Args:
        studies: By candidate; each has at least one scored trial.
        configurations: What the studies search, by candidate.
        store: Holds the predictions of their trials, and knows the time left for training the model.
        ensemble: How many to choose.

    Returns:
        Plain values of each member, sorted by weight: `candidate`, `trial`, `weight` (the weights sum to
        1) and `params`. Only the best trial, or what `sweep.choose` prefers, if the size is 0 or, with a
        warning, if the score cannot be computed from the stored predictions.
    """
    winner = _pool.find_winner(studies)
    configuration = configurations[winner]
    if configuration.sweep.choose != "best" and (found := _choose_cheap(studies, configurations, store)):
        return [found]
    single = [_describe(winner, studies[winner].best_trial, 1.0)]
    if not ensemble.size:
        return single
    best = _pool.take_best(studies, store, ensemble.trials)
    if reason := _pool.find_reason_against(studies, configurations, store.truth, best):
        logger.warning("No ensemble: the model is the best trial. %s", reason)
        return single
    stacked = stack(store.truth, [found.predictions for found in best])
    scoring, direction = configuration.scoring, configuration.sweep.direction
    costs = _pool.estimate_refits(best, studies, configurations)
    budget = inf if store.seconds is None else store.seconds
    sizes = (ensemble.size, None, costs, budget)
    counts = select(store.truth, stacked, scoring, direction, *sizes)
    if store.seconds is not None:
        logger.info(
            "The ensemble has %d models, which take about %.1f of the %.1f s that are left to train.",
            np.count_nonzero(counts),
            costs[counts > 0].sum(),
            budget,
        )
    order = np.argsort(-counts, kind="stable")[: np.count_nonzero(counts)]
    weights = (counts / counts.sum()).tolist()
    return [_describe(best[number].candidate, best[number].trial, weights[number]) for number in order]


def _choose_cheap(
    studies: Mapping[str, optuna.Study],
    configurations: Mapping[str, StudyConfiguration],
    store: PredictionStore,
) -> Member | None:
    """Choose the fastest or simplest of those that are as good as the best; None if they are unknown."""
    configuration, pooled = next(iter(configurations.values())), list(_pool.pool(studies, store))
    scoring, truth, choose = configuration.scoring, store.truth, configuration.sweep.choose
    reason = find_obstacle(configuration)
    reason = reason or _pool.find_reason_against(studies, configurations, truth, pooled)
    if not reason and find_metric(scoring) is None:
        reason = f"'{scoring}' would have to be called for each configuration in each draw."
    if not reason and choose == "fastest" and all(isnan(each.predictions.seconds) for each in pooled):
        reason = "An earlier release ran the trials, without noting how long they take to predict."
    if reason:
        logger.warning("sweep.choose: no %s model: the model is the best trial. %s", choose, reason)
        return None
    pooled = _pool.drop_unscored(scoring, truth, pooled)
    values = find_sign(configuration.sweep.direction) * np.array(
        [[_pool.score(scoring, truth, found.predictions)] for found in pooled]
    )
    equals = compare(configurations, truth, pooled)
    n_equal, found = int(equals.find(values).sum()), pooled[equals.pick(values)[0]]
    text = "%d of %d configurations are as good as the best one. The %s is of %s, trial %d."
    logger.info(text, n_equal, len(pooled), choose, found.candidate, found.trial.number)
    member = _describe(found.candidate, found.trial, 1.0)
    return member | {"params": dict(found.params), "choice": choose}


def _describe(candidate: str, trial: FrozenTrial, weight: float) -> Member:
    return {"candidate": candidate, "trial": trial.number, "weight": weight, "params": trial.params}


@remember()
def fit_model(estimator: Any, X: Any, y: Any, weights: Any = None, n_jobs: int = 1) -> Any:
    """Fit a model, or take over that of the last run with the same estimator, rows and weights.

    It has as many threads for linear algebra as each of the `n_jobs` processes of a search. With more of
    them, logistic regression with many classes takes several times as long.
    """
    n_processes = joblib.effective_n_jobs(n_jobs)
    n_threads = max(1, joblib.cpu_count() // n_processes) if n_processes > 1 else None
    with threadpool_limits(n_threads, user_api="blas"):
        return fit_weighted(estimator, X, y, weights)


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
    estimators = []
    for member in members:
        name = f"{member['candidate']}_{member['trial']}".replace("__", "_")  # scikit-learn's separator
        candidate = candidates[member["candidate"]]
        estimator = make_estimator(candidate, X, data.random_seed, imputes=imputes)
        estimator = set_searched(estimator, member["params"])
        if len(members) > 1 and data.weights and isinstance(estimator, Pipeline):
            estimator = WeightedPipeline(**estimator.get_params(deep=False))
        estimators.append((name, estimator))
    if len(estimators) == 1:
        return estimators[0][1]
    kind = SoftVotingClassifier if sweep.is_classifier else VotingRegressor
    weights = [member["weight"] for member in members]
    return kind(estimators, weights=weights, n_jobs=sweep.n_jobs)


def describe_members(
    members: Sequence[Member],
    preparation: ColumnTransformer,
    data: Data,
    sweep: Sweep,
    train: pd.DataFrame | None = None,
) -> dict[str, Any]:
    """Describe what a model consists of, to compare runs.

    Args:
        members: The trials, as `choose_members` returned them.
        preparation: Picks the features.
        data: The column to predict.
        sweep: Their estimators.
        train: The rows that it was trained on, so that later runs do not test it on them; None to leave
            that unchecked.

    Returns:
        Its features and target, its class and arguments, and those of each member of an ensemble.
    """
    description = {"features": preparation.feature_names_in_.tolist(), "y_label": data.y_label}
    if train is not None:
        description["trained_on"] = mark_rows(describe_table(train[[data.y_label]]), data.y_label)
    candidates = choose_candidates(sweep)
    described = []
    for member in members:
        model = candidates[member["candidate"]]
        described.append(member | {"model_type": model.path, "fixed_params": model.params})
    if len(described) > 1:
        return description | ENSEMBLE | {"members": described}
    [only] = described
    model_of = {name: only[name] for name in ("model_type", "fixed_params")}
    return description | model_of | {"best_params": only["params"]}
