"""How reliable predictions are: ROC, precision-recall and calibration curves, or residuals."""

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sklearn.base import is_classifier
from sklearn.metrics import PrecisionRecallDisplay, RocCurveDisplay, roc_auc_score

from kedro_sweep import text
from kedro_sweep.report.figures import _style as style
from kedro_sweep.report.figures._predictions import UNSCORED, draw_errors, score_classes

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

MAX_CLASSES = 6
MAX_BINS = 10
ROWS_PER_BIN = 20
MIN_CALIBRATED = 10


class ClassScores(NamedTuple):
    """A model's scores for one class, and whether each row belongs to it; both have shape (n_rows,)."""

    name: str
    is_class: NDArray[np.bool]
    scores: NDArray[np.float64]
    color: str


@style.styled()
def plot_curves(model: Any, test: pd.DataFrame, y_label: str) -> "Figure":
    """Draw the curves of a classifier, or the residuals of a regressor.

    Of two classes, the curves are those of the positive one; of more, those of each of the most frequent
    classes against all others.
    """
    y_true = test[y_label].to_numpy()
    if not is_classifier(model):
        return _draw_residuals(y_true, np.ravel(model.predict(test)), y_label)
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
    areas = [f"{roc_auc_score(curve.is_class, curve.scores):.2f}" for curve in mixed]
    if len(curves) == 1:
        found = f"{f'AUC {areas[0]} for ' if areas else ''}class {curves[0].name}"
    else:
        span = f"AUC {min(areas)} to {max(areas)}, " if areas else ""
        found = f"{span}each class against all others,"
    title = f"{style.cut(y_label)}: {found} on {text.count(len(test), 'test row')}"
    figure, panels = style.make_figure(title, 3.95 + 0.23 * len(curves), columns=3)
    _draw_roc(panels[0], mixed)
    _draw_precision_recall(panels[1], [curve for curve in curves if curve.is_class.any()])
    _draw_calibration(panels[2], curves, has_probabilities=hasattr(model, "predict_proba"))
    return figure


def _draw_roc(axes: "Axes", curves: list[ClassScores]) -> None:
    axes.set_prop_cycle(color=[curve.color for curve in curves] or [style.BLUE])
    for curve in curves:
        RocCurveDisplay.from_predictions(curve.is_class, curve.scores, name=curve.name, ax=axes)
    labels = ("ROC: top left is best", "False positive rate", "True positive rate")
    reason = "" if curves else "ROC needs test rows of a class and of others."
    _finish(axes, labels, reason, has_diagonal=True)


def _draw_precision_recall(axes: "Axes", curves: list[ClassScores]) -> None:
    axes.set_prop_cycle(color=[curve.color for curve in curves] or [style.BLUE])
    for curve in curves:
        PrecisionRecallDisplay.from_predictions(
            curve.is_class, curve.scores, name=curve.name, ax=axes, drop_intermediate=True
        )
    labels = ("Precision-recall: top right is best", "Recall", "Precision")
    _finish(axes, labels, "" if curves else "Precision and recall need test rows of a class.")


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


def _draw_residuals(y_true: NDArray[Any], y_pred: NDArray[Any], y_label: str) -> "Figure":
    residuals = y_true - y_pred
    high = text.number(float(np.quantile(np.abs(residuals), 0.9)), digits=3)
    rows = text.count(len(y_true), "test row")
    title = f"{style.cut(y_label)}: 90% of {rows} are within {high} of the prediction"
    figure, panels = style.make_figure(title, 4, columns=3)
    draw_errors(panels[0], y_true, y_pred, y_label)
    draw_errors(panels[1], y_true, y_pred, y_label, kind="residual_vs_predicted")
    panels[2].hist(residuals, bins=min(30, 5 + len(residuals) // 10), color=style.BLUE)
    panels[2].axvline(0, color=style.VERMILION, linestyle="--", linewidth=1.2)
    panels[2].set(xlabel="True - predicted", ylabel="Test rows", title="Residuals: narrow is best")
    for axes in panels:
        axes.locator_params(axis="x", nbins=4)
    return figure
