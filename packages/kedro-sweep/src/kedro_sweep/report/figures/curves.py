"""How reliable predictions are: ROC, precision-recall and calibration curves, or residuals."""

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

from kedro_sweep.report.figures.class_scores import UNSCORED, score_classes
from kedro_sweep.report.figures.predictions import draw_predicted
from kedro_sweep.report.figures.style import (
    BLUE,
    GRAY,
    VERMILION,
    cut,
    draw_points,
    make_figure,
    pick_classes,
    show_amount,
    show_message,
    styled,
    write_message,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

MAX_CLASSES = 6
MAX_BINS = 10
ROWS_PER_BIN = 20
MIN_CALIBRATED = 10


class ClassScores(NamedTuple):
    """A model's scores for one class, and whether each row belongs to it.

    Attributes:
        name: Name of the class.
        is_class: Whether each row belongs to the class, shape (n_rows,).
        scores: Probabilities, or values of the decision function, shape (n_rows,).
        color: Color of its lines.
    """

    name: str
    is_class: NDArray[np.bool]
    scores: NDArray[np.float64]
    color: str


@styled()
def plot_curves(model: Any, test: pd.DataFrame, y_label: str) -> "Figure":
    """Draw how reliable the predictions of a model are.

    Args:
        model: The fitted model.
        test: Rows that the model was not trained on, features and target.
        y_label: Name of the column to predict.

    Returns:
        For a classifier, the ROC, precision-recall and calibration curves of the positive one of two
        classes, or of each of the most frequent classes against all others. For a regressor, predicted
        against true values, residuals against predicted values, and the distribution of the residuals.
    """
    y_true = test[y_label].to_numpy()
    if not is_classifier(model):
        return _draw_residuals(y_true, np.ravel(model.predict(test)), y_label)
    has_probabilities = hasattr(model, "predict_proba")
    values = score_classes(model, test)
    if values is None:
        return show_message("ROC, precision-recall and calibration", UNSCORED)
    classes = model.classes_
    is_binary = len(classes) == 2
    chosen = {1: BLUE} if is_binary else pick_classes(y_true, classes, MAX_CLASSES)
    curves = [
        ClassScores(cut(classes[number], 16), y_true == classes[number], values[:, number], color)
        for number, color in chosen.items()
    ]
    return _draw_curves(curves, y_label, len(test), has_probabilities=has_probabilities)


def _draw_curves(
    curves: list[ClassScores], y_label: str, n_rows: int, *, has_probabilities: bool
) -> "Figure":
    areas = [
        f"{roc_auc_score(curve.is_class, curve.scores):.2f}"
        for curve in curves
        if 0 < curve.is_class.sum() < n_rows
    ]
    if len(curves) == 1:
        found = f"AUC {areas[0]} for class {curves[0].name}" if areas else f"class {curves[0].name}"
    else:
        span = f"AUC {min(areas)} to {max(areas)}, " if areas else ""
        found = f"{span}each class against all others,"
    figure, panels = make_figure(
        f"{cut(y_label)}: {found} on {n_rows} test rows", 3.95 + 0.23 * len(curves), columns=3
    )
    both = "ROC needs test rows of a class and of others."
    _draw_panel(panels[0], curves, _draw_roc, lambda n_of_class: 0 < n_of_class < n_rows, both)
    panels[0].set(title="ROC: top left is best", xlabel="False positive rate")
    panels[0].set_ylabel("True positive rate")
    some = "Precision and recall need test rows of a class."
    _draw_panel(panels[1], curves, _draw_precision_recall, lambda n_of_class: n_of_class > 0, some)
    panels[1].set(title="Precision-recall: top right is best", xlabel="Recall", ylabel="Precision")
    many = f"Calibration needs {MIN_CALIBRATED} test rows of a class."
    if has_probabilities:
        _draw_panel(
            panels[2], curves, _draw_calibration, lambda n_of_class: n_of_class >= MIN_CALIBRATED, many
        )
    else:
        write_message(panels[2], "The model does not predict probabilities, so it has no calibration.")
    panels[2].set(title="Calibration: on the line is best", xlabel="Predicted probability")
    panels[2].set_ylabel("Observed frequency")
    return figure


def _draw_panel(
    axes: "Axes",
    curves: Iterable[ClassScores],
    draw: "Callable[[Axes, ClassScores], None]",
    can_draw: Callable[[int], bool],
    reason: str,
) -> None:
    axes.set(box_aspect=1, anchor="N")  # leaves the room below to the legend
    drawn = [curve for curve in curves if can_draw(int(curve.is_class.sum()))]
    if not drawn:
        write_message(axes, reason)
        return
    for curve in drawn:
        draw(axes, curve)
    ticks = np.linspace(0, 1, 6)
    axes.set(xlim=(-0.02, 1.02), ylim=(-0.02, 1.02), xticks=ticks, yticks=ticks)
    axes.legend(loc="upper center", bbox_to_anchor=(0.5, -0.2), handlelength=1.2)


def _draw_roc(axes: "Axes", curve: ClassScores) -> None:
    false_rate, true_rate, _ = roc_curve(curve.is_class, curve.scores)
    area = roc_auc_score(curve.is_class, curve.scores)
    axes.axline((0, 0), slope=1, color=GRAY, linestyle=":", linewidth=1)
    axes.plot(false_rate, true_rate, color=curve.color, label=f"{curve.name}: AUC {area:.2f}")


def _draw_precision_recall(axes: "Axes", curve: ClassScores) -> None:
    precision, recall, _ = precision_recall_curve(curve.is_class, curve.scores, drop_intermediate=True)
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
    label = f"{curve.name}: {curve.is_class.sum()} of {n_rows} rows"
    axes.plot(predicted, observed, color=curve.color, marker="o", markersize=4, label=label)


def _draw_residuals(y_true: NDArray[Any], y_pred: NDArray[Any], y_label: str) -> "Figure":
    residuals = y_true - y_pred
    high = float(np.quantile(np.abs(residuals), 0.9))
    figure, panels = make_figure(
        f"{cut(y_label)}: 90% of {len(y_true)} test rows are within "
        f"{show_amount(high)} of the prediction",
        4,
        columns=3,
    )
    for axes in panels:
        axes.locator_params(axis="x", nbins=4)
    draw_predicted(panels[0], y_true, y_pred, y_label)
    draw_points(panels[1], y_pred, residuals)
    panels[1].axhline(0, color=VERMILION, linestyle="--", linewidth=1.2)
    panels[1].set(xlabel=f"Predicted {cut(y_label)}", ylabel="True - predicted")
    panels[1].set_title("Residuals: no pattern is best")
    panels[2].hist(residuals, bins=min(30, 5 + len(residuals) // 10), color=BLUE)
    panels[2].axvline(0, color=VERMILION, linestyle="--", linewidth=1.2)
    panels[2].set(xlabel="True - predicted", ylabel="Test rows", title="Residuals: narrow is best")
    return figure
