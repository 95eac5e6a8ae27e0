"""How predictions fare over time: what was trained and held out when, and with which errors."""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from math import isfinite, nan
from typing import Any

import numpy as np
import pandas as pd
from sklearn.base import BaseEstimator, RegressorMixin

from kedro_sweep import text
from kedro_sweep.evaluation import SweepSummary
from kedro_sweep.report.figures import _style as style
from kedro_sweep.report.figures._panels import tabulate
from kedro_sweep.search.settings import find_scorer, score_weighted
from kedro_sweep.tables import Data, read_times

MAX_FOLDS = 20
MAX_BINS = 40
ROWS_PER_BIN = 5


@style.styled()
def draw_time(
    train: pd.DataFrame,
    test: pd.DataFrame,
    out_of_fold: pd.DataFrame,
    tested: pd.DataFrame,
    data: Data,
    summary: SweepSummary,
    test_score: Mapping[str, Any] | None = None,
    *,
    is_decided: bool = False,
) -> "style.Figure":
    """Draw the folds and the test on an axis of time, and their errors.

    `out_of_fold` and `tested` are the model's predictions for the rows of the folds and the test. The
    score is that of the model before a decision, so decided predictions do not give it.
    """
    table, y = pd.concat([train, test]), train[data.y_label]
    out_of_fold, tested = _restore_types([out_of_fold, tested], table, data.y_label, summary)
    times = read_times(table[[str(data.split.column)]], data.split)
    times = times.dt.tz_localize(None) if times.dtype.kind == "M" else times
    parts = {f"Fold {number}": rows for number, (_, rows) in enumerate(out_of_fold.groupby("fold"), 1)}
    n_left_out = max(len(parts) - MAX_FOLDS, 0)
    parts = dict([*parts.items()][n_left_out:]) | {"Test": tested}
    weights = pd.Series(data.take_weights(table), table.index, dtype=float) if data.weights else None
    scoring, scores = _score_parts(parts, y, weights, summary, is_decided=is_decided)
    if test_score and test_score["name"] == scoring:
        scores[-1] = (test_score["value"], scores[-1][1])
    usual = "mean" if summary.task == "regression" else "most frequent class"
    written = [
        f"{text.number(own, digits=3)}, {usual} {text.number(dummy, digits=3)}" for own, dummy in scores
    ]
    known = sorted(own for own, _ in scores[:-1] if isfinite(own))
    folds = [text.number(own, digits=3) for own in known]
    last = f"last {MAX_FOLDS} " if n_left_out else ""
    seen = [f"{folds[0]} to {folds[-1]} in the {last}folds"] if folds else []
    if isfinite(scores[-1][0]):
        seen.append(f"{text.number(scores[-1][0], digits=3)} on the test rows")
    title = f"{text.name_score(scoring).capitalize()} over time{': ' if seen else ''}{', '.join(seen)}"
    height = 1.6 + 0.5 * max(len(parts), 4)
    figure, [axes, errors] = style.make_figure(title, height, columns=2)
    first, found = times.min(), []
    for place, (name, rows) in enumerate(parts.items()):
        held_out, color = times[rows.index], style.VERMILION if name == "Test" else style.BLUE
        start, end = held_out.min(), held_out.max()
        axes.plot([first, start], [place, place], color=style.GRAY, linewidth=4, alpha=0.5)
        axes.plot([start, end], [place, place], color=color, linewidth=7, solid_capstyle="butt")
        axes.text(first, place - 0.22, written[place], va="bottom", size=style.FONT_SIZE - 1)
        _draw_errors(errors, held_out, rows, color, is_number=summary.task == "regression")
        found.append((name, start, end, *scores[place]))
    axes.set_yticks(range(len(parts)), list(parts))
    axes.set_ylim(len(parts) - 0.6, -0.8)
    axes.grid(visible=False, axis="y")
    left_out = f"; {text.count(n_left_out, 'fold')} left out" if n_left_out else ""
    axes.set_title(f"Trained (gray), then held out; scores{left_out}")
    errors.set_xlim(axes.get_xlim())
    _write_times(figure, is_time=times.dtype.kind == "M")
    tabulate(
        figure, found, "Part", "First", "Last", text.name_score(scoring).capitalize(), usual.capitalize()
    )
    return figure


