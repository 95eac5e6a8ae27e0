"""Would more rows help? The score of the delivered model, trained on shares of the rows of each fold."""

from collections.abc import Iterable
from math import ceil
from typing import Any

import numpy as np
import pandas as pd
from joblib import Parallel, delayed
from scipy.stats import t as student
from sklearn.base import clone

from kedro_sweep.evaluation.estimates import ENDS, Estimate
from kedro_sweep.evaluation.predictions import Array
from kedro_sweep.search import StudyConfiguration
from kedro_sweep.search.settings import find_scorer, fit_weighted, score_weighted
from kedro_sweep.search.study import find_sign
from kedro_sweep.tables import draw_rows


def measure_learning_curve(
    configuration: StudyConfiguration, model: Any, shares: Iterable[float]
) -> tuple[pd.DataFrame, Estimate]:
    """Train a model on shares of each fold's training rows, and score it on the fold's other rows.

    Return the mean number of training rows, the score and its standard error for each share, and how
    much better all rows are than the next smaller share. Folds share training rows, so their variance is
    corrected: C. Nadeau and Y. Bengio (2003), "Inference for the generalization error", Machine Learning
    52, 239-281.
    """
    X, y, groups, folds = configuration.X, configuration.y, configuration.groups, configuration.folds
    shares, splits = sorted({*shares, 1.0}), []
    for fold in folds:
        rows = X.index.get_indexer(fold.X_train.index)
        kinds: dict[str, Any] = {"ordered": configuration.ordered, "fewest": 1}
        kinds["classes"] = fold.y_train if configuration.model.is_classifier else None
        kinds["groups"] = None if groups is None else groups.iloc[rows]
        for most in (ceil(share * len(rows)) for share in shares):
            drawn = draw_rows(len(rows), most, configuration.random_seed, **kinds)
            splits.append((rows[drawn], fold.test))
    scorer, weights = find_scorer(configuration.scoring), configuration.weights

    def score(train: Array, test: Array) -> float:
        parts = [
            (X.iloc[rows], y.iloc[rows], None if weights is None else weights[rows])
            for rows in (train, test)
        ]
        return score_weighted(scorer, fit_weighted(clone(model), *parts[0]), *parts[1])

    run = Parallel(n_jobs=configuration.sweep.n_jobs)
    scores = np.reshape(run(delayed(score)(*split) for split in splits), (len(folds), -1))
    n_rows = np.reshape([len(train) for train, _ in splits], scores.shape).mean(axis=0)
    ratio = np.mean([len(fold.test) / len(fold.X_train) for fold in folds])

    def find_error(values: Array) -> Any:
        return np.sqrt((1 / len(folds) + ratio) * values.var(axis=0, ddof=1))

    changes = find_sign(configuration.sweep.direction) * (scores[:, -1] - scores[:, -2])
    low, high = changes.mean() + student.ppf(ENDS, len(folds) - 1) * find_error(changes)
    points = {"rows": n_rows.round().astype(int), "score": scores.mean(axis=0)}
    table = pd.DataFrame(points | {"standard_error": find_error(scores)}, shares)
    return table, Estimate(float(changes.mean()), float(low), float(high))
