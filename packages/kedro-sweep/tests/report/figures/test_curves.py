"""The curves of a classifier and the residuals of a regressor, for models with any output."""

from io import BytesIO
from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.dummy import DummyRegressor
from sklearn.linear_model import LinearRegression, RidgeClassifier
from sklearn.metrics import average_precision_score, roc_auc_score
from sklearn.svm import SVC
from sklearn.tree import DecisionTreeClassifier

from kedro_sweep.report.figures._curves import plot_curves


def read_legend(axes: Any) -> list[str]:
    return [text.get_text() for text in axes.get_legend().get_texts()]


@pytest.mark.parametrize(("target", "positive"), [("two", "yes"), ("boolean", True)])
def test_two_classes_give_the_curves_of_the_positive_one(
    target: str, positive: Any, fit: Any, rows: pd.DataFrame
) -> None:
    model = fit(DecisionTreeClassifier(max_depth=2), target, "price in $ or $$", "flag")
    roc, recall, calibration = plot_curves(model, rows, target).axes
    scores, is_positive = model.predict_proba(rows)[:, 1], rows[target] == positive
    assert read_legend(roc) == [f"{positive} (AUC = {roc_auc_score(is_positive, scores):.2f})"]
    assert read_legend(recall) == [
        f"{positive} (AP = {average_precision_score(is_positive, scores):.2f})"
    ]
    assert read_legend(calibration) == [f"{positive} (30 of 60 rows)"]
    assert roc.figure.get_suptitle().endswith(f"for class {positive} on 60 test rows")


@pytest.mark.parametrize(("target", "n_lines"), [("three", 3), ("thirty", 6)])
def test_more_classes_give_a_line_each_and_at_most_six(
    target: str, n_lines: int, fit: Any, rows: pd.DataFrame
) -> None:
    model = fit(DecisionTreeClassifier(max_depth=2), target, "size", "flag")
    figure = plot_curves(model, rows, target)
    axes: Any = figure.axes
    roc, recall, _ = axes
    assert len(read_legend(roc)) == len(read_legend(recall)) == n_lines
    figure.savefig(BytesIO())  # draws it
    assert roc.get_legend().get_window_extent().y0 > 0


@pytest.mark.parametrize(("target", "n_lines"), [("two", 1), ("three", 3)])
def test_without_probabilities_there_is_no_calibration(
    target: str, n_lines: int, fit: Any, rows: pd.DataFrame
) -> None:
    model = fit(RidgeClassifier(), target, "size", "flag")
    roc, recall, calibration = plot_curves(model, rows, target).axes
    assert len(read_legend(roc)) == len(read_legend(recall)) == n_lines
    assert "does not predict" in calibration.texts[0].get_text()


def test_labels_only_or_values_per_pair_of_classes_are_said(
    labels_only: Any, fit: Any, rows: pd.DataFrame
) -> None:
    pairs = SVC(decision_function_shape="ovo")
    for estimator, target in ((labels_only, "three"), (pairs, "thirty")):
        figure = plot_curves(fit(estimator, target, "size", "flag"), rows, target)
        assert "neither" in figure.axes[0].texts[0].get_text()


def test_test_rows_of_one_class_leave_only_what_they_allow(fit: Any, rows: pd.DataFrame) -> None:
    model = fit(DecisionTreeClassifier(max_depth=2), "two", "size", "flag")
    roc, recall, calibration = plot_curves(model, rows.tail(2), "two").axes
    assert "ROC needs" in roc.texts[0].get_text()
    assert read_legend(recall) == ["yes (AP = 1.00)"]
    assert "Calibration needs 10" in calibration.texts[0].get_text()
    assert not plot_curves(model, rows.head(2), "two").axes[1].lines


def test_a_class_that_training_lacked_counts_as_another_class(fit: Any, rows: pd.DataFrame) -> None:
    model = fit(DecisionTreeClassifier(max_depth=2), "two", "size", "flag")
    table = rows.replace({"two": {"no": "never"}})
    assert read_legend(plot_curves(model, table, "two").axes[0]) == ["yes (AUC = 1.00)"]


def test_a_regressor_gets_its_residuals(fit: Any, rows: pd.DataFrame) -> None:
    model = fit(LinearRegression(), "number", "size", "flag")
    shifted = rows.assign(number=rows["number"] + 5)
    figure: Any = plot_curves(model, shifted, "number")
    predicted, residuals, distribution = figure.axes
    assert predicted.get_xlabel() == "Predicted number"
    assert np.allclose(residuals.collections[0].get_offsets()[:, 1], 5)
    assert sum(bar.get_height() for bar in distribution.patches) == 60
    assert "within 5.00 of" in predicted.figure.get_suptitle()


def test_constant_predictions_are_drawn(fit: Any, rows: pd.DataFrame) -> None:
    model = fit(DummyRegressor(), "number", "size", "flag")
    plot_curves(model, rows.head(2), "number").draw_without_rendering()
