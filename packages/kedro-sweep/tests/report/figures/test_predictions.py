from io import BytesIO
from typing import Any

import numpy as np
import pandas as pd
import pytest
from matplotlib.colors import to_rgb
from numpy.typing import NDArray
from sklearn.dummy import DummyClassifier, DummyRegressor
from sklearn.linear_model import LinearRegression, RidgeClassifier
from sklearn.metrics import average_precision_score, roc_auc_score
from sklearn.svm import SVC
from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor

from kedro_sweep.report.figures import plot_predictions
from kedro_sweep.report.figures._predictions import plot_curves


@pytest.mark.parametrize("target", ["two", "boolean", "three"])
def test_a_classifier_gets_counts_and_row_shares(target: str, fit: Any, rows: pd.DataFrame) -> None:
    model = fit(DecisionTreeClassifier(max_depth=1), target, "flag", "size")
    axes = plot_predictions(model, rows, target, "test rows").axes[0]
    shown = np.array([int(text.get_text().split("\n")[0]) for text in axes.texts])
    true, predicted = rows[target], model.predict(rows)
    n_classes = true.nunique()
    expected = pd.crosstab(true, predicted).reindex(columns=sorted(true.unique()), fill_value=0)
    assert shown.reshape(n_classes, n_classes).tolist() == expected.to_numpy().tolist()
    assert "100%" in axes.texts[-1].get_text() or n_classes > 2
    right = f"{np.mean(true == predicted):.0%}"
    assert axes.figure.get_suptitle() == f"{target}: {right} of 60 test rows right"
    assert (axes.get_xlabel(), axes.get_ylabel()) == ("Predicted class", "True class")


@pytest.mark.parametrize("n_right", [40, 60, 80, 100])
def test_the_numbers_of_a_confusion_matrix_have_contrast(n_right: int) -> None:
    table = pd.DataFrame({"x": np.arange(101) >= n_right, "y": ["a"] * 100 + ["b"]})
    model = DecisionTreeClassifier().fit([[0], [1]], ["a", "b"])
    model.predict = lambda rows: np.where(rows["x"], "b", "a")
    axes = plot_predictions(model, table, "y").axes[0]
    image: Any = axes.images[0]
    cell = find_luminance(image.to_rgba(image.get_array())[0, 0, :3])
    text = find_luminance(np.array(to_rgb(axes.texts[0].get_color())))
    assert (max(cell, text) + 0.05) / (min(cell, text) + 0.05) > 3  # for large text, by the WCAG


def find_luminance(color: NDArray[Any]) -> float:
    linear = np.where(color <= 0.04045, color / 12.92, ((color + 0.055) / 1.055) ** 2.4)
    return float(linear @ [0.2126, 0.7152, 0.0722])


def test_many_classes_have_colors_instead_of_numbers(fit: Any, rows: pd.DataFrame) -> None:
    model = fit(DecisionTreeClassifier(), "thirty", "size", "flag")
    axes, colors = plot_predictions(model, rows, "thirty").axes
    assert not axes.texts
    assert len(axes.get_xticklabels()) == 30
    assert colors.get_ylabel() == "Share of the true class"


def test_a_class_that_training_lacked_has_its_row(fit: Any, rows: pd.DataFrame) -> None:
    model = fit(DecisionTreeClassifier(), "two", "size", "flag")
    table = rows.replace({"two": {"no": "a class with a very long name"}})
    axes = plot_predictions(model, table, "two").axes[0]
    labels = [label.get_text() for label in axes.get_yticklabels()]
    assert labels == ["a class w…ong name", "no", "yes"]


def test_a_regressor_gets_a_point_per_row(fit: Any, rows: pd.DataFrame) -> None:
    model = fit(DecisionTreeRegressor(max_depth=2), "number", "size", "flag")
    axes = plot_predictions(model, rows, "number").axes[0]
    assert np.shape(axes.collections[0].get_offsets()) == (60, 2)
    assert (axes.get_xlabel(), axes.get_ylabel()) == ("Predicted number", "True number")


def test_at_most_two_thousand_points_are_drawn(fit: Any, rows: pd.DataFrame) -> None:
    model = fit(DecisionTreeRegressor(max_depth=2), "number", "size", "flag")
    table = pd.concat([rows] * 40)
    points = plot_predictions(model, table, "number").axes[0].collections[0]
    assert np.shape(points.get_offsets()) == (2000, 2)
    assert points.get_rasterized()


@pytest.mark.parametrize(
    ("estimator", "target"), [(DummyClassifier(), "two"), (DummyRegressor(), "number")]
)
@pytest.mark.filterwarnings("ignore:A single label was found")
@pytest.mark.parametrize("n_rows", [1, 2, 20])
def test_a_model_of_one_prediction_is_drawn(
    estimator: Any, target: str, n_rows: int, fit: Any, rows: pd.DataFrame
) -> None:
    model = fit(estimator, target, "size", "flag")
    figure = plot_predictions(model, rows.head(n_rows), target)
    figure.draw_without_rendering()
    assert f"{n_rows} rows" in figure.get_suptitle()


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
