"""Which features a model relies on: how much worse a score gets when their values are shuffled."""

import logging
import warnings
from collections.abc import Sequence
from functools import wraps
from itertools import product
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sklearn.base import is_classifier
from sklearn.pipeline import Pipeline

from kedro_sweep import text
from kedro_sweep.report.figures import _style as style
from kedro_sweep.report.figures._curves import score_classes
from kedro_sweep.report.figures._panels import tabulate
from kedro_sweep.search.settings import SCORER_TYPE, Scorer, find_scorer
from kedro_sweep.search.study import find_sign

logger = logging.getLogger(__name__)

MAX_ROWS = 1000
MAX_FEATURES = 15
MAX_SHUFFLED = 100
MIN_REPEATS, MAX_REPEATS = 5, 30
MAX_SHUFFLES = 1000
TITLE = "Permutation importance"
MANY = "%d features: the permutation importance is measured for the %d that change the predictions most."
# In one call of the model: 160 MB of numbers.
MAX_CELLS = 20_000_000
MAX_ROWS_AT_ONCE = 10_000
MAX_CELLS_TO_CHOOSE = 200_000_000
RESPONSES = ("predict", "predict_proba", "decision_function")
MAX_ROWS_TO_CHOOSE = 200
MIN_ROWS_TO_CHOOSE = 5

# The positions of the columns of a feature.
Columns = tuple[int, ...]