def _restore_types(
    parts: Sequence[pd.DataFrame], table: pd.DataFrame, y_label: str, summary: SweepSummary
) -> list[pd.DataFrame]:
    """Give row labels and classes the types of the table, which a CSV file does not keep."""
    if table.index.inferred_type == "string" and not pd.concat(parts).index.isin(table.index).all():
        digits = pd.to_numeric(table.index.to_series(), errors="coerce")
        labels = pd.Series(table.index, digits.to_numpy())
        parts = [rows.set_axis(labels[rows.index]) for rows in parts]
    if summary.task == "regression":
        return list(parts)
    # By position, because the test rows of folds may overlap.
    true = [table[y_label][rows.index].to_numpy() for rows in parts]
    read = pd.concat([rows["y_true"] for rows in parts]).to_numpy()
    classes = pd.Series(np.concatenate(true)).groupby(read, dropna=False).first()
    restored = []
    for rows, y_true in zip(parts, true, strict=True):
        y_pred = rows["y_pred"].map(classes).astype(object)
        y_pred = y_pred.where(y_pred.notna(), rows["y_pred"])
        restored.append(rows.assign(y_true=y_true, y_pred=y_pred).infer_objects())
    return restored


class _Echo(RegressorMixin, BaseEstimator):  # type: ignore[misc]
    """Its rows are predictions."""

    def predict(self, X: Any) -> Any:
        return X


def _score_parts(
    parts: Mapping[str, pd.DataFrame],
    y: pd.Series,
    weights: pd.Series | None,
    summary: SweepSummary,
    *,
    is_decided: bool,
) -> tuple[str, list[tuple[float, float]]]:
    """Score the predictions of each part, and those of a dummy that saw only earlier training rows.

    A score that needs more than predictions is replaced by accuracy or R². What is unknown is NaN.
    """
    is_number, scored = summary.task == "regression", []
    for name, rows in parts.items():
        # By position, because a fold may begin in the middle of a day or a year.
        before = y if name == "Test" else y.iloc[: max(y.index.get_indexer(rows.index).min(), 0)]
        counted = pd.Series(1.0, before.index) if weights is None else weights[before.index]
        guesses = [None if is_decided else rows["y_pred"].to_numpy(), None]
        if len(before) and is_number:
            guesses[1] = np.full(len(rows), np.average(before, weights=counted))
        elif len(before):
            guesses[1] = np.full(len(rows), counted.groupby(before).sum().idxmax())
        own_weights = None if weights is None else weights[rows.index].to_numpy()
        scored.append((guesses, rows["y_true"], own_weights))

    def score(scoring: str) -> list[tuple[float, float]]:
        scorer, echo = find_scorer(scoring), _Echo()
        values = [
            [nan if guess is None else score_weighted(scorer, echo, guess, *true) for guess in guesses]
            for guesses, *true in scored
        ]
        return [(own, dummy) for own, dummy in values]

    for scoring in (summary.scoring, "r2" if is_number else "accuracy"):
        with suppress(Exception):  # a custom scorer may raise anything
            return scoring, score(scoring)
    return summary.scoring, [(nan, nan)] * len(parts)


def _draw_errors(
    axes: "style.Axes", times: pd.Series, rows: pd.DataFrame, color: str, *, is_number: bool
) -> None:
    order = np.argsort(times.to_numpy(), kind="stable")
    times, rows = times.iloc[order], rows.iloc[order]
    title, errors = "Share of wrong predictions", rows["y_true"] != rows["y_pred"]
    if is_number:
        title, errors = f"True {text.MINUS} predicted, and its mean", rows["y_true"] - rows["y_pred"]
        shown, how = style.choose_points(len(rows))
        axes.scatter(times.iloc[shown], errors.iloc[shown], **how | {"c": color, "s": 8})
    n_bins = int(np.clip(len(rows) // ROWS_PER_BIN, 1, MAX_BINS))
    bins = np.arange(len(rows)) * n_bins // len(rows)
    middles = [part.iloc[len(part) // 2] for _, part in times.groupby(bins)]
    axes.plot(middles, errors.astype(float).groupby(bins).mean(), color=color)
    axes.axhline(0, color=style.GRAY, linewidth=1)
    axes.set_title(title)


def _write_times(figure: "style.Figure", *, is_time: bool) -> None:
    from matplotlib.dates import AutoDateLocator, ConciseDateFormatter  # noqa: PLC0415

    kinds: Any = AutoDateLocator, ConciseDateFormatter
    for axes in figure.axes:
        if not is_time:
            axes.locator_params(axis="x", nbins=5)
            continue
        locator = kinds[0](minticks=3, maxticks=6, interval_multiples=False)
        axes.xaxis.set_major_locator(locator)
        axes.xaxis.set_major_formatter(kinds[1](locator))
