"""Curves are drawn of the classes that have rows enough, and named below the panels."""

from io import BytesIO
from typing import Any

import pandas as pd
import pytest
from sklearn.linear_model import RidgeClassifier
from sklearn.metrics import average_precision_score, roc_auc_score
from sklearn.svm import SVC
from sklearn.tree import DecisionTreeClassifier

from kedro_sweep.report.figures._curves import plot_curves


def read_legend(figure: Any) -> list[str]:
    return [text.get_text() for legend in figure.legends for text in legend.get_texts()]


@pytest.mark.parametrize(("target", "positive"), [("two", "yes"), ("boolean", True)])
def test_two_classes_give_the_curves_of_the_positive_one(
    target: str, positive: Any, fit: Any, rows: pd.DataFrame
) -> None:
    model = fit(DecisionTreeClassifier(max_depth=2), target, "price in $ or $$", "flag")
    figure = plot_curves(model, rows, target)
    scores, is_positive = model.predict_proba(rows)[:, 1], rows[target] == positive
    area, precision = roc_auc_score(is_positive, scores), average_precision_score(is_positive, scores)
    assert read_legend(figure) == [f"{positive}: AUC {area:.2f}, AP {precision:.2f}, 30 rows"]
    assert figure.get_suptitle().endswith(f"AUC {area:.2f} for class {positive}, on 60 test rows")


def test_a_class_of_fewer_than_ten_rows_is_left_out_and_its_absence_said(
    fit: Any, rows: pd.DataFrame
) -> None:
    model = fit(DecisionTreeClassifier(max_depth=2), "three", "size", "flag")
    figure: Any = plot_curves(model, rows[:45], "three")
    assert [name.partition(":")[0] for name in read_legend(figure)] == ["low", "middle"]
    assert "for 2 of 3 classes" in figure.get_suptitle()
    assert figure.legends[0].get_title().get_text() == "Classes not drawn: 1"
    model = fit(DecisionTreeClassifier(max_depth=2), "thirty", "size", "flag")
    assert "No class has 10" in plot_curves(model, rows, "thirty").axes[0].texts[0].get_text()


def test_at_most_six_classes_get_lines_that_differ_without_color_and_names_inside_the_picture(
    fit: Any, rows: pd.DataFrame
) -> None:
    model = fit(DecisionTreeClassifier(max_depth=2), "thirty", "size", "flag")
    title = "a long name that breaks the title in two lines, because it does not end"
    figure: Any = plot_curves(model, pd.concat([rows] * 5).rename(columns={"thirty": title}), title)
    assert len(read_legend(figure)) == 6
    assert len({line.get_linestyle() for line in figure.axes[0].lines[:3]}) == 3
    figure.savefig(BytesIO())  # draws it
    extent = figure.legends[0].get_window_extent()
    assert extent.y0 > 0
    assert extent.y1 < min(axes.get_tightbbox().y0 for axes in figure.axes)


@pytest.mark.parametrize(("target", "n_lines"), [("two", 1), ("three", 3)])
def test_without_probabilities_there_is_no_calibration(
    target: str, n_lines: int, fit: Any, rows: pd.DataFrame
) -> None:
    model = fit(RidgeClassifier(), target, "size", "flag")
    figure = plot_curves(model, rows, target)
    assert len(read_legend(figure)) == n_lines
    assert "does not predict" in figure.axes[2].texts[0].get_text()


def test_labels_only_or_values_per_pair_of_classes_are_said(
    labels_only: Any, fit: Any, rows: pd.DataFrame
) -> None:
    pairs = SVC(decision_function_shape="ovo")
    for estimator, target in ((labels_only, "three"), (pairs, "thirty")):
        figure = plot_curves(fit(estimator, target, "size", "flag"), rows, target)
        assert "neither" in figure.axes[0].texts[0].get_text()


def test_test_rows_of_one_class_leave_only_what_they_allow(fit: Any, rows: pd.DataFrame) -> None:
    model = fit(DecisionTreeClassifier(max_depth=2), "two", "size", "flag")
    figure = plot_curves(model, rows.tail(2), "two")
    roc, _, calibration = figure.axes
    assert "ROC needs" in roc.texts[0].get_text()
    assert read_legend(figure) == ["yes: AP 1.00, 2 rows"]
    assert "Calibration needs 10" in calibration.texts[0].get_text()
    assert not plot_curves(model, rows.head(2), "two").axes[1].lines


def test_a_class_that_training_lacked_counts_as_another_class(fit: Any, rows: pd.DataFrame) -> None:
    model = fit(DecisionTreeClassifier(max_depth=2), "two", "size", "flag")
    table = rows.replace({"two": {"no": "never"}})
    assert read_legend(plot_curves(model, table, "two")) == ["yes: AUC 1.00, AP 1.00, 30 rows"]
