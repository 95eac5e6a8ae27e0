"""How far predictions can be trusted: ROC, precision-recall and calibration, or residuals."""

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sklearn.base import is_classifier
from sklearn.metrics import (
    average_precision_score,
    precision_recall_curve,
    roc_auc_score,
    roc_curve,
)

from kedro_sweep.report.figures.predictions import draw_points
from kedro_sweep.report.figures.style import (
    BLUE,
    GRAY,
    VERMILLION,
    cut,
    make_figure,
    pick_classes,
    show_message,
    styled,
    thin,
    write_message,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

MAX_CLASSES = 6
MAX_BINS = 10
ROWS_PER_BIN = 10


class ClassScores(NamedTuple):
    """How the model scores one class, against whether a row is of it.

    Attributes:
        name: Of the class.
        is_class: Whether each row is of the class, shape (n_rows,).
        scores: Probabilities, or values of the decision function, shape (n_rows,).
        color: Of its lines.
    """

    name: str
    is_class: NDArray[np.bool]
    scores: NDArray[np.float64]
    color: str


@styled()
def plot_curves(model: Any, test: pd.DataFrame, y_label: str) -> "Figure":
    """Draw how far the predictions of a model can be trusted.

    Args:
        model: The fitted model.
        test: Rows that the model was not fitted on, features and target.
        y_label: Name of the column to predict.

    Returns:
        Of a classifier, the ROC, precision-recall and calibration curves of the positive class of two,
        or of each of the most frequent classes against all others. Of a regressor, predicted against
        true values, residuals against predicted values, and the distribution of residuals.
    """
    y_true = test[y_label].to_numpy()
    if not is_classifier(model):
        return _draw_residuals(y_true, np.ravel(model.predict(test)), y_label)
    has_probabilities = hasattr(model, "predict_proba")
    values = score_classes(model, test)
    if values is None:
        return show_message(
            "ROC, precision-recall and calibration",
            "The model gives neither probabilities nor a value of the decision function per class.",
        )
    classes = model.classes_
    is_binary = len(classes) == 2
    chosen = {1: BLUE} if is_binary else pick_classes(y_true, classes, MAX_CLASSES)
    curves = [
        ClassScores(cut(classes[number], 16), y_true == classes[number], values[:, number], color)
        for number, color in chosen.items()
    ]
    return _draw_curves(curves, y_label, len(test), has_probabilities=has_probabilities)


def score_classes(model: Any, rows: pd.DataFrame) -> NDArray[np.float64] | None:
    """Score how much each row looks like each class.

    Args:
        model: The fitted classifier.
        rows: Features.

    Returns:
        Probabilities or, without them, values of the decision function, shape (n_rows, n_classes); None
        if the model has neither.
    """
    if hasattr(model, "predict_proba"):
        return np.asarray(model.predict_proba(rows), dtype=float)
    if not hasattr(model, "decision_function"):
        return None
    values = np.asarray(model.decision_function(rows), dtype=float)
    if values.ndim == 1:
        return np.column_stack([-values, values])
    return values if values.shape[1] == len(model.classes_) else None


def _draw_curves(
    curves: list[ClassScores], y_label: str, n_rows: int, *, has_probabilities: bool
) -> "Figure":
    names = curves[0].name if len(curves) == 1 else "each class against all others"
    figure, panels = make_figure(
        f"How well the model ranks and how honest its probabilities are: {cut(y_label)}, {names}, "
        f"{n_rows} test rows",
        4.6 + 0.17 * len(curves),
        columns=3,
    )
    _draw_panel(panels[0], curves, _draw_roc, lambda curve: 0 < curve.is_class.sum() < n_rows)
    _draw_panel(panels[1], curves, _draw_precision_recall, lambda curve: bool(curve.is_class.any()))
    panels[0].set(title="ROC: up and left is better", xlabel="False positive rate")
    panels[0].set_ylabel("True positive rate")
    panels[1].set(title="Precision-recall: up is better", xlabel="Recall", ylabel="Precision")
    panels[2].set_title("Calibration: on the line is honest")
    if has_probabilities:
        _draw_panel(panels[2], curves, _draw_calibration, lambda curve: True)
        panels[2].set(xlabel="Predicted probability", ylabel="How often it is true")
    else:
        write_message(panels[2], "This model gives no probabilities, so there is nothing to calibrate.")
    return figure


def _draw_panel(
    axes: "Axes",
    curves: Iterable[ClassScores],
    draw: "Callable[[Axes, ClassScores], None]",
    can_draw: Callable[[ClassScores], bool],
) -> None:
    drawn = [curve for curve in curves if can_draw(curve)]
    if not drawn:
        write_message(axes, "The test rows are all of one class, or of none that is drawn.")
        return
    for curve in drawn:
        draw(axes, curve)
    axes.set(xlim=(-0.02, 1.02), ylim=(-0.02, 1.02), box_aspect=1)
    axes.legend(loc="upper center", bbox_to_anchor=(0.5, -0.18), handlelength=1.2)


def _draw_roc(axes: "Axes", curve: ClassScores) -> None:
    false_rate, true_rate, _ = roc_curve(curve.is_class, curve.scores)
    area = roc_auc_score(curve.is_class, curve.scores)
    axes.axline((0, 0), slope=1, color=GRAY, linestyle=":", linewidth=1)
    axes.plot(false_rate, true_rate, color=curve.color, label=f"{curve.name}: AUC {area:.2f}")


def _draw_precision_recall(axes: "Axes", curve: ClassScores) -> None:
    precision, recall, _ = precision_recall_curve(
        curve.is_class, curve.scores, drop_intermediate=True
    )
    area = average_precision_score(curve.is_class, curve.scores)
    axes.plot(
        recall,
        precision,
        color=curve.color,
        drawstyle="steps-post",
        label=f"{curve.name}: AP {area:.2f}",
    )


def _draw_calibration(axes: "Axes", curve: ClassScores) -> None:
    from sklearn.calibration import calibration_curve  # noqa: PLC0415

    n_rows = len(curve.scores)
    observed, predicted = calibration_curve(
        curve.is_class,
        np.clip(curve.scores, 0, 1),
        n_bins=int(np.clip(n_rows // ROWS_PER_BIN, 1, MAX_BINS)),
        strategy="quantile",
        pos_label=True,
    )
    axes.axline((0, 0), slope=1, color=GRAY, linestyle=":", linewidth=1)
    label = f"{curve.name}: {curve.is_class.sum()} rows"
    axes.plot(predicted, observed, color=curve.color, marker="o", markersize=4, label=label)


def _draw_residuals(y_true: NDArray[Any], y_pred: NDArray[Any], y_label: str) -> "Figure":
    residuals, shown = y_true - y_pred, thin(len(y_true))
    high = float(np.quantile(np.abs(residuals), 0.9))
    figure, panels = make_figure(
        f"Residuals of {cut(y_label)}: 90 % of {len(y_true)} test rows are within {high:.3g}",
        4,
        columns=3,
    )
    draw_points(panels[0], y_true, y_pred, y_label)
    panels[1].scatter(y_pred[shown], residuals[shown], s=16, color=BLUE, alpha=0.5)
    panels[1].axhline(0, color=VERMILLION, linestyle="--", linewidth=1.2)
    panels[1].set(xlabel=f"Predicted {cut(y_label)}", ylabel="Residual: true - predicted")
    panels[2].hist(residuals, bins=min(30, 5 + len(residuals) // 10), color=BLUE)
    panels[2].axvline(0, color=VERMILLION, linestyle="--", linewidth=1.2)
    panels[2].set(xlabel="Residual: true - predicted", ylabel="Test rows")
    return figure
