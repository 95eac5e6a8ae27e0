"""How good predictions are: confusion, errors, ROC, precision-recall and calibration curves."""

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sklearn import metrics
from sklearn.base import is_classifier
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
MAX_CLASSES = 6
MAX_BINS = 10
ROWS_PER_BIN = 20
MIN_CALIBRATED = 10


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
    title = f"{style.cut(y_label)}: off by {error} on average, over {rows}"
    figure, [axes] = style.make_figure(title, 5.4, width=5.8)
    _draw_errors(axes, y_true, y_pred, y_label)
    return figure


def _draw_confusion(y_true: NDArray[Any], y_pred: NDArray[Any], y_label: str, rows: str) -> "Figure":
    from matplotlib.colors import LinearSegmentedColormap  # noqa: PLC0415

    labels = unique_labels(y_true, y_pred)
    counts = metrics.confusion_matrix(y_true, y_pred, labels=labels)
    shares = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
    right = counts.trace() / counts.sum()
    side = float(np.clip(0.62 * len(labels) + 2, 4.5, 9))
    title = f"{style.cut(y_label)}: {right:.0%} of {rows} right"
    figure, [axes] = style.make_figure(title, side, width=side + 0.5)
    display = metrics.ConfusionMatrixDisplay(shares).plot(
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


def _draw_errors(
    axes: "Axes", y_true: NDArray[Any], y_pred: NDArray[Any], y_label: str, *, residuals: bool = False
) -> None:
    from matplotlib.ticker import AutoLocator  # noqa: PLC0415

    shown, how = style.choose_points(len(y_true))
    kind = "residual_vs_predicted" if residuals else "actual_vs_predicted"
    line = {"color": style.VERMILION, "linewidth": 1.2, "alpha": 1}
    display = metrics.PredictionErrorDisplay(y_true=y_true[shown], y_pred=y_pred[shown])
    display.plot(axes, kind=kind, scatter_kwargs=how, line_kwargs=line)
    axes.xaxis.set_major_locator(AutoLocator())
    axes.yaxis.set_major_locator(AutoLocator())
    axes.set(xlabel=f"Predicted {style.cut(y_label)}", ylabel=f"True {style.cut(y_label)}")
    axes.set_title("Predictions: on the line is best")
    if residuals:
        axes.set(ylabel="True - predicted", title="Residuals: no pattern is best")


class ClassScores(NamedTuple):
    """A model's scores for one class, and whether each row belongs to it; both have shape (n_rows,)."""

    name: str
    is_class: NDArray[np.bool]
    scores: NDArray[np.float64]
    color: str


@style.styled()
def plot_curves(model: Any, test: pd.DataFrame, y_label: str, rows: str = "test rows") -> "Figure":
    """Draw the curves of a classifier, or the residuals of a regressor.

    Of two classes, the curves are those of the positive one; of more, those of each of the most frequent
    classes against all others.
    """
    y_true = test[y_label].to_numpy()
    if not is_classifier(model):
        return _draw_residuals(y_true, np.ravel(model.predict(test)), y_label, rows)
    values = score_classes(model, test)
    if values is None:
        return style.show_message("ROC, precision-recall and calibration", UNSCORED)
    classes = model.classes_
    chosen = {1: style.BLUE} if len(classes) == 2 else style.pick_classes(y_true, classes, MAX_CLASSES)
    curves = [
        ClassScores(style.cut(classes[number], 16), y_true == classes[number], values[:, number], color)
        for number, color in chosen.items()
    ]
    mixed = [curve for curve in curves if 0 < curve.is_class.sum() < len(test)]
    areas = [f"{metrics.roc_auc_score(curve.is_class, curve.scores):.2f}" for curve in mixed]
    if len(curves) == 1:
        found = f"{f'AUC {areas[0]} for ' if areas else ''}class {curves[0].name}"
    else:
        span = f"AUC {min(areas)} to {max(areas)}, " if areas else ""
        found = f"{span}each class against all others,"
    title = f"{style.cut(y_label)}: {found} on {text.count(len(test))} {rows}"
    figure, panels = style.make_figure(title, 3.95 + 0.23 * len(curves), columns=3)
    labels = ("ROC: top left is best", "False positive rate", "True positive rate")
    reason = "ROC needs test rows of a class and of others."
    _draw_curves(panels[0], mixed, metrics.RocCurveDisplay, labels, reason)
    some = [curve for curve in curves if curve.is_class.any()]
    labels = ("Precision-recall: top right is best", "Recall", "Precision")
    reason = "Precision and recall need test rows of a class."
    _draw_curves(panels[1], some, metrics.PrecisionRecallDisplay, labels, reason)
    _draw_calibration(panels[2], curves, has_probabilities=hasattr(model, "predict_proba"))
    return figure


def _draw_curves(
    axes: "Axes", curves: list[ClassScores], kind: Any, labels: tuple[str, str, str], reason: str
) -> None:
    axes.set_prop_cycle(color=[curve.color for curve in curves] or [style.BLUE])
    how: dict[str, Any] = {"ax": axes, "drop_intermediate": True}
    for name, is_class, scores, _ in curves:
        kind.from_predictions(is_class, scores, name=name, **how)
    _finish(axes, labels, "" if curves else reason, has_diagonal=kind is metrics.RocCurveDisplay)


def _draw_calibration(axes: "Axes", curves: list[ClassScores], *, has_probabilities: bool) -> None:
    from sklearn.calibration import CalibrationDisplay  # noqa: PLC0415

    reason = f"Calibration needs {MIN_CALIBRATED} test rows of a class."
    if not has_probabilities:
        reason = "The model does not predict probabilities, so it has no calibration."
    for name, is_class, scores, color in curves:
        if is_class.sum() < MIN_CALIBRATED or not has_probabilities:
            continue
        reason = ""
        CalibrationDisplay.from_predictions(
            is_class,
            np.clip(scores, 0, 1),
            n_bins=int(np.clip(len(scores) // ROWS_PER_BIN, 1, MAX_BINS)),
            strategy="quantile",
            pos_label=True,
            name=f"{name} ({is_class.sum()} of {len(scores)} rows)",
            ref_line=False,
            ax=axes,
            color=color,
            marker="o",
            markersize=4,
        )
    labels = ("Calibration: on the line is best", "Predicted probability", "Observed frequency")
    _finish(axes, labels, reason, has_diagonal=True)


def _finish(
    axes: "Axes", labels: tuple[str, str, str], reason: str, *, has_diagonal: bool = False
) -> None:
    """Name a panel and its axes, with the legend below; or give the reason why it is empty."""
    title, x, y = labels
    # The anchor leaves the room below to the legend.
    axes.set(title=title, xlabel=x, ylabel=y, aspect="auto", box_aspect=1, anchor="N")
    if reason:
        style.write_message(axes, reason)
        return
    if has_diagonal:
        axes.axline((0, 0), slope=1, color=style.GRAY, linestyle=":", linewidth=1)
    ticks = np.linspace(0, 1, 6)
    axes.set(xlim=(-0.02, 1.02), ylim=(-0.02, 1.02), xticks=ticks, yticks=ticks)
    axes.legend(loc="upper center", bbox_to_anchor=(0.5, -0.2), handlelength=1.2)


def _draw_residuals(y_true: NDArray[Any], y_pred: NDArray[Any], y_label: str, name: str) -> "Figure":
    residuals = y_true - y_pred
    high = text.number(float(np.quantile(np.abs(residuals), 0.9)), digits=3)
    rows = f"{text.count(len(y_true))} {name}"
    title = f"{style.cut(y_label)}: 90% of {rows} are within {high} of the prediction"
    figure, panels = style.make_figure(title, 4, columns=3)
    _draw_errors(panels[0], y_true, y_pred, y_label)
    _draw_errors(panels[1], y_true, y_pred, y_label, residuals=True)
    panels[2].hist(residuals, bins=min(30, 5 + len(residuals) // 10), color=style.BLUE)
    panels[2].axvline(0, color=style.VERMILION, linestyle="--", linewidth=1.2)
    panels[2].set(xlabel="True - predicted", ylabel="Test rows", title="Residuals: narrow is best")
    for axes in panels:
        axes.locator_params(axis="x", nbins=4)
    return figure
