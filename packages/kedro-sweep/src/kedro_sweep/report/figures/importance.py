"""Which features a model relies on: how much worse a score gets when their values are shuffled."""

import logging
import warnings
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sklearn.base import is_classifier
from sklearn.pipeline import Pipeline

from kedro_sweep import text
from kedro_sweep.report.figures.predictions import score_classes
from kedro_sweep.report.figures.style import BLACK, BLUE, cut, make_figure, show_message, styled
from kedro_sweep.search.scoring import Scorer, find_scorer

if TYPE_CHECKING:
    from matplotlib.figure import Figure

logger = logging.getLogger(__name__)

MAX_ROWS = 1000
MAX_FEATURES = 15
MAX_SHUFFLED = 100
N_REPEATS = 5
TITLE = "Permutation importance"
MAX_CELLS_TO_CHOOSE = 200_000_000
MAX_ROWS_TO_CHOOSE = 200
MIN_ROWS_TO_CHOOSE = 5

# The positions of the columns of a feature.
Columns = tuple[int, ...]


@styled()
def plot_importance(
    model: Pipeline, test: pd.DataFrame, y_label: str, scoring: str, direction: str, random_seed: int
) -> "tuple[Figure, list[str]]":
    """Draw how much worse the score gets when the values of a feature are shuffled.

    Permutation importance: Breiman, Random Forests, Machine Learning 45 (2001). The model's first step
    takes raw rows. Also returns the features, most important first; of over 100, the 100 that change the
    predictions most. If the score cannot be computed on these rows, they are in the order of the model.
    """
    rows = test if len(test) <= MAX_ROWS else test.sample(MAX_ROWS, random_state=random_seed)
    features, y = model[:1].transform(rows), rows[y_label]
    names, n_features = features.columns.tolist(), features.shape[1]
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            estimator, X, columns = vectorize(model[1:], features)
            if n_features > MAX_SHUFFLED:
                logger.info(
                    "%d features: the permutation importance is measured for the %d that change the "
                    "predictions most.",
                    n_features,
                    MAX_SHUFFLED,
                )
                chosen = choose_features(estimator, X, y, columns, MAX_SHUFFLED, random_seed)
                names, columns = [names[one] for one in chosen], [columns[one] for one in chosen]
            scorer = find_scorer(scoring)
            found = measure_drops(estimator, X, y, scorer, N_REPEATS, random_seed, columns)
    except (ValueError, TypeError, AttributeError) as error:  # such as classes missing from training
        return show_message(TITLE, f"{scoring} raises an error on the test rows: {error}"), names
    drops = found if direction == "maximize" else -found
    if not np.isfinite(drops).all():
        reason = f"{scoring} is not a number on {text.count(len(rows), 'test row')}."
        return show_message(TITLE, reason), names

    order = np.argsort(-drops.mean(axis=1), kind="stable")
    ranking = [names[position] for position in order]
    top = order[:MAX_FEATURES]
    means, spread = drops.mean(axis=1)[top], drops.std(axis=1)[top]
    stands_out = means[0] > spread[0]
    seen = f"{cut(ranking[0])} matters most" if stands_out else "no feature stands out"
    figure, [axes] = make_figure(f"{TITLE}: {seen}", 1.4 + 0.3 * len(top))
    axes.barh(
        range(len(top)),
        means,
        xerr=spread,
        color=BLUE,
        height=0.7,
        ecolor=BLACK,
        error_kw={"capsize": 2},
    )
    axes.set_yticks(range(len(top)), [cut(names[position]) for position in top])
    axes.invert_yaxis()
    axes.grid(visible=False, axis="y")
    axes.axvline(0, color=BLACK, linewidth=0.8)
    change = "Drop" if direction == "maximize" else "Rise"
    axes.set_xlabel(
        f"{change} in {cut(scoring, 40)} when the feature is shuffled, over "
        f"{text.count(len(rows), 'test row')}\n(mean and standard deviation of {N_REPEATS} shuffles)"
    )
    if n_features > len(names):
        axes.set_title(
            f"The first {len(top)} of the {len(names)} features that change the predictions most, of "
            f"{n_features} in all"
        )
    elif len(names) > len(top):
        axes.set_title(f"The first {len(top)} of {len(names)} features")
    return figure, ranking


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
    features: Sequence[Columns],
) -> NDArray[np.float64]:
    """Shuffle each feature several times, and measure how much the score drops.

    A feature may have several columns, which scikit-learn cannot shuffle together. So it shuffles a
    table that says which row each feature takes its values from.
    """
    from sklearn.inspection import permutation_importance  # noqa: PLC0415

    unshuffled = np.repeat(np.arange(len(X))[:, None], len(features), axis=1)

    def score(_: Any, sources: NDArray[np.intp], y: pd.Series) -> float:
        shuffled = X.copy()
        for feature in np.flatnonzero((sources != unshuffled).any(axis=0)).tolist():
            for position in features[feature]:
                column = X.iloc[:, position].array.take(sources[:, feature])
                shuffled.isetitem(position, column)
        return float(scorer(model, shuffled, y))

    found = permutation_importance(
        model, unshuffled, y, scoring=score, n_repeats=n_repeats, random_state=random_seed
    )
    drops: NDArray[np.float64] = found.importances
    return drops


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

    changes = measure_drops(model, rows, y.loc[rows.index], compare, 1, random_seed, features)
    return sorted(np.argsort(-changes.ravel(), kind="stable")[:n].tolist())


def _predict(model: Any, rows: pd.DataFrame) -> NDArray[Any]:
    """Predict numbers, scores of classes or, if there are none, classes as objects."""
    if not is_classifier(model):
        return np.asarray(model.predict(rows), dtype=float)
    scores = score_classes(model, rows)
    return np.asarray(model.predict(rows), dtype=object) if scores is None else scores
