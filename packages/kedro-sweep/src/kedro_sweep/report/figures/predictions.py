"""Predicted against true values."""

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sklearn.base import is_classifier
from sklearn.metrics import confusion_matrix
from sklearn.utils.multiclass import unique_labels

from kedro_sweep.report.figures.style import (
    BLACK,
    BLUE,
    LIGHT,
    VERMILION,
    cut,
    draw_points,
    make_figure,
    show_amount,
    styled,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

MAX_NUMBERED = 12
MAX_NAMED = 40
# On a cell of a smaller share, black has more contrast than white.
BLACK_IS_READABLE = 0.8


@styled()
def plot_predictions(model: Any, table: pd.DataFrame, y_label: str, rows: str = "rows") -> "Figure":
    """Draw predicted against true values: a confusion matrix for a classifier, points for a regressor.

    Args:
        model: The fitted model.
        table: Features and target.
        y_label: Name of the column to predict.
        rows: Name of the rows, for the title.

    Returns:
        The Matplotlib figure.
    """
    draw = _draw_confusion if is_classifier(model) else _draw_error
    return draw(table[y_label].to_numpy(), np.ravel(model.predict(table)), y_label, rows)


def _draw_confusion(y_true: NDArray[Any], y_pred: NDArray[Any], y_label: str, rows: str) -> "Figure":
    from matplotlib.colors import LinearSegmentedColormap  # noqa: PLC0415

    labels = unique_labels(y_true, y_pred)
    counts = confusion_matrix(y_true, y_pred, labels=labels)
    totals = counts.sum(axis=1, keepdims=True)
    shares = counts / np.maximum(totals, 1)
    right = counts.trace() / counts.sum()
    side = float(np.clip(0.62 * len(labels) + 2, 4.5, 9))
    figure, [axes] = make_figure(
        f"{cut(y_label)}: {right:.0%} of {len(y_true)} {rows} right", side, width=side + 0.5
    )
    image = axes.imshow(
        shares, cmap=LinearSegmentedColormap.from_list("blues", ["white", BLUE]), vmin=0, vmax=1
    )
    if len(labels) <= MAX_NUMBERED:
        for (row, column), count in np.ndenumerate(counts):
            share = shares[row, column]
            axes.text(
                column,
                row,
                f"{count}\n{share:.0%}" if count else "0",
                horizontalalignment="center",
                verticalalignment="center",
                color="white" if share > BLACK_IS_READABLE else BLACK,
                alpha=1 if count else 0.4,
            )
    else:
        bar = figure.colorbar(image, ax=axes, shrink=0.6, format="{x:.0%}")
        bar.set_label("Share of the true class")
        bar.outline.set_visible(False)
    _name_classes(axes, labels)
    axes.grid(visible=False)
    axes.set_xticks(np.arange(len(labels) - 1) + 0.5, minor=True)
    axes.set_yticks(np.arange(len(labels) - 1) + 0.5, minor=True)
    axes.grid(visible=True, which="minor", color=LIGHT, linewidth=0.8)
    axes.tick_params(which="both", length=0)
    axes.spines[:].set(visible=True, color=LIGHT)
    axes.set_anchor("W")
    axes.set_xlabel("Predicted class")
    axes.set_ylabel("True class")
    return figure


def _name_classes(axes: "Axes", labels: NDArray[Any]) -> None:
    """Label every class, or only every second, third and so on if there are many."""
    places = range(0, len(labels), -(-len(labels) // MAX_NAMED))
    names = [cut(labels[place], 18) for place in places]
    turn = any(len(name) > 4 for name in names)
    how: dict[str, Any] = {"rotation": 45, "ha": "right", "rotation_mode": "anchor"} if turn else {}
    axes.set_xticks(places, names, **how)
    axes.set_yticks(places, names)


def _draw_error(y_true: NDArray[Any], y_pred: NDArray[Any], y_label: str, rows: str) -> "Figure":
    error = float(np.mean(np.abs(y_true - y_pred)))
    title = f"{cut(y_label)}: off by {show_amount(error)} on average, over {len(y_true)} {rows}"
    figure, [axes] = make_figure(title, 5, width=6.5)
    draw_predicted(axes, y_true, y_pred, y_label)
    return figure


def draw_predicted(axes: "Axes", y_true: NDArray[Any], y_pred: NDArray[Any], y_label: str) -> None:
    """Draw predicted against true numbers."""
    draw_points(axes, y_true, y_pred)
    ends = [min(y_true.min(), y_pred.min()), max(y_true.max(), y_pred.max())]
    axes.plot(ends, ends, color=VERMILION, linestyle="--", linewidth=1.2)
    axes.set_xlabel(f"True {cut(y_label)}")
    axes.set_ylabel(f"Predicted {cut(y_label)}")
    axes.set_title("Predictions: on the line is best")
