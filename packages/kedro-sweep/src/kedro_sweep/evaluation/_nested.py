"""Nested cross-validation: repeat the whole search without each fold, and predict its rows."""

import logging
from collections.abc import Mapping
from dataclasses import replace

import numpy as np
from optuna.storages import BaseStorage

from kedro_sweep.evaluation._search import search_and_keep
from kedro_sweep.evaluation.ensemble import blend, choose_members
from kedro_sweep.evaluation.predictions import Array, Predictions, PredictionStore, align
from kedro_sweep.search import Ensemble, StudyConfiguration, fit_weighted
from kedro_sweep.search.trial import record_predictions

logger = logging.getLogger(__name__)


def predict_nested(
    configurations: Mapping[str, StudyConfiguration],
    storage: BaseStorage,
    store: PredictionStore,
    ensemble: Ensemble,
) -> Predictions:
    """Predict each fold with the model that a search on the other folds delivers.

    Each inner search has its own study, so an interrupted run continues, and a second run adds nothing.
    """
    first = next(iter(configurations.values()))
    n_folds, everything, parts = len(first.folds), np.arange(len(first.X)), []
    logger.info(
        "sweep.nested: the search is repeated without each of %d folds, which takes about %d times as "
        "long as the search.",
        n_folds,
        n_folds,
    )
    for number, fold in enumerate(first.folds):
        logger.info("Nested search %d of %d.", number + 1, n_folds)
        rows = np.setdiff1d(everything, fold.test)
        inner = {name: _take(found, rows) for name, found in configurations.items()}
        studies, inner_store = search_and_keep(inner, storage, store.artifacts)
        members = choose_members(studies, inner, inner_store, ensemble)
        truth = store.truth.take(np.flatnonzero(store.truth.folds == number))
        predictions = []
        for member in members:
            configuration = inner[member["candidate"]]
            table = configuration.X, configuration.y, configuration.weights
            model = fit_weighted(configuration.build(member["params"]), *table)
            with record_predictions(model, fold.X_test) as predict:
                predictions.append(align([predict()], truth))
        parts.append(blend(truth, predictions, [member["weight"] for member in members]))
    labels = np.concatenate([part.labels for part in parts])
    if any(part.probabilities is None for part in parts):
        return Predictions(labels, None)
    return Predictions(labels, np.concatenate([part.need_probabilities() for part in parts]))


def _take(configuration: StudyConfiguration, rows: Array) -> StudyConfiguration:
    groups, weights = configuration.groups, configuration.weights
    return replace(
        configuration,
        X=configuration.X.iloc[rows],
        y=configuration.y.iloc[rows],
        groups=None if groups is None else groups.iloc[rows],
        weights=None if weights is None else weights[rows],
        n_train=configuration.n_train * len(rows) // len(configuration.X),
    )
