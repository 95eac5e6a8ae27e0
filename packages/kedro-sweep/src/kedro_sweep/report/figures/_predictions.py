"""Predicted against true values, and how strongly a model assigns each row to each class."""

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sklearn.base import is_classifier
from sklearn.metrics import ConfusionMatrixDisplay, PredictionErrorDisplay, confusion_matrix
from sklearn.utils.multiclass import unique_labels

from kedro_sweep import text
from kedro_sweep.report.figures import _style as style

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

UNSCORED = "The model predicts neither probabilities nor a decision value per class."
MAX_NUMBERED = 12
MAX_NAMED = 40
# On a cell of a smaller share, black has more contrast than white.
BLACK_IS_READABLE = 0.8


def score_classes(model: Any, rows: pd.DataFrame) -> NDArray[np.float64] | None:
    """Score how strongly each row is assigned to each class."""
    if hasattr(model, "predict_proba"):
        return np.asarray(model.predict_proba(rows), dtype=float)
    if not hasattr(model, "decision_function"):
        return None
    values = np.asarray(model.decision_function(rows), dtype=float)
    if values.ndim == 1:
        return np.column_stack([-values, values])
    return values if values.shape[1] == len(model.classes_) else None


@style.styled()
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
    y_true, y_pred = table[y_label].to_numpy(), np.ravel(model.predict(table))
    rows = f"{text.count(len(y_true))} {rows}"
    if is_classifier(model):
        return _draw_confusion(y_true, y_pred, y_label, rows)
    error = text.number(float(np.mean(np.abs(y_true - y_pred))), digits=3)
    figure, [axes] = style.make_figure(
        f"{style.cut(y_label)}: off by {error} on average, over {rows}", 5.4, width=5.8
    )
    draw_errors(axes, y_true, y_pred, y_label)
    return figure


def _draw_confusion(y_true: NDArray[Any], y_pred: NDArray[Any], y_label: str, rows: str) -> "Figure":
    from matplotlib.colors import LinearSegmentedColormap  # noqa: PLC0415

    labels = unique_labels(y_true, y_pred)
    counts = confusion_matrix(y_true, y_pred, labels=labels)
    shares = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
    right = counts.trace() / counts.sum()
    side = float(np.clip(0.62 * len(labels) + 2, 4.5, 9))
    figure, [axes] = style.make_figure(
        f"{style.cut(y_label)}: {right:.0%} of {rows} right", side, width=side + 0.5
    )
    display = ConfusionMatrixDisplay(shares).plot(
        ax=axes,
        cmap=LinearSegmentedColormap.from_list("blues", ["white", style.BLUE]),
        im_kw={"vmin": 0, "vmax": 1},
        include_values=len(labels) <= MAX_NUMBERED,
        colorbar=False,
    )
    if display.text_ is None:
        bar = figure.colorbar(display.im_, ax=axes, shrink=0.6, format="{x:.0%}")
        bar.set_label("Share of the true class")
        bar.outline.set_visible(False)
    else:
        for cell, count, share in zip(display.text_.flat, counts.flat, shares.flat, strict=True):
            cell.set_text(f"{count}\n{share:.0%}" if count else "0")
            cell.set_color("white" if share > BLACK_IS_READABLE else style.BLACK)
            cell.set_alpha(1 if count else 0.4)
    _name_classes(axes, labels)
    axes.grid(visible=False)
    axes.set_xticks(np.arange(len(labels) - 1) + 0.5, minor=True)
    axes.set_yticks(np.arange(len(labels) - 1) + 0.5, minor=True)
    axes.grid(visible=True, which="minor", color=style.LIGHT, linewidth=0.8)
    axes.tick_params(which="both", length=0)
    axes.spines[:].set(visible=True, color=style.LIGHT)
    axes.set(xlabel="Predicted class", ylabel="True class", anchor="W")
    return figure


def _name_classes(axes: "Axes", labels: NDArray[Any]) -> None:
    """Label every class, or only every second, third and so on if there are many."""
    places = range(0, len(labels), -(-len(labels) // MAX_NAMED))
    names = [style.cut(labels[place], 18) for place in places]
    turn = any(len(name) > 4 for name in names)
    how: dict[str, Any] = {"rotation": 45, "ha": "right", "rotation_mode": "anchor"} if turn else {}
    axes.set_xticks(places, names, **how)
    axes.set_yticks(places, names)


def draw_errors(
    axes: "Axes",
    y_true: NDArray[Any],
    y_pred: NDArray[Any],
    y_label: str,
    kind: str = "actual_vs_predicted",
) -> None:
    """Draw true values or residuals against predicted values."""
    from matplotlib.ticker import AutoLocator  # noqa: PLC0415

    shown, how = style.choose_points(len(y_true))
    PredictionErrorDisplay(y_true=y_true[shown], y_pred=y_pred[shown]).plot(
        axes,
        kind=kind,
        scatter_kwargs=how,
        line_kwargs={"color": style.VERMILION, "linewidth": 1.2, "alpha": 1},
    )
    axes.xaxis.set_major_locator(AutoLocator())
    axes.yaxis.set_major_locator(AutoLocator())
    axes.set(xlabel=f"Predicted {style.cut(y_label)}", ylabel=f"True {style.cut(y_label)}")
    axes.set_title("Predictions: on the line is best")
    if kind == "residual_vs_predicted":
        axes.set(ylabel="True - predicted", title="Residuals: no pattern is best")
