"""Which features a model relies on."""

import logging
import warnings
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from sklearn.pipeline import Pipeline

from kedro_sweep.report.figures.permutation import choose_features, measure_drops, vectorize
from kedro_sweep.report.figures.style import BLACK, BLUE, cut, make_figure, show_message, styled
from kedro_sweep.search.scorers import find_scorer

if TYPE_CHECKING:
    from matplotlib.figure import Figure

logger = logging.getLogger(__name__)

MAX_ROWS = 1000
MAX_FEATURES = 15
MAX_SHUFFLED = 100
N_REPEATS = 5
TITLE = "Permutation importance"


@styled()
def plot_importance(
    model: Pipeline, test: pd.DataFrame, y_label: str, scoring: str, direction: str, random_seed: int
) -> "tuple[Figure, list[str]]":
    """Draw how much worse the score gets when the values of a feature are shuffled.

    Permutation importance: Breiman, Random Forests, Machine Learning 45 (2001).

    Args:
        model: The fitted model; its first step takes raw rows.
        test: Rows that the model was not trained on; with more than 1,000, a random sample is used.
        y_label: Name of the column to predict.
        scoring: The score of the search, a name or an import path.
        direction: `maximize` or `minimize`.
        random_seed: Seed of the sample and the shuffling.

    Returns:
        The figure, or one that explains why it is empty, and the features, most important first; of over
        100, the 100 that change the predictions most. If the score cannot be computed on these rows,
        they are in the order of the model.
    """
    rows = test if len(test) <= MAX_ROWS else test.sample(MAX_ROWS, random_state=random_seed)
    # Raw rows are converted column by column, so it does not matter whether they are shuffled before or
    # after.
    features = model[:1].transform(rows)
    names, scorer = features.columns.tolist(), find_scorer(scoring)
    n_features = len(names)
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
                chosen = choose_features(estimator, X, columns, MAX_SHUFFLED, random_seed)
                names, columns = [names[one] for one in chosen], [columns[one] for one in chosen]
            found = measure_drops(estimator, X, rows[y_label], scorer, N_REPEATS, random_seed, columns)
    except (ValueError, TypeError, AttributeError) as error:  # such as classes missing from training
        return show_message(TITLE, f"{scoring} raises an error on the test rows: {error}"), names
    drops = found if direction == "maximize" else -found
    if not np.isfinite(drops).all():
        return show_message(TITLE, f"{scoring} is not a number on {len(rows)} test row(s)."), names

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
        f"{change} in {cut(scoring, 40)} when the feature is shuffled, over {len(rows)} test rows\n"
        f"(mean and standard deviation of {N_REPEATS} shuffles)"
    )
    if n_features > len(names):
        axes.set_title(
            f"The first {len(top)} of the {len(names)} features that change the predictions most, of "
            f"{n_features} in all"
        )
    elif len(names) > len(top):
        axes.set_title(f"The first {len(top)} of {len(names)} features")
    return figure, ranking