@style.styled()
def plot_importance(
    model: Pipeline, test: pd.DataFrame, y_label: str, scoring: str, direction: str, random_seed: int
) -> "tuple[style.Figure, list[str], dict[str, dict[str, float]]]":
    """Draw how much worse the score gets when the values of a feature are shuffled.

    Permutation importance: Breiman, Random Forests, Machine Learning 45 (2001). The model's first step
    takes raw rows. Of over 100 features, it looks at the 100 that change the predictions most. What
    shuffling improves, it improves by chance; so a feature that it harms no more shows only noise. Also
    returns the other features, most important first; all, if the score cannot be computed on these rows;
    and what was measured for each.
    """
    rows = test if len(test) <= MAX_ROWS else test.sample(MAX_ROWS, random_state=random_seed)
    features, y = model[:1].transform(rows), rows[y_label]
    names, n_features = features.columns.tolist(), features.shape[1]
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            estimator, X, columns = vectorize(model[1:], features)
            if n_features > MAX_SHUFFLED:
                logger.info(MANY, n_features, MAX_SHUFFLED)
                chosen = choose_features(estimator, X, y, columns, MAX_SHUFFLED, random_seed)
                names, columns = [names[one] for one in chosen], [columns[one] for one in chosen]
            scorer = find_scorer(scoring)
            at_once = isinstance(scorer, SCORER_TYPE)  # others may need more than predictions
            n_repeats = int(np.clip(MAX_SHUFFLES // len(columns), MIN_REPEATS, MAX_REPEATS))
            how = (scorer, n_repeats, random_seed, columns)
            found = measure_drops(estimator, X, y, *how, at_once=at_once)
    except (ValueError, TypeError, AttributeError) as error:  # such as classes missing from training
        reason = f"{scoring} raises an error on the test rows: {error}"
        return style.show_message(TITLE, reason), names, {}
    drops = find_sign(direction) * found
    if not np.isfinite(drops).all():
        reason = f"{scoring} is not a number on {text.count(len(rows), 'test row')}."
        return style.show_message(TITLE, reason), names, {}

    order = np.argsort(-drops.mean(axis=1), kind="stable")
    means, spread = drops.mean(axis=1)[order], drops.std(axis=1)[order]
    noise = max(-float(means.min()), 0.0)
    ranking = [names[position] for position in order]
    labels = dict(zip(features, style.cut_all(features), strict=True))
    clear = (means > noise) & (means > spread)
    top = slice(0, MAX_FEATURES)
    seen = f"{labels[ranking[0]]} matters most" if clear[0] else "no feature stands out from noise"
    figure, [axes] = style.make_figure(f"{TITLE}: {seen}", 1.5 + 0.28 * len(means[top]))
    axes.axvspan(-noise, noise, color=style.GRAY, alpha=0.2, linewidth=0, label="noise")
    colors = [style.BLUE if one else "none" for one in clear[top]]
    bar: dict[str, Any] = {"color": colors, "edgecolor": style.BLUE, "ecolor": style.GRAY}
    axes.barh(range(len(means[top])), means[top], xerr=spread[top], height=0.66, **bar)
    axes.set_yticks(range(len(means[top])), [labels[name] for name in ranking[top]])
    axes.invert_yaxis()
    axes.grid(visible=False, axis="y")
    axes.axvline(0, color=style.BLACK, linewidth=0.8)
    score = style.cut(text.name_score(scoring), 30)
    change = f"{'Drop' if direction == 'maximize' else 'Rise'} in {score}"
    over = f"{text.count(len(rows), 'test row')}: mean and standard\ndeviation of {n_repeats} shuffles"
    axes.set_xlabel(f"{change} when shuffled,\n{over}; gray: noise", loc="right")
    if len(names) > MAX_FEATURES:
        most = f"the {len(names)} that change\nthe predictions most, of {n_features} in all"
        of = most if n_features > len(names) else f"{len(names)} features"
        axes.set_title(f"The first {MAX_FEATURES} of {of}")
    values = zip(map(text.name, ranking), means, spread, np.where(clear, "yes", "no"), strict=True)
    tabulate(figure, values, "Feature", "Importance", "Standard deviation", "More than noise")
    measured = {
        name: {"value": float(value), "spread": float(error), "noise": noise}
        for name, value, error in zip(ranking, means, spread, strict=True)
    }
    return figure, [name for name, is_clear in zip(ranking, clear, strict=True) if is_clear], measured


def vectorize(model: Pipeline, X: pd.DataFrame) -> tuple[Pipeline, pd.DataFrame, list[Columns]]:
    """Apply skrub's vectorizer, if the model begins with it, so that it does not run for every shuffle.

    It converts column by column, so it does not matter whether rows are shuffled before or after.
    """
    outputs = getattr(model[0], "input_to_outputs_", None)
    if outputs is None:
        return model, X, [(position,) for position in range(X.shape[1])]
    converted = model[0].transform(X)
    rest, found, later = vectorize(model[1:], converted)  # codes become categories in a step before
    places = dict(zip(converted.columns, later, strict=True))
    # A column without any value has no output.
    columns = [
        tuple(place for name in outputs.get(feature, [feature]) for place in places.get(name, ()))
        for feature in X
    ]
    return rest, found, columns


def measure_drops(
    model: Any,
    X: pd.DataFrame,
    y: pd.Series,
    scorer: Scorer,
    n_repeats: int,
    random_seed: int,
    features: Sequence[Columns],
    *,
    at_once: bool,
) -> NDArray[np.float64]:
    """Shuffle each feature several times, and measure how much the score drops.

    Gives the same result as scikit-learn's `permutation_importance`. Each call of a forest takes a while
    to start every tree, so if the scorer needs only predictions, one call predicts for many shuffles at
    once.
    """
    shuffles = list(product(features, _draw_orders(len(X), n_repeats, random_seed)))
    size = max(1, min(MAX_CELLS // max(1, X.size), MAX_ROWS_AT_ONCE // len(X))) if at_once else 1
    scores: list[float] = []
    for start in range(0, len(shuffles), size):
        part = shuffles[start : start + size]
        rows = _shuffle(X, part)
        if at_once:
            predictor = _PredictsAtOnce(model, rows, len(part))
            scores += [scorer(predictor, number, y) for number in range(len(part))]
        else:
            scores.append(scorer(model, rows.set_axis(X.index), y))
    return scorer(model, X, y) - np.array(scores).reshape(-1, n_repeats)


def _draw_orders(n_rows: int, n_repeats: int, random_seed: int) -> list[NDArray[np.intp]]:
    """Draw the same orders as scikit-learn, the same for every feature."""
    seed = np.random.RandomState(random_seed).randint(np.iinfo(np.int32).max + 1)
    random, step, orders = np.random.RandomState(seed), np.arange(n_rows), [np.arange(n_rows)]
    for _ in range(n_repeats):
        random.shuffle(step)
        orders.append(orders[-1][step])
    return orders[1:]


def _shuffle(X: pd.DataFrame, shuffles: list[tuple[Columns, NDArray[np.intp]]]) -> pd.DataFrame:
    """Put copies of the rows below each other, each with one feature shuffled."""
    rows = np.arange(len(X))
    copies = X.take(np.tile(rows, len(shuffles))).reset_index(drop=True)
    for columns in {columns for columns, _ in shuffles}:
        order = np.concatenate([order if which == columns else rows for which, order in shuffles])
        for position in columns:
            copies.isetitem(position, X.iloc[:, position].array.take(order))
    return copies


class _PredictsAtOnce:
    """A fitted model that predicts equally long tables in one call; a number stands for each table."""

    def __init__(self, model: Any, rows: pd.DataFrame, n_tables: int) -> None:
        self._model, self._rows, self._n_tables = model, rows, n_tables
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


def choose_features(
    model: Any, X: pd.DataFrame, y: pd.Series, features: Sequence[Columns], n: int, random_seed: int
) -> list[int]:
    """Choose the features that change the predictions of a model most when they are shuffled.

    Looks at up to 200 rows, and at fewer if there are over 1,000 features, because the time grows with
    the square of their number.
    """
    n_cells = len(features) * X.shape[1]
    n_rows = min(MAX_ROWS_TO_CHOOSE, max(MIN_ROWS_TO_CHOOSE, MAX_CELLS_TO_CHOOSE // n_cells))
    rows = X.sample(min(n_rows, len(X)), random_state=random_seed)
    before = _predict(model, rows)

    def compare(model: Any, shuffled: pd.DataFrame, _: pd.Series) -> float:
        after = _predict(model, shuffled)
        return -float(np.mean(after != before if before.dtype == object else np.abs(after - before)))

    changes = measure_drops(model, rows, y, compare, 1, random_seed, features, at_once=True)
    return sorted(np.argsort(-changes.ravel(), kind="stable")[:n].tolist())


def _predict(model: Any, rows: pd.DataFrame) -> NDArray[Any]:
    """Predict numbers, scores of classes or, if there are none, classes as objects."""
    if not is_classifier(model):
        return np.asarray(model.predict(rows), dtype=float)
    scores = score_classes(model, rows)
    return np.asarray(model.predict(rows), dtype=object) if scores is None else scores
