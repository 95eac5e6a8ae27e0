"""Folds and test are drawn on an axis of time, each with its score and that of a dummy."""

from typing import Any

import numpy as np
import pandas as pd
import pytest

from kedro_sweep.evaluation import SweepSummary
from kedro_sweep.report.figures import draw_time
from kedro_sweep.tables import Data
from kedro_sweep.text import MINUS

DAYS = pd.date_range("2024-01-01", periods=100)
TABLE = pd.DataFrame({"day": DAYS.astype(str), "y": np.arange(100.0)})
FOLDS = pd.DataFrame({"fold": np.repeat([0, 1], 25), "y_true": TABLE["y"][30:80]}, range(30, 80))
TEST = pd.DataFrame({"y_true": TABLE["y"][80:]})


def draw(scoring: str, *, task: str = "regression", kind: str = "time") -> Any:
    is_number = task == "regression"
    words = {True: "high", False: "low"}
    table = TABLE if is_number else TABLE.assign(y=(TABLE["y"] > 10).map(words))
    folds, test = (
        part.assign(y_true=table["y"][part.index], y_pred=table["y"][part.index] - 2)
        if is_number
        else part.assign(y_true=table["y"][part.index], y_pred="high")
        for part in (FOLDS, TEST)
    )
    data = Data(y_label="y", split={"kind": kind, "column": "day"})
    summary = SweepSummary(task=task, scoring=scoring)
    return draw_time(table[:80], table[80:], folds, test, data, summary)


def read_dates(line: Any) -> list[str]:
    return [f"{pd.Timestamp(day, unit='D'):%m-%d}" for day in line.get_xdata(orig=False)]


def test_each_part_has_its_days_and_its_score_beside_that_of_a_dummy() -> None:
    figure = draw("neg_mean_absolute_error")
    spans, errors = figure.axes
    trained, held_out = spans.lines[::2], spans.lines[1::2]
    assert [read_dates(line) for line in held_out] == [
        ["01-31", "02-24"],
        ["02-25", "03-20"],
        ["03-21", "04-09"],
    ]
    assert [read_dates(line)[0] for line in trained] == ["01-01"] * 3
    # The mean of the days before the fold: 14.5 on average; the mean of the fold: 42.
    scores = [text.get_text().replace(MINUS, "-") for text in spans.texts]
    assert scores == ["-2.00, mean -27.5", "-2.00, mean -40.0", "-2.00, mean -50.0"]
    title = " ".join(figure.get_suptitle().replace(MINUS, "-").split())
    assert (
        title
        == "Negative mean absolute error over time: -2.00 to -2.00 in the folds, -2.00 on the test rows"
    )
    assert all(np.allclose(line.get_ydata(), 2) for line in errors.lines[::2])


def test_classes_are_compared_with_the_most_frequent_one_so_far() -> None:
    figure = draw("accuracy", task="classification")
    assert [text.get_text() for text in figure.axes[0].texts] == ["1.00, most frequent class 1.00"] * 3
    assert np.allclose(figure.axes[1].lines[0].get_ydata(), 0)


def test_a_score_that_needs_probabilities_gives_way_to_accuracy() -> None:
    assert draw("neg_log_loss", task="classification").get_suptitle().startswith("Accuracy over time")


@pytest.mark.parametrize("kind", ["random", "group"])
def test_other_splits_have_no_axis_of_time(kind: str) -> None:
    if kind == "random":
        data = Data(y_label="y")
        assert draw_time(TABLE, TABLE, FOLDS, TEST, data, SweepSummary()) is None
    else:
        assert draw("r2", kind=kind) is None


def test_without_stored_predictions_of_the_folds_only_the_test_is_drawn() -> None:
    data = Data(y_label="y", split={"kind": "time", "column": "day"})
    none = pd.DataFrame(columns=["fold", "y_true", "y_pred"])
    test = TEST.assign(y_pred=TEST["y_true"])
    summary = SweepSummary(task="regression", scoring="r2")
    figure: Any = draw_time(TABLE[:80], TABLE[80:], none, test, data, summary)
    assert [label.get_text() for label in figure.axes[0].get_yticklabels()] == ["Test"]
