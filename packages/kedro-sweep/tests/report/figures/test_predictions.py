"""Predicted against true: every class is named, and every row is counted."""

from typing import Any

import numpy as np
import pandas as pd
import pytest
from matplotlib.colors import to_rgb
from numpy.typing import NDArray
from sklearn.dummy import DummyClassifier, DummyRegressor
from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor

from kedro_sweep.report.figures import plot_predictions


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
