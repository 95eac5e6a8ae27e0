"""How much worse a score gets when the values of a feature are shuffled."""

import logging
from collections.abc import Iterator, Sequence
from datetime import timedelta
from functools import wraps
from itertools import product
from time import monotonic
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sklearn.base import is_classifier
from sklearn.pipeline import Pipeline

from kedro_sweep.report.figures.class_scores import score_classes
from kedro_sweep.search.scorers import SCORER_TYPE, Scorer

logger = logging.getLogger(__name__)

RESPONSES = ("predict", "predict_proba", "decision_function")
# In one call of the model: 160 MB of numbers.
MAX_CELLS = 20_000_000
MAX_ROWS = 10_000
MAX_CELLS_TO_CHOOSE = 200_000_000
MAX_ROWS_TO_CHOOSE = 200
MIN_ROWS_TO_CHOOSE = 5
SLOW = 10  # seconds

# The positions of the columns of a feature.
Columns = tuple[int, ...]
# Those of the feature that is shuffled, and the order of its rows.
Shuffle = tuple[Columns, NDArray[np.intp]]


def vectorize(model: Pipeline, X: pd.DataFrame) -> tuple[Pipeline, pd.DataFrame, list[Columns]]:
    """Apply skrub's vectorizer, if the model begins with it, so that it does not run for every shuffle.

    It converts column by column, so it does not matter whether rows are shuffled before or after.
    """
    outputs = getattr(model[0], "input_to_outputs_", None)
    if outputs is None:
        return model, X, [(position,) for position in range(X.shape[1])]
    converted = model[0].transform(X)
    place = {name: position for position, name in enumerate(converted.columns)}
    return model[1:], converted, [tuple(place[name] for name in outputs[feature]) for feature in X]


def measure_drops(
    model: Any,
    X: pd.DataFrame,
    y: pd.Series,
    scorer: Scorer,
    n_repeats: int,
    random_seed: int,
    features: Sequence[Columns] | None = None,
) -> NDArray[np.float64]:
    """Shuffle each feature several times, and measure how much the score drops.

    Gives the same result as scikit-learn's `permutation_importance`, with one call of the model for many
    shuffles, because each call of a forest takes a while to start every tree.
    """
    features = [(position,) for position in range(X.shape[1])] if features is None else features
    shuffles = list(product(features, _draw_orders(len(X), n_repeats, random_seed)))
    score = scorer(model, X, y)
    scores: list[float] = []
    start = monotonic()
    for part in _split(shuffles, X):
        scores += _score_each(model, X, y, part, scorer)
        left = (monotonic() - start) / len(part) * (len(shuffles) - len(part))
        if len(scores) == len(part) and left > SLOW:  # the first part
            logger.info("Permutation importance: %s left", timedelta(seconds=round(left)))
    return score - np.array(scores).reshape(-1, n_repeats)


def choose_features(
    model: Any, X: pd.DataFrame, features: Sequence[Columns], n_features: int, random_seed: int
) -> list[int]:
    """Choose the features that change the predictions of a model most when they are shuffled.

    Looks at up to 200 rows, and at fewer if there are over 1,000 features, because the time grows with
    the square of their number.
    """
    n_cells = len(features) * X.shape[1]
    n_rows = min(MAX_ROWS_TO_CHOOSE, max(MIN_ROWS_TO_CHOOSE, MAX_CELLS_TO_CHOOSE // n_cells))
    rows = X.sample(min(n_rows, len(X)), random_state=random_seed)
    order = np.roll(np.arange(len(rows)), 1)  # every row gets the value of another
    before = _predict(model, rows)
    changes: list[float] = []
    for part in _split([(columns, order) for columns in features], rows):
        after = _predict(model, _shuffle(rows, part)).reshape(len(part), *before.shape)
        differs = after != before if before.dtype == object else np.abs(after - before)
        changes += differs.mean(axis=tuple(range(1, differs.ndim))).tolist()
    return sorted(np.argsort(-np.array(changes), kind="stable")[:n_features].tolist())


def _predict(model: Any, rows: pd.DataFrame) -> NDArray[Any]:
    """Predict numbers, scores of classes or, if there are none, classes as objects."""
    if not is_classifier(model):
        return np.asarray(model.predict(rows), dtype=float)
    scores = score_classes(model, rows)
    return np.asarray(model.predict(rows), dtype=object) if scores is None else scores


def _draw_orders(n_rows: int, n_repeats: int, random_seed: int) -> list[NDArray[np.intp]]:
    """Draw the same orders as scikit-learn, the same for every feature."""
    seed = np.random.RandomState(random_seed).randint(np.iinfo(np.int32).max + 1)
    random, step, order = np.random.RandomState(seed), np.arange(n_rows), np.arange(n_rows)
    orders = []
    for _ in range(n_repeats):
        random.shuffle(step)
        order = order[step]
        orders.append(order)
    return orders


def _split(shuffles: list[Shuffle], X: pd.DataFrame) -> Iterator[list[Shuffle]]:
    """Yield parts that are small enough for one call of the model."""
    size = max(1, min(MAX_CELLS // max(1, X.size), MAX_ROWS // len(X)))
    for start in range(0, len(shuffles), size):
        yield shuffles[start : start + size]


def _shuffle(X: pd.DataFrame, shuffles: list[Shuffle]) -> pd.DataFrame:
    """Put copies of the rows below each other, each with one feature shuffled."""
    rows = np.arange(len(X))
    copies = X.take(np.tile(rows, len(shuffles))).reset_index(drop=True)
    for columns in {columns for columns, _ in shuffles}:
        order = np.concatenate([order if which == columns else rows for which, order in shuffles])
        for position in columns:
            copies.isetitem(position, X.iloc[:, position].array.take(order))
    return copies


def _score_each(
    model: Any, X: pd.DataFrame, y: pd.Series, shuffles: list[Shuffle], scorer: Scorer
) -> list[float]:
    if isinstance(scorer, SCORER_TYPE):
        at_once = _PredictsAtOnce(model, _shuffle(X, shuffles), len(shuffles))
        return [scorer(at_once, number, y) for number in range(len(shuffles))]
    # The scorer may need more than predictions.
    return [scorer(model, _shuffle(X, [shuffle]).set_axis(X.index), y) for shuffle in shuffles]


class _PredictsAtOnce:
    """A fitted model that predicts equally long tables in one call; a number stands for each table."""

    def __init__(self, model: Any, rows: pd.DataFrame, n_tables: int) -> None:
        self._model = model
        self._rows = rows
        self._n_tables = n_tables
        self._found: dict[str, list[NDArray[Any]]] = {}

    def __getattr__(self, name: str) -> Any:
        attribute = getattr(self._model, name)
        if name not in RESPONSES:
            return attribute

        @wraps(attribute)
        def respond(number: int) -> NDArray[Any]:
            if name not in self._found:
                self._found[name] = np.split(attribute(self._rows), self._n_tables)
            return self._found[name][number]

        return respond
