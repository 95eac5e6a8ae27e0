"""Folds and test are drawn on an axis of time, each with its score and that of a dummy."""

from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import get_scorer

from kedro_sweep.evaluation import SweepSummary
from kedro_sweep.report.figures import _time, draw_time, to_html
from kedro_sweep.tables import Data
from kedro_sweep.text import MINUS, MISSING

DAYS = pd.date_range("2024-01-01", periods=100)
TABLE = pd.DataFrame({"day": DAYS.astype(str), "y": np.arange(100.0)})
FOLDS = pd.DataFrame({"fold": np.repeat([0, 1], 25), "y_true": TABLE["y"][30:80]}, range(30, 80))
TEST = pd.DataFrame({"y_true": TABLE["y"][80:]})


def draw(
    scoring: str,
    score: dict[str, Any] | None = None,
    *,
    task: str = "regression",
    decided: bool = False,
) -> Any:
    is_number = task == "regression"
    words = {True: "high", False: "low"}
    table = TABLE if is_number else TABLE.assign(y=(TABLE["y"] > 10).map(words))
    folds, test = (
        part.assign(y_true=table["y"][part.index], y_pred=table["y"][part.index] - 2)
        if is_number
        else part.assign(y_true=table["y"][part.index], y_pred="high")
        for part in (FOLDS, TEST)
    )
    data = Data(y_label="y", split={"kind": "time", "column": "day"})
    summary = SweepSummary(task=task, scoring=scoring)
    return draw_time(table[:80], table[80:], folds, test, data, summary, score, is_decided=decided)


def draw_folds(table: pd.DataFrame, *first_rows: int, weights: str | None = None) -> Any:
    """Draw folds that begin with these rows and are predicted as 0; the last 20 rows are the test."""
    n_train = len(table) - 20
    rows = np.arange(first_rows[0], n_train)
    numbers = np.searchsorted(first_rows, rows, side="right")
    folds = pd.DataFrame({"fold": numbers, "y_true": table["y"].to_numpy()[rows], "y_pred": 0.0}, rows)
    test = pd.DataFrame({"y_true": table["y"][n_train:], "y_pred": 0.0})
    data = Data(y_label="y", split={"kind": "time", "column": "day"}, weights=weights)
    summary = SweepSummary(task="regression", scoring="neg_mean_absolute_error")
    return draw_time(table[:n_train], table[n_train:], folds, test, data, summary)


def test_classes_and_row_labels_that_a_file_reads_differently_are_those_of_the_table() -> None:
    labels = [f"{row:03}" for row in range(100)]
    table = TABLE.assign(y=["NA" if row % 3 else "01" for row in range(100)]).set_axis(labels)
    true = pd.Series([float("nan") if row % 3 else 1 for row in range(100)])
    folds = pd.DataFrame({"fold": np.repeat([0, 1], 25), "y_true": true[30:80], "y_pred": true[30:80]})
    test = pd.DataFrame({"y_true": true[80:], "y_pred": 1})
    data = Data(y_label="y", split={"kind": "time", "column": "day"})
    summary = SweepSummary(task="classification", scoring="accuracy")
    figure = draw_time(table[:80], table[80:], folds, test, data, summary)
    assert read_title(figure) == "Accuracy over time: 1.00 to 1.00 in the folds, 0.350 on the test rows"
    assert all(MISSING not in label for label in read_labels(figure))


@pytest.mark.parametrize("classes", [(0, 1), (False, True)])
def test_numbers_and_truth_values_are_classes(classes: tuple[Any, Any]) -> None:
    table = TABLE.assign(y=[classes[row % 4 > 0] for row in range(100)])
    # The second fold tests rows of the first once more.
    rows = [*range(30, 60), *range(50, 80)]
    true = table["y"]
    folds = pd.DataFrame({"fold": np.repeat([0, 1], 30), "y_true": true[rows], "y_pred": classes[1]})
    test = pd.DataFrame({"y_true": true[80:], "y_pred": classes[1]})
    data = Data(y_label="y", split={"kind": "time", "column": "day"})
    summary = SweepSummary(task="classification", scoring="accuracy")
    figure = draw_time(table[:80], table[80:], folds, test, data, summary)
    assert all(MISSING not in label for label in read_labels(figure))


def test_days_may_label_the_rows() -> None:
    table = TABLE.assign(y=["a", "b"] * 50).set_axis(DAYS)
    read = pd.DataFrame({"y_true": table["y"].to_numpy(), "y_pred": "a"}, table["day"])
    data = Data(y_label="y", split={"kind": "time", "column": "day"})
    summary = SweepSummary(task="classification", scoring="accuracy")
    parts = read[30:80].assign(fold=0), read[80:]
    figure = draw_time(table[:80], table[80:], *parts, data, summary)
    assert "0.500 on the test rows" in read_title(figure)


def read_labels(figure: Any) -> list[str]:
    return [text.get_text().replace(MINUS, "-") for text in figure.axes[0].texts]


