"""Would more rows help? The score of the delivered model, trained on shares of the rows of each fold."""

import logging
from collections.abc import Iterable
from math import ceil, nan
from typing import Any

import numpy as np
import pandas as pd
from joblib import Parallel, delayed
from scipy.stats import t as student
from sklearn.base import clone

from kedro_sweep.errors import InputError
from kedro_sweep.evaluation.estimates import ENDS, Estimate
from kedro_sweep.evaluation.predictions import Array
from kedro_sweep.search import StudyConfiguration
from kedro_sweep.search.settings import find_scorer, fit_weighted, score_weighted
from kedro_sweep.search.study import find_sign
from kedro_sweep.tables import draw_rows

logger = logging.getLogger(__name__)


def measure_learning_curve(
    configuration: StudyConfiguration, model: Any, shares: Iterable[float]
) -> tuple[pd.DataFrame, Estimate]:
    """Train a model on shares of each fold's training rows, and score it on the fold's other rows.

    Return the mean number of training rows, the score and its standard error for each share, and how
    much better all rows are than the next smaller share. A share of too few rows for the model is left
    out. Folds share training rows, so their variance is corrected: C. Nadeau and Y. Bengio (2003),
    "Inference for the generalization error", Machine Learning 52, 239-281.
    """
    X, y, groups, folds = configuration.X, configuration.y, configuration.groups, configuration.folds
    tried: Array = np.array(sorted({*shares, 1.0}))
    splits = []
    for fold in folds:
        rows = X.index.get_indexer(fold.X_train.index)
        kinds: dict[str, Any] = {"ordered": configuration.ordered, "fewest": 1}
        kinds["classes"] = fold.y_train if configuration.model.is_classifier else None
        kinds["groups"] = None if groups is None else groups.iloc[rows]
        for share in tried:
            most = ceil(share * len(rows))
            drawn = draw_rows(len(rows), most, configuration.random_seed, **kinds)
            splits.append((rows[drawn], fold.test, share < 1))
    scorer, weights = find_scorer(configuration.scoring), configuration.weights

    def score(train: Array, test: Array, may_fail: bool) -> tuple[float, str]:
        parts = [
            (X.iloc[rows], y.iloc[rows], None if weights is None else weights[rows])
            for rows in (train, test)
        ]
        try:
            return score_weighted(scorer, fit_weighted(clone(model), *parts[0]), *parts[1]), ""
        except Exception as error:  # of any class: 25 neighbors need 25 rows
            if not may_fail:
                raise
            return nan, f"{type(error).__name__}: {error}"

    run = Parallel(n_jobs=configuration.sweep.n_jobs)
    values, errors = zip(*run(delayed(score)(*split) for split in splits), strict=True)
    scores = np.reshape(values, (len(folds), -1))
    n_rows = np.reshape([len(train) for train, *_ in splits], scores.shape).mean(axis=0)
    works = np.isfinite(scores).all(axis=0) | (tried == 1)
    if not works.all():
        few = ", ".join(f"{share:g}" for share in tried[~works])
        reason = next(filter(None, errors), "")
        message = f"--shares: the model cannot be scored with a share of {few}. {reason}".rstrip(". ")
        if works.sum() < 2:
            raise InputError(f"{message}. Give larger shares.")
        logger.warning("%s.", message)
    scores, n_rows = scores[:, works], n_rows[works]
    ratio = np.mean([len(fold.test) / len(fold.X_train) for fold in folds])

    def find_error(values: Array) -> Any:
        return np.sqrt((1 / len(folds) + ratio) * values.var(axis=0, ddof=1))

    changes = find_sign(configuration.sweep.direction) * (scores[:, -1] - scores[:, -2])
    low, high = changes.mean() + student.ppf(ENDS, len(folds) - 1) * find_error(changes)
    points = {"rows": n_rows.round().astype(int), "score": scores.mean(axis=0)}
    table = pd.DataFrame(points | {"standard_error": find_error(scores)}, tried[works])
    return table, Estimate(float(changes.mean()), float(low), float(high))
