from typing import Any

import numpy as np
import pandas as pd
import pytest
from matplotlib.colors import to_rgb
from numpy.typing import NDArray
from sklearn.dummy import DummyClassifier, DummyRegressor
from sklearn.linear_model import LinearRegression
from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor

from kedro_sweep.report.figures import plot_predictions
from kedro_sweep.report.figures._curves import plot_curves
from kedro_sweep.report.figures._style import CELL


@pytest.mark.parametrize("target", ["two", "boolean", "three"])
def test_a_classifier_gets_counts_and_row_shares(target: str, fit: Any, rows: pd.DataFrame) -> None:
    model = fit(DecisionTreeClassifier(max_depth=1), target, "flag", "size")
    axes = plot_predictions(model, rows, target, "test rows").axes[0]
    shown = np.array([int(text.get_text().split("\n")[0]) for text in axes.texts])
    true, predicted = rows[target], model.predict(rows)
    n_classes = true.nunique()
    expected = pd.crosstab(true, predicted).reindex(columns=sorted(true.unique()), fill_value=0)
    assert shown.reshape(n_classes, n_classes).tolist() == expected.to_numpy().tolist()
    assert [text.get_text() for text in axes.get_xticklabels()] == [*map(str, expected.index)]
    right = f"{np.mean(true == predicted):.0%}"
    assert axes.figure.get_suptitle() == f"{target}: {right} of 60 test rows right"
    assert (axes.get_xlabel(), axes.get_ylabel()) == ("Predicted class", "True class")


@pytest.mark.parametrize("page", [0.0, 1.0], ids=["dark", "light"])
@pytest.mark.parametrize("n_right", range(0, 101, 4))
def test_the_numbers_of_a_confusion_matrix_have_contrast(n_right: int, page: float) -> None:
    table = pd.DataFrame({"x": np.arange(200) >= n_right + 100, "y": ["b"] * 100 + ["a"] * 100})
    model = DecisionTreeClassifier().fit([[0], [1]], ["a", "b"])
    model.predict = lambda rows: np.where(rows["x"], "a", "b")
    axes = plot_predictions(model, table, "y").axes[0]
    image: Any = axes.images[0]
    for shown, color in zip(axes.texts, image.to_rgba(image.get_array()).reshape(4, 4), strict=True):
        cell = find_luminance(color[3] * color[:3] + (1 - color[3]) * page)
        # A page shows black numbers in the dark as white ones.
        ink = (
            1 - page
            if shown.get_color() == CELL
            else find_luminance(np.array(to_rgb(shown.get_color())))
        )
        if shown.get_text() != "0":
            assert (max(cell, ink) + 0.05) / (min(cell, ink) + 0.05) >= 4.5  # for text, by the WCAG


def find_luminance(color: NDArray[Any]) -> float:
    linear = np.where(color <= 0.04045, color / 12.92, ((color + 0.055) / 1.055) ** 2.4)
    return float(linear @ [0.2126, 0.7152, 0.0722])


def test_over_twelve_classes_give_the_pairs_that_are_confused_most() -> None:
    table = pd.DataFrame({"x": range(30), "y": [f"class {number // 2:02}" for number in range(30)]})
    model = DecisionTreeClassifier().fit(table[["x"]], table["y"])
    model.predict = lambda rows: np.where(rows["x"] < 4, "class 09", rows["y"])
    figure: Any = plot_predictions(model, table, "y")
    labels = [label.get_text() for label in figure.axes[0].get_yticklabels()]
    assert labels == ["class 00 → class 09", "class 01 → class 09"]
    assert [text.get_text() for text in figure.axes[0].texts] == ["2 (100%)", "2 (100%)"]
    model.predict = lambda rows: rows["y"]
    assert "No row is wrong." in plot_predictions(model, table, "y").axes[0].texts[0].get_text()


def test_a_tiny_share_is_not_zero_and_an_almost_whole_one_not_all() -> None:
    table = pd.DataFrame({"x": np.arange(1000) >= 1, "y": ["a"] * 1000})
    model = DecisionTreeClassifier().fit([[0], [1]], ["a", "b"])
    model.predict = lambda rows: np.where(rows["x"], "a", "b")
    axes = plot_predictions(model, table, "y").axes[0]
    assert [text.get_text() for text in axes.texts] == ["999\n>99%", "1\n<1%", "0", "0"]


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
    assert f"{n_rows} row" in " ".join(figure.get_suptitle().split())


@pytest.mark.parametrize(("shift", "bias"), [(5, "5.0 too low"), (-5, "5.0 too high"), (0, "")])
def test_a_regressor_gets_its_errors_and_the_bias_that_chance_does_not_explain(
    shift: int, bias: str, fit: Any, rows: pd.DataFrame
) -> None:
    model = fit(LinearRegression(), "number", "size", "flag")
    noise = np.tile([-1, 1], len(rows) // 2)
    figure: Any = plot_curves(model, rows.assign(number=rows["number"] + noise + shift), "number")
    predicted, residuals, distribution = figure.axes
    assert predicted.get_xlim() == predicted.get_ylim()
    assert np.allclose(residuals.collections[0].get_offsets()[:, 1], noise + shift)
    assert sum(bar.get_height() for bar in distribution.patches) == 60
    title = " ".join(figure.get_suptitle().split())
    assert title.endswith(f"over 60 test rows{bias and '; about '}{bias}{bias and ' on average'}")


def test_constant_predictions_are_drawn(fit: Any, rows: pd.DataFrame) -> None:
    model = fit(DummyRegressor(), "number", "size", "flag")
    plot_curves(model, rows.head(2), "number").draw_without_rendering()