def read_title(figure: Any) -> str:
    return " ".join(figure.get_suptitle().replace(MINUS, "-").split())


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


def test_without_stored_predictions_of_the_folds_only_the_test_is_drawn() -> None:
    data = Data(y_label="y", split={"kind": "time", "column": "day"})
    none = pd.DataFrame(columns=["fold", "y_true", "y_pred"])
    test = TEST.assign(y_pred=TEST["y_true"])
    summary = SweepSummary(task="regression", scoring="r2")
    figure: Any = draw_time(TABLE[:80], TABLE[80:], none, test, data, summary)
    assert [label.get_text() for label in figure.axes[0].get_yticklabels()] == ["Test"]


def test_a_fold_may_begin_in_the_middle_of_a_year() -> None:
    years = TABLE.assign(day=np.repeat([2023, 2024], 50))
    # The mean of rows 0 to 29 is 14.5, that of rows 30 to 79 is 54.5.
    assert read_labels(draw_folds(years, 30))[0] == "-54.5, mean -40.0"
    assert read_labels(draw_folds(years.assign(day=2024), 30))[0] == "-54.5, mean -40.0"


def test_a_fold_without_earlier_rows_has_no_score_to_compare_with() -> None:
    assert [label.partition(", ")[2] for label in read_labels(draw_folds(TABLE, 0, 40))] == [
        f"mean {MISSING}",
        "mean -40.0",
        "mean -50.0",
    ]


def test_rows_count_by_their_weights_in_scores_and_in_the_mean() -> None:
    # Only every second row counts: 0, 2, ..., 28 before the fold, 30, 32, ..., 78 in it.
    weighted = TABLE.assign(weight=np.where(np.arange(100) % 2, 1e-9, 1.0))
    assert read_labels(draw_folds(weighted, 30, weights="weight"))[0] == "-54.0, mean -40.0"
    uneven = TABLE.assign(weight=np.where(np.arange(100) < 29, 1e-9, 1.0))
    assert read_labels(draw_folds(uneven, 30, weights="weight"))[0] == "-54.5, mean -25.5"


@pytest.mark.parametrize("fallback_fails", [False, True])
def test_a_custom_scorer_that_raises_gives_way_to_another(
    fallback_fails: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    def cost(model: Any, X: Any, y: Any) -> float:
        raise KeyError("amount")

    monkeypatch.setattr(
        _time,
        "find_scorer",
        lambda name: get_scorer(name) if name == "r2" and not fallback_fails else cost,
    )
    figure = draw("my.cost")
    if fallback_fails:
        assert read_title(figure) == "Cost over time"
        assert read_labels(figure) == [f"{MISSING}, mean {MISSING}"] * 3
    else:
        assert read_title(figure).startswith("R² over time: ")


def test_the_score_on_the_test_rows_is_the_one_that_the_report_quotes() -> None:
    figure = draw("accuracy", {"name": "accuracy", "value": 0.625}, task="classification")
    assert read_title(figure) == "Accuracy over time: 1.00 to 1.00 in the folds, 0.625 on the test rows"
    assert read_labels(figure)[-1].startswith("0.625, ")
    other = draw("neg_log_loss", {"name": "neg_log_loss", "value": -9.0}, task="classification")
    assert read_title(other).endswith(" 1.00 on the test rows")


def test_decided_predictions_do_not_give_the_score_before_the_decision() -> None:
    score = {"name": "accuracy", "value": 0.625}
    figure = draw("accuracy", score, task="classification", decided=True)
    assert read_title(figure) == "Accuracy over time: 0.625 on the test rows"
    assert read_labels(figure)[0] == f"{MISSING}, most frequent class 1.00"
    assert read_title(draw("accuracy", task="classification", decided=True)) == "Accuracy over time"


def test_of_many_folds_the_last_20_are_drawn() -> None:
    table = pd.DataFrame(
        {"day": pd.date_range("2024-01-01", periods=220).astype(str), "y": np.arange(220.0)}
    )
    figure = draw_folds(table, *range(50, 200, 5))
    names = [label.get_text() for label in figure.axes[0].get_yticklabels()]
    assert names == [*(f"Fold {number}" for number in range(11, 31)), "Test"]
    assert "10 folds left out" in figure.axes[0].get_title(loc="left")
    # The middle of the rows of the last fold is 197, that of the 11th is 102.
    assert read_title(figure).endswith(": -197 to -102 in the last 20 folds, -210 on the test rows")
    assert figure.get_size_inches()[1] < 13


@pytest.mark.parametrize("n_days", [40, 400, 1200, 4000, 20000])
def test_any_range_of_days_has_ticks(n_days: int, recwarn: pytest.WarningsRecorder) -> None:
    table = pd.DataFrame(
        {"day": pd.date_range("1950-01-01", periods=n_days).astype(str), "y": np.arange(n_days * 1.0)}
    )
    to_html(draw_folds(table, 10))
    assert not [str(found.message) for found in recwarn if "Locator" in str(found.message)]
