"""How predictions change with a feature."""

from collections.abc import Mapping, Sequence
from itertools import islice
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from pandas.api.types import is_datetime64_any_dtype, is_numeric_dtype
from sklearn.base import is_classifier
from sklearn.pipeline import Pipeline

from kedro_sweep import text
from kedro_sweep.report.figures import _style as style
from kedro_sweep.report.figures._importance import MAX_CELLS
from kedro_sweep.report.figures._predictions import UNSCORED, score_classes

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

N_FEATURES = 3
MAX_ROWS = 200
MAX_VALUES = 20
MAX_CATEGORIES = 12
MAX_CLASSES = 4
TITLE = "Partial dependence"


@style.styled()
def plot_partial_dependence(
    model: Pipeline, table: pd.DataFrame, y_label: str, ranking: Sequence[str], random_seed: int
) -> "Figure":
    """Draw what the model predicts on average if a feature has the same value in all rows.

    Partial dependence: Friedman, Greedy function approximation, Annals of Statistics 29 (2001). Draws
    the first three features of the ranking that are not dates, free text or constant.
    """
    X, estimator = model[:1].transform(table), model[1:]
    drawable = ((name, grid) for name in ranking if len(grid := choose_values(X[name])) > 1)
    grids = dict(islice(drawable, N_FEATURES))
    if not grids:
        return style.show_message(TITLE, "Every feature is a date, free text, or the same in all rows.")
    if is_classifier(estimator) and score_classes(estimator, X.head(1)) is None:
        return style.show_message(TITLE, UNSCORED)

    n_predicted = sum(map(len, grids.values())) * X.shape[1]
    n_rows = max(1, min(MAX_ROWS, MAX_CELLS // n_predicted))
    rows = X if len(X) <= n_rows else X.sample(n_rows, random_state=random_seed)
    averages = average_predictions(estimator, rows, grids)
    lines = {0: style.BLUE}
    if len(averages[0]) > 1:
        lines = style.pick_classes(table[y_label].to_numpy(), estimator.classes_, MAX_CLASSES)
    title = f"{TITLE}: how predictions change with {text.names([style.cut(name) for name in grids])}"
    height = 4 if all(is_numeric_dtype(X[name]) for name in grids) else 4.8
    figure, panels = style.make_figure(title, height, columns=len(grids), sharey=True)
    for axes, name, average in zip(panels, grids, averages, strict=True):
        for number, color in lines.items():
            _draw_line(axes, X[name], grids[name], average[number], color)
        axes.set_xlabel(style.cut(name, 30))
    panels[0].set_ylabel(_name_response(estimator, y_label))
    if len(lines) > 1:
        classes = [style.cut(estimator.classes_[number], 16) for number in lines]
        place: Any = {"loc": "outside lower center", "ncols": len(lines)}
        figure.legend(panels[0].lines, classes, title=style.cut(y_label), **place)
    return figure


def choose_values(column: pd.Series) -> NDArray[Any]:
    values = column.dropna()
    if is_datetime64_any_dtype(values):
        return np.array([])
    if not is_numeric_dtype(values):
        counts = values.astype(object).value_counts()
        return np.sort(counts.index[:MAX_CATEGORIES]) if len(counts) <= MAX_VALUES else np.array([])
    distinct = np.unique(values)
    if len(distinct) <= MAX_VALUES:
        return distinct
    inner = np.unique(np.quantile(values, np.linspace(0.05, 0.95, MAX_VALUES)))
    return inner if len(inner) > 1 else distinct[[0, -1]]


def average_predictions(
    estimator: Any, rows: pd.DataFrame, grids: Mapping[str, NDArray[Any]]
) -> list[NDArray[np.float64]]:
    """Average the predictions for all rows with each value of some features, one feature at a time.

    Gives the same result as scikit-learn's `partial_dependence`, with one call of the model instead of
    one per value, because encoders of text take long to start.
    """
    tables = []
    for name, values in grids.items():
        copies = rows.take(np.tile(np.arange(len(rows)), len(values)))
        copies[name] = np.repeat(values, len(rows))
        tables.append(copies.astype(rows.dtypes))
    X = pd.concat(tables, ignore_index=True)
    found = score_classes(estimator, X) if is_classifier(estimator) else estimator.predict(X)
    by_value = np.asarray(found, dtype=float).reshape(len(X) // len(rows), len(rows), -1)
    averages = by_value.mean(axis=1).T
    if is_classifier(estimator) and len(averages) == 2:
        averages = averages[1:]
    return np.split(averages, np.cumsum([*map(len, grids.values())])[:-1], axis=1)


def _name_response(estimator: Any, y_label: str) -> str:
    if not is_classifier(estimator):
        return f"Mean predicted\n{style.cut(y_label)}"
    which = f"\nof {style.cut(estimator.classes_[1])}" if len(estimator.classes_) == 2 else ""
    kind = "predicted probability" if hasattr(estimator, "predict_proba") else "decision value"
    return f"Mean {kind}{which}"


def _draw_line(
    axes: "Axes", column: pd.Series, values: NDArray[Any], average: NDArray[Any], color: str
) -> None:
    if is_numeric_dtype(column):
        axes.locator_params(axis="x", nbins=5)
        axes.plot(values, average, marker=".", color=color)
        return
    axes.plot(range(len(values)), average, marker="o", linestyle="none", color=color)
    labels = [style.cut(value, 16) for value in values]
    axes.set_xticks(range(len(values)), labels, rotation=45, ha="right", rotation_mode="anchor")
    axes.margins(x=0.1)
