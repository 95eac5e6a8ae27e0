"""Prediction intervals on public tables: how many test rows they hold, and how wide they are, beside MAPIE's.

MAPIE is installed for this only: `uv run --with mapie`. Without it, its columns are empty.
"""

from importlib import import_module
from importlib.util import find_spec
from typing import Any

import numpy as np
from kedro_sweep.evaluation.predictions import Predictions, Truth
from sklearn.ensemble import RandomForestRegressor
from sklearn.model_selection import KFold, cross_val_predict
from skrub import TableVectorizer

from benchmarks.decisions.fitting import N_FOLDS, Array
from benchmarks.decisions.tables import NUMBERS

LEVEL = 0.9
OURS, MAPIE = "Kedro Sweep", "MAPIE"
# How many fits each takes, beyond those of the folds in the search and the delivered model.
FITS = {OURS: 0, MAPIE: N_FOLDS + 1}


def measure_intervals(table: str, split: int) -> dict[str, dict[str, float]]:
    """Measure each way on a split: the share of test rows in their interval, and the mean width."""
    X_train, X_test, y_train, y_test = NUMBERS[table].split(split)
    # It knows no target, so it may see the rows of all folds.
    vectorizer = TableVectorizer()
    X, new = (np.asarray(each, dtype=float) for each in _vectorize(vectorizer, X_train, X_test))
    y, truth = y_train.to_numpy(dtype=float), y_test.to_numpy(dtype=float)
    model = RandomForestRegressor(100, min_samples_leaf=5, max_features=1 / 3, random_state=split)
    ways = {OURS: predict_ours(model, X, y, new)}
    if find_spec("mapie"):
        ways[MAPIE] = predict_mapie(model, X, y, new, split)
    return {
        name: {
            "coverage": float(np.mean((low <= truth) & (truth <= high))),
            "width": float(np.mean(high - low)),
        }
        for name, (low, high) in ways.items()
    }


def _vectorize(vectorizer: Any, X_train: Any, X_test: Any) -> tuple[Any, Any]:
    fitted = vectorizer.fit_transform(X_train)
    return fitted, vectorizer.transform(X_test)


def predict_ours(model: Any, X: Array, y: Array, new: Array) -> tuple[Array, Array]:
    """Predict as a run does: from the out-of-fold predictions that a search stores."""
    decisions = import_module("kedro_sweep.evaluation.decisions._intervals")
    n = len(y)
    truth = Truth(y, None, np.zeros(n, int), np.arange(n))
    stored = Predictions(cross_val_predict(model, X, y, cv=KFold(N_FOLDS)), None)
    record = decisions.fit_intervals(truth, stored, LEVEL)
    low, high = decisions.predict_intervals(record, model.fit(X, y).predict(new))
    return np.asarray(low), np.asarray(high)


def predict_mapie(model: Any, X: Array, y: Array, new: Array, seed: int) -> tuple[Array, Array]:
    """Predict by MAPIE's cross-conformal regressor, with as many folds and otherwise its defaults."""
    regression = import_module("mapie.regression")
    conformal = regression.CrossConformalRegressor(
        model, confidence_level=LEVEL, cv=N_FOLDS, random_state=seed
    )
    _, intervals = conformal.fit_conformalize(X, y).predict_interval(new)
    return intervals[:, 0, 0], intervals[:, 1, 0]
