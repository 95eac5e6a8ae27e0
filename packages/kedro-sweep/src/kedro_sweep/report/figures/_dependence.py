"""How predictions change with a feature."""

from collections.abc import Mapping, Sequence
from itertools import islice
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from pandas.api.types import is_datetime64_any_dtype, is_numeric_dtype
from sklearn.base import is_classifier
from sklearn.pipeline import Pipeline

from kedro_sweep import text
from kedro_sweep.report.figures import _style as style
from kedro_sweep.report.figures._curves import UNSCORED, score_classes
from kedro_sweep.report.figures._importance import MAX_CELLS
from kedro_sweep.report.figures._panels import tabulate

N_FEATURES = 3
MAX_ROWS = 200
MAX_VALUES = 20
MAX_CATEGORIES = 12
MAX_CLASSES = 4
TITLE = "Partial dependence"
# The change from the first to the last value, as a share of the whole range of predictions.
CLEAR_TREND = 0.5


@style.styled()
def plot_partial_dependence(
    model: Pipeline, table: pd.DataFrame, y_label: str, ranking: Sequence[str], random_seed: int
) -> "tuple[style.Figure, dict[str, str]]":
    """Draw what the model predicts on average if a feature has the same value in all rows.

    Partial dependence: Friedman, Greedy function approximation, Annals of Statistics 29 (2001). Draws
    the first three features of the ranking that are not dates, free text or constant. Also returns the
    direction of the change with each number, as an arrow.
    """
    if not ranking:
        return style.show_message(TITLE, "No feature stands out from noise, so none is drawn."), {}
    X, estimator = model[:1].transform(table), model[1:]
    drawable = ((name, grid) for name in ranking if len(grid := choose_values(X[name])) > 1)
    grids = dict(islice(drawable, N_FEATURES))
    if not grids:
        reason = "Every feature that matters is a date, free text, or the same in all rows."
        return style.show_message(TITLE, reason), {}
    if is_classifier(estimator) and score_classes(estimator, X.head(1)) is None:
        return style.show_message(TITLE, UNSCORED), {}

    n_predicted = sum(map(len, grids.values())) * X.shape[1]
    n_rows = max(1, min(MAX_ROWS, MAX_CELLS // n_predicted))
    rows = X if len(X) <= n_rows else X.sample(n_rows, random_state=random_seed)
    averages = average_predictions(estimator, rows, grids)
    lines: dict[int, dict[str, Any]] = {0: {"color": style.BLUE}}
    if len(averages[0]) > 1:
        lines = style.pick_classes(table[y_label].to_numpy(), estimator.classes_, MAX_CLASSES)
    labels = dict(zip(X, style.cut_all(X), strict=True))
    names = [labels[name] for name in grids]
    title = f"{TITLE}: how predictions change with {text.names(names)}"
    is_turned = not all(is_numeric_dtype(X[name]) for name in grids)
    figure, panels = style.make_figure(title, 4.3 if is_turned else 3.5, columns=len(grids), sharey=True)
    response, values = _name_response(estimator, y_label), []
    for axes, name, label, average in zip(panels, grids, names, averages, strict=True):
        for number, look in lines.items():
            _draw_line(axes, X[name], grids[name], average[number], look)
        axes.tick_params(labelleft=True)
        axes.set(xlabel=label, ylabel=response)
        values += [
            (text.name(name), text.setting(value), *found)
            for value, *found in zip(grids[name].tolist(), *average[list(lines)], strict=True)
        ]
    classes = [response.replace("\n", " ")]
    if len(lines) > 1:
        found = style.cut_all(estimator.classes_, 16)
        classes = [found[number] for number in lines]
        how: dict[str, Any] = {"title": style.cut(y_label), "alignment": "left", "handlelength": 3}
        figure.legend(panels[0].lines, classes, loc="outside lower left", ncols=2, **how)
    tabulate(figure, values, "Feature", "Value", *classes)
    effects = {
        name: _describe_effect(average[list(lines)], classes if len(lines) > 1 else [""])
        for name, average in zip(grids, averages, strict=True)
        if is_numeric_dtype(X[name])
    }
    return figure, effects


def _describe_effect(averages: NDArray[np.float64], classes: Sequence[str]) -> str:
    """Write an arrow if predictions rise or fall in all; of classes, name the one that rises most."""
    changes = averages[:, -1] - averages[:, 0]
    number = int(np.argmax(changes))
    is_clear = abs(changes[number]) > CLEAR_TREND * np.ptp(averages[number])
    arrow = ("↗" if changes[number] > 0 else "↘") if is_clear else ""
    return f"{arrow} {classes[number]}".rstrip() if arrow else ""


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
    axes: "style.Axes",
    column: pd.Series,
    values: NDArray[Any],
    average: NDArray[Any],
    look: dict[str, Any],
) -> None:
    if is_numeric_dtype(column):
        axes.locator_params(axis="x", nbins=5)
        axes.plot(values, average, marker=".", **look)
        return
    axes.plot(range(len(values)), average, marker="o", **look)
    labels = style.cut_all(values, 16)
    axes.set_xticks(range(len(values)), labels, rotation=45, ha="right", rotation_mode="anchor")
    axes.margins(x=0.1)
