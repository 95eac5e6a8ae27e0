"""How much worse a score gets when the values of a feature are shuffled."""

from collections.abc import Sequence
from functools import wraps
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from kedro_sweep.search.scoring import SCORER_TYPE, Scorer

RESPONSES = ("predict", "predict_proba", "decision_function")


def measure_drops(
    model: Any, X: pd.DataFrame, y: pd.Series, scorer: Scorer, n_repeats: int, random_seed: int
) -> NDArray[np.float64]:
    """Shuffle each feature several times, and measure how much the score drops.

    Gives the same result as scikit-learn's `permutation_importance`, with one call of the model per
    feature instead of one per shuffle, because each call of a forest takes a while to start every tree.

    Args:
        model: The fitted model.
        X: Features, shape (n_rows, n_features).
        y: Target, shape (n_rows,).
        scorer: A callable of a fitted model, features and target.
        n_repeats: How often each feature is shuffled.
        random_seed: Seed of the shuffling.

    Returns:
        The score of the original rows minus that of the shuffled ones, shape (n_features, n_repeats).
    """
    orders = _shuffle(len(X), n_repeats, random_seed)
    score = scorer(model, X, y)
    drops = []
    for name in X.columns:
        tables = [X.assign(**{name: X[name].iloc[order].set_axis(X.index)}) for order in orders]
        drops.append(score - np.array(_score_each(model, tables, y, scorer)))
    return np.array(drops)


def _shuffle(n_rows: int, n_repeats: int, random_seed: int) -> list[NDArray[np.intp]]:
    """Draw the same orders as scikit-learn, the same for every feature."""
    seed = np.random.RandomState(random_seed).randint(np.iinfo(np.int32).max + 1)
    random, step, order = np.random.RandomState(seed), np.arange(n_rows), np.arange(n_rows)
    orders = []
    for _ in range(n_repeats):
        random.shuffle(step)
        order = order[step]
        orders.append(order)
    return orders


def _score_each(model: Any, tables: Sequence[pd.DataFrame], y: pd.Series, scorer: Scorer) -> list[float]:
    if isinstance(scorer, SCORER_TYPE):
        at_once = _PredictsAtOnce(model, tables)
        return [scorer(at_once, number, y) for number in range(len(tables))]
    return [scorer(model, table, y) for table in tables]  # the scorer may need more than predictions


class _PredictsAtOnce:
    """A fitted model that predicts equally long tables in one call; a number stands for each table."""

    def __init__(self, model: Any, tables: Sequence[pd.DataFrame]) -> None:
        self._model = model
        self._tables = tables
        self._found: dict[str, list[NDArray[Any]]] = {}

    def __getattr__(self, name: str) -> Any:
        attribute = getattr(self._model, name)
        if name not in RESPONSES:
            return attribute

        @wraps(attribute)
        def respond(number: int) -> NDArray[Any]:
            if name not in self._found:
                rows = pd.concat(self._tables, ignore_index=True)
                self._found[name] = np.split(attribute(rows), len(self._tables))
            return self._found[name][number]

        return respond
