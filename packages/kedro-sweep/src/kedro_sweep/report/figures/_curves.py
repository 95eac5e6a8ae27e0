"""How well classes are told apart: ROC, precision-recall and calibration curves."""

from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sklearn import metrics
from sklearn.base import is_classifier

from kedro_sweep import text
from kedro_sweep.report.figures import _style as style
from kedro_sweep.report.figures._panels import tabulate
from kedro_sweep.report.figures._predictions import plot_errors

CURVES = "ROC, precision-recall and calibration"
UNSCORED = "The model predicts neither probabilities nor a decision value per class."
MAX_CLASSES = 6
FEWEST_ROWS = 10
MAX_BINS = 10
ROWS_PER_BIN = 20


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


class Curve(NamedTuple):
    """A class: whether each row belongs to it, the model's scores, and how to draw its lines."""

    name: str
    is_class: NDArray[np.bool]
    scores: NDArray[np.float64]
    look: dict[str, Any]

    @property
    def rows(self) -> int:
        return int(self.is_class.sum())

    @property
    def area(self) -> float | None:
        """The area under the ROC curve; None without rows of this class or of others."""
        is_mixed = 0 < self.rows < len(self.is_class)
        return float(metrics.roc_auc_score(self.is_class, self.scores)) if is_mixed else None

    @property
    def precision(self) -> float:
        return float(metrics.average_precision_score(self.is_class, self.scores))


@style.styled()
def plot_curves(model: Any, test: pd.DataFrame, y_label: str, rows: str = "test rows") -> "style.Figure":
    """Draw the curves of a classifier, or the errors of a regressor.

    Of two classes, the curves are those of the positive one; of more, those of each of the most frequent
    classes against all others, if it has 10 rows.
    """
    y_true = test[y_label].to_numpy()
    rows = f"{text.count(len(test))} {rows}"
    if not is_classifier(model):
        return plot_errors(y_true, np.ravel(model.predict(test)), y_label, rows)
    values = score_classes(model, test)
    if values is None:
        return style.show_message(CURVES, UNSCORED)
    classes, names = model.classes_, style.cut_all(model.classes_, 18)
    is_binary = len(classes) == 2
    chosen = style.pick_classes(y_true, classes, MAX_CLASSES, FEWEST_ROWS)
    curves = [
        Curve(names[number], y_true == classes[number], values[:, number], look)
        for number, look in ({1: {"color": style.BLUE}} if is_binary else chosen).items()
    ]
    if not curves:
        return style.show_message(CURVES, f"No class has {FEWEST_ROWS} test rows.")

    areas = sorted(curve.area for curve in curves if curve.area is not None)
    ends = " to ".join(f"{area:.2f}" for area in dict.fromkeys([*areas[:1], *areas[-1:]]))
    which = f"{len(curves)} of {len(classes)} classes against all others"
    which = f"class {curves[0].name}" if is_binary else which
    title = f"{style.cut(y_label)}: {f'AUC {ends} for ' * bool(areas)}{which}, on {rows}"
    figure, panels = style.make_figure(title, 3.7 + 0.21 * len(curves), columns=3)
    some = [curve for curve in curves if curve.rows]
    for curve in some:
        if curve.area is not None:
            rates = metrics.roc_curve(curve.is_class, curve.scores)[:2]
            panels[0].plot(*rates, **curve.look)
        found = metrics.precision_recall_curve(curve.is_class, curve.scores, drop_intermediate=True)
        panels[1].plot(found[1], found[0], drawstyle="steps-post", **curve.look)
    labels = ("ROC: top left is best", "False positive rate", "True positive rate")
    _finish(panels[0], labels, "" if areas else "ROC needs test rows of a class and of others.")
    labels = ("Precision-recall: top right is best", "Recall", "Precision")
    reason = "" if some else "Precision and recall need test rows of a class."
    _finish(panels[1], labels, reason, has_diagonal=False)
    _draw_calibration(panels[2], curves, has_probabilities=hasattr(model, "predict_proba"))
    left_out = 0 if is_binary else len(classes) - len(curves)
    _name_curves(figure, some, f"Classes not drawn: {left_out}" if left_out else "")
    return figure


def _name_curves(figure: "style.Figure", curves: list[Curve], note: str) -> None:
    from matplotlib.lines import Line2D  # noqa: PLC0415

    lines = [Line2D([], [], **curve.look) for curve in curves]
    labels = []
    for curve in curves:
        area = "" if curve.area is None else f"AUC {curve.area:.2f}, "
        labels.append(f"{curve.name}: {area}AP {curve.precision:.2f}, {text.count(curve.rows, 'row')}")
    if curves:
        how: dict[str, Any] = {"loc": "outside lower left", "handlelength": 3, "alignment": "left"}
        figure.legend(lines, labels, title=note or None, **how)
    found = [(curve.name, curve.area, curve.precision, curve.rows) for curve in curves]
    tabulate(figure, found, "Class", "AUC", "Average precision", "Rows")


def _draw_calibration(axes: "style.Axes", curves: list[Curve], *, has_probabilities: bool) -> None:
    from sklearn.calibration import calibration_curve  # noqa: PLC0415

    reason = f"Calibration needs {FEWEST_ROWS} test rows of a class."
    if not has_probabilities:
        reason = "The model does not predict probabilities, so it has no calibration."
    for _, is_class, scores, look in curves:
        if is_class.sum() < FEWEST_ROWS or not has_probabilities:
            continue
        reason = ""
        n_bins = int(np.clip(len(scores) // ROWS_PER_BIN, 1, MAX_BINS))
        how: dict[str, Any] = {"n_bins": n_bins, "strategy": "quantile", "pos_label": True}
        observed, predicted = calibration_curve(is_class, np.clip(scores, 0, 1), **how)
        axes.plot(predicted, observed, marker="o", markersize=4, **look)
    labels = ("Calibration: on the line is best", "Predicted probability", "Observed frequency")
    _finish(axes, labels, reason)


def _finish(
    axes: "style.Axes", labels: tuple[str, str, str], reason: str, *, has_diagonal: bool = True
) -> None:
    """Name a panel and its axes; or give the reason why it is empty."""
    title, x, y = labels
    axes.set(title=title, xlabel=x, ylabel=y, aspect="auto", box_aspect=1, anchor="N")
    if reason:
        style.write_message(axes, reason)
        return
    if has_diagonal:
        axes.axline((0, 0), slope=1, color=style.GRAY, linestyle=":", linewidth=1)
    ticks = np.linspace(0, 1, 6)
    axes.set(xlim=(-0.02, 1.02), ylim=(-0.02, 1.02), xticks=ticks, yticks=ticks)
