"""How good predictions are: which classes are confused, and how far numbers are off."""

from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import stats
from sklearn import metrics
from sklearn.base import is_classifier
from sklearn.utils.multiclass import unique_labels

from kedro_sweep import text
from kedro_sweep.report.figures import _style as style
from kedro_sweep.report.figures._panels import tabulate

MAX_NUMBERED = 12
MAX_PAIRS = 12
# On a cell of a smaller shade, black has more contrast than white.
BLACK_IS_READABLE = 0.93
SIGNIFICANT = 0.05


@style.styled()
def plot_predictions(
    model: Any, table: pd.DataFrame, y_label: str, rows: str = "rows"
) -> "style.Figure":
    """Draw predicted against true values: a confusion matrix for a classifier, points for a regressor.

    Over 12 classes give the pairs that are confused most, because a matrix could not be read.

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
    title = _describe_errors(y_true - y_pred, y_label, rows)
    figure, [axes] = style.make_figure(title, 4.8, width=style.NARROW)
    _draw_points(axes, y_true, y_pred, y_label)
    _tabulate_errors(figure, y_true - y_pred)
    return figure


def _draw_confusion(
    y_true: NDArray[Any], y_pred: NDArray[Any], y_label: str, rows: str
) -> "style.Figure":
    labels = unique_labels(y_true, y_pred)
    names = style.cut_all(labels, 18)
    counts = metrics.confusion_matrix(y_true, y_pred, labels=labels)
    shares = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
    title = f"{style.cut(y_label)}: {text.share(counts.trace() / counts.sum())} of {rows} right"
    is_readable = len(labels) <= MAX_NUMBERED
    cells = np.argsort(-counts, axis=None, kind="stable")[: np.count_nonzero(counts)]
    true, predicted = np.unravel_index(cells, counts.shape)
    if is_readable:
        figure = _draw_matrix(counts, shares, names, title)
    else:
        wrong = np.flatnonzero(true != predicted)[:MAX_PAIRS]
        pairs = [f"{names[true[n]]} → {names[predicted[n]]}" for n in wrong]
        figure = _draw_pairs(pairs, counts.flat[cells[wrong]], shares.flat[cells[wrong]], title)
    full = np.array([text.name(label) for label in labels])
    written = map(text.share, shares.flat[cells])
    found = zip(full[true], full[predicted], counts.flat[cells], written, strict=True)
    tabulate(figure, found, "True class", "Predicted", "Rows", "Share of the true class")
    return figure


def _draw_matrix(
    counts: NDArray[np.intp], shares: NDArray[np.float64], names: list[str], title: str
) -> "style.Figure":
    """The shade of a cell is the number of rows, because a share may be that of one row."""
    from matplotlib.colors import LinearSegmentedColormap, to_rgba  # noqa: PLC0415

    n = len(names)
    side = max(0.56 * n + 1.2, 3.6)
    figure, [axes] = style.make_figure(title, side + 0.2, width=side + 0.4)
    # Transparent where there are no rows, so that it is as dark as its page.
    blues = [to_rgba(style.BLUE, alpha) for alpha in (0, 1)]
    shades = counts / max(int(counts.max()), 1)
    axes.imshow(shades, cmap=LinearSegmentedColormap.from_list("blues", blues), vmin=0, vmax=1)
    for (row, column), count in np.ndenumerate(counts):
        color = style.CELL if shades[row, column] <= BLACK_IS_READABLE else "white"
        words = f"{text.count(int(count))}\n{text.share(float(shares[row, column]))}" if count else "0"
        color = color if count else style.GRAY
        axes.text(column, row, words, color=color, ha="center", va="center", size=style.FONT_SIZE - 0.5)
    turn = any(len(name) > 4 for name in names)
    how: dict[str, Any] = {"rotation": 45, "ha": "right", "rotation_mode": "anchor"} if turn else {}
    axes.set_xticks(range(n), names, **how)
    axes.set_yticks(range(n), names)
    axes.grid(visible=False)
    axes.set_xticks(np.arange(n - 1) + 0.5, minor=True)
    axes.set_yticks(np.arange(n - 1) + 0.5, minor=True)
    axes.grid(visible=True, which="minor", color=style.LIGHT, linewidth=0.8)
    axes.tick_params(which="both", length=0)
    axes.spines[:].set(visible=True, color=style.LIGHT)
    axes.set(xlabel="Predicted class", ylabel="True class", anchor="W")
    return figure


def _draw_pairs(
    pairs: list[str], counts: NDArray[np.intp], shares: NDArray[np.float64], title: str
) -> "style.Figure":
    if not pairs:
        return style.show_message(title, "No row is wrong.")
    figure, [axes] = style.make_figure(title, 1.2 + 0.28 * len(pairs), width=style.NARROW)
    found = zip(counts.tolist(), shares, strict=True)
    numbers = [f"{text.count(count)} ({text.share(share)})" for count, share in found]
    style.draw_bars(axes, pairs, counts, numbers)
    axes.set(title="Most confused (true → predicted)")
    axes.set_xlabel("Rows, and their share of the true class")
    return figure


def _describe_errors(residuals: NDArray[np.float64], y_label: str, rows: str) -> str:
    """Write how far off the predictions are and, if it is more than chance, in which direction."""
    off, bias = (float(np.mean(errors)) for errors in (np.abs(residuals), residuals))
    title = f"{style.cut(y_label)}: off by {text.number(off, digits=3)} on average, over {rows}"
    is_clear = np.ptp(residuals) > 0 and stats.ttest_1samp(residuals, 0).pvalue < SIGNIFICANT
    if is_clear:
        side = "low" if bias > 0 else "high"
        title += f"; about {text.number(abs(bias), digits=2)} too {side} on average"
    return title


def _draw_points(axes: "style.Axes", y_true: NDArray[Any], y_pred: NDArray[Any], y_label: str) -> None:
    shown, how = style.choose_points(len(y_true))
    axes.scatter(y_pred[shown], y_true[shown], **how)
    axes.axline((float(y_true[0]),) * 2, slope=1, color=style.VERMILION, linewidth=1.2)
    both = np.concatenate([y_pred[shown], y_true[shown]]).astype(float)
    margin = 0.04 * np.ptp(both) or 1
    span = both.min() - margin, both.max() + margin
    axes.set(xlim=span, ylim=span, box_aspect=1, title="Predictions: on the line is best")
    axes.set(xlabel=f"Predicted {style.cut(y_label)}", ylabel=f"True {style.cut(y_label)}")
    axes.locator_params(nbins=5)


@style.styled()
def plot_errors(y_true: NDArray[Any], y_pred: NDArray[Any], y_label: str, rows: str) -> "style.Figure":
    """Draw the points of a regressor and the distribution of its errors."""
    residuals = y_true - y_pred
    figure, panels = style.make_figure(_describe_errors(residuals, y_label, rows), 3.7, columns=3)
    _draw_points(panels[0], y_true, y_pred, y_label)
    shown, how = style.choose_points(len(y_true))
    panels[1].scatter(y_pred[shown], residuals[shown], **how)
    panels[1].axhline(0, color=style.VERMILION, linewidth=1.2)
    panels[1].set(xlabel=f"Predicted {style.cut(y_label)}", ylabel=f"True {text.MINUS} predicted")
    panels[1].set_title("Errors: no pattern is best")
    panels[2].hist(residuals, bins=min(30, 5 + len(residuals) // 10), color=style.BLUE)
    panels[2].axvline(0, color=style.VERMILION, linewidth=1.2)
    panels[2].set(xlabel=f"True {text.MINUS} predicted", ylabel="Rows", title="Errors: narrow is best")
    panels[2].yaxis.get_major_locator().set_params(integer=True, min_n_ticks=1)
    for axes in panels:
        axes.set(box_aspect=1, anchor="N")
        axes.locator_params(axis="x", nbins=5)
    _tabulate_errors(figure, residuals)
    return figure


def _tabulate_errors(figure: "style.Figure", residuals: NDArray[np.float64]) -> None:
    sizes = np.abs(residuals)
    values = {
        f"Mean of true {text.MINUS} predicted": residuals.mean(),
        "Mean absolute error": sizes.mean(),
    }
    values |= {f"{share:.0%} of errors are within": np.quantile(sizes, share) for share in (0.5, 0.9)}
    tabulate(figure, values.items(), "Measure", "Value")
