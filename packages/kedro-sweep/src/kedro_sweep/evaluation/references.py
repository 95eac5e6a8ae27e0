"""What a dummy and the untuned model score on the test rows, beside the model."""

import logging
import warnings
from contextlib import suppress
from math import isfinite
from statistics import median
from typing import Any

import pandas as pd
from joblib import effective_n_jobs
from sklearn.compose import ColumnTransformer
from threadpoolctl import threadpool_limits

from kedro_sweep.evaluation._summary import SweepSummary
from kedro_sweep.evaluation.estimates import fit_dummies, measure, predict_rows, score_rows
from kedro_sweep.remembered import remember
from kedro_sweep.search import StudyConfiguration, Sweep, fit_weighted
from kedro_sweep.search.settings import choose_candidates
from kedro_sweep.tables import Data

logger = logging.getLogger(__name__)

# With more training rows, one more fit would take too long.
MAX_ROWS = 20_000


@remember()
def score_references(
    train: pd.DataFrame,
    test: pd.DataFrame,
    preparation: ColumnTransformer,
    sweep_summary: dict[str, Any],
    data: Data,
    sweep: Sweep,
) -> dict[str, Any]:
    """Score the dummy and the untuned model on the test rows, by that of the search and all metrics.

    The untuned model has none if it failed in the folds, or if the training rows are many.
    """
    summary = SweepSummary.model_validate(sweep_summary)
    candidate = choose_candidates(sweep).get(summary.candidate)
    if candidate is None:
        return {"dummy": {}, "untuned": {}}  # list_findings says that these are not its parameters
    configuration = StudyConfiguration.from_table(train, preparation, data, sweep, candidate)
    X, y, weights = preparation.transform(test), test[data.y_label], data.take_weights(test)

    def describe(models: list[Any], usual: Any) -> dict[str, Any]:
        found: dict[str, Any] = {"metrics": measure(*predict_rows(usual, X, y, weights=weights))}
        with suppress(Exception):  # a custom scorer may raise anything
            value = median(score_rows(model, X, y, summary.scoring, weights) for model in models)
            found |= {"score": value} if isfinite(value) else {}
        return found

    dummies = fit_dummies(configuration)
    usual = dummies["class shares" if configuration.model.is_classifier else "mean"]
    found = {"dummy": describe(dummies.get(summary.dummy_strategy, usual), usual[0]), "untuned": {}}
    if summary.untuned_value is not None and len(train) <= MAX_ROWS:
        try:
            # More threads than cores that are free wait for each other.
            limit = threadpool_limits(effective_n_jobs(sweep.n_jobs), user_api="openmp")
            with limit, warnings.catch_warnings(action="ignore"):  # its folds have shown them
                rows = preparation.transform(train), train[data.y_label], data.take_weights(train)
                untuned = fit_weighted(configuration.build(), *rows)
                found["untuned"] = describe([untuned], untuned)
        except Exception as error:  # an estimator may raise anything
            text = "The untuned model has no test score. %s: %s"
            logger.warning(text, type(error).__name__, error)
    return found
