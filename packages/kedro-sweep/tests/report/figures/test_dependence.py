"""Partial dependence is drawn of the most important features that can be drawn."""

from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.dummy import DummyRegressor
from sklearn.inspection import partial_dependence
from sklearn.linear_model import RidgeClassifier
from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor

from kedro_sweep.report.figures._dependence import (
    average_predictions,
    choose_values,
    plot_partial_dependence,
)


def plot(*of: Any) -> Any:
    return plot_partial_dependence(*of)[0]


@pytest.mark.parametrize(
    ("estimator", "target", "effects"),
    [
        (DecisionTreeRegressor(), "number", {"size": "↗"}),
        (DecisionTreeClassifier(), "two", {"size": "↗"}),
        (DecisionTreeClassifier(), "three", {"size": "↗ high"}),
    ],
)
def test_an_arrow_says_how_predictions_change_with_a_number(
    estimator: Any, target: str, effects: dict[str, str], fit: Any, rows: pd.DataFrame
) -> None:
    model = fit(estimator, target, "size", "flag")
    assert plot_partial_dependence(model, rows, target, ["size"], 0)[1] == effects
    falling = rows.assign(size=-rows["size"])
    if target != "three":
        model = fit(estimator, target, "size", "flag", table=falling)
        assert plot_partial_dependence(model, falling, target, ["size"], 0)[1] == {"size": "↘"}


RANKING = ["note", "size", "day", "city", "flag", "price in $ or $$"]


def test_a_feature_may_have_the_name_of_an_argument() -> None:
    X = pd.DataFrame({"self": [1.0, 2.0], "other": [0.0, 0.0]})
    model = DecisionTreeRegressor().fit(X, X["self"])
    [averages] = average_predictions(model, X, {"self": np.array([2.0, 1.0])})
    assert averages.tolist() == [[2.0, 1.0]]


def test_dates_and_free_text_give_way_to_the_next_feature(fit: Any, rows: pd.DataFrame) -> None:
    model = fit(DecisionTreeClassifier(), "two")
    figure: Any = plot(model, rows, "two", RANKING, 0)
    assert [axes.get_xlabel() for axes in figure.axes] == ["size", "city", "flag"]
    assert figure.get_suptitle().endswith("with size, city and flag")
    size, city, flag = (axes.lines[0] for axes in figure.axes)
    assert (size.get_ydata()[0], size.get_ydata()[-1]) == (0, 1)
    assert [len(line.get_xdata()) for line in (size, city, flag)] == [20, 2, 2]
    assert [label.get_text() for label in figure.axes[1].get_xticklabels()] == ["Oslo", "Rome"]
    assert figure.axes[0].get_ylabel() == "Mean predicted probability\nof yes"


@pytest.mark.parametrize(("target", "n_lines"), [("boolean", 1), ("three", 3), ("thirty", 4)])
def test_there_is_a_line_per_class_and_at_most_four(
    target: str, n_lines: int, fit: Any, rows: pd.DataFrame
) -> None:
    model = fit(DecisionTreeClassifier(), target, "size", "flag")
    figure: Any = plot(model, rows, target, ["size"], 0)
    assert len(figure.axes[0].lines) == n_lines
    assert len({line.get_color() for line in figure.axes[0].lines}) == n_lines
    assert len(figure.legends) == (n_lines > 1)


@pytest.mark.parametrize(
    ("estimator", "target"),
    [
        (DecisionTreeClassifier(max_depth=3), "two"),
        (DecisionTreeClassifier(max_depth=3), "three"),
        (RidgeClassifier(), "two"),
        (DecisionTreeRegressor(max_depth=3), "number"),
    ],
)
def test_averages_are_those_of_scikit_learn(
    estimator: Any, target: str, fit: Any, rows: pd.DataFrame
) -> None:
    model = fit(estimator, target)
    X = model[:1].transform(rows)
    grids = {name: choose_values(rows[name])[:3] for name in ("size", "city")}
    for name, averages in zip(grids, average_predictions(model[1:], X, grids), strict=True):
        expected = partial_dependence(
            model[1:], X, [name], custom_values={name: grids[name]}, method="brute", kind="average"
        )
        np.testing.assert_allclose(averages, expected["average"])


def test_a_regressor_has_one_line(fit: Any, rows: pd.DataFrame) -> None:
    model = fit(DecisionTreeRegressor(), "number", "size", "flag")
    figure: Any = plot(model, rows, "number", ["size", "flag"], 0)
    assert np.all(np.diff(figure.axes[0].lines[0].get_ydata()) >= 0)
    assert figure.axes[0].get_ylabel() == "Mean predicted\nnumber"


def test_constant_predictions_and_two_rows_are_drawn(fit: Any, rows: pd.DataFrame) -> None:
    model = fit(DummyRegressor(), "number", "size", "flag")
    figure: Any = plot(model, rows.head(2), "number", ["flag", "size"], 0)
    assert figure.axes[0].lines


def test_without_probabilities_the_decision_function_is_drawn(fit: Any, rows: pd.DataFrame) -> None:
    model = fit(RidgeClassifier(), "three", "size", "flag")
    figure: Any = plot(model, rows, "three", ["size"], 0)
    assert figure.axes[0].get_ylabel() == "Mean decision value"
    assert len(figure.axes[0].lines) == 3


def test_a_model_of_labels_only_is_said(labels_only: Any, fit: Any, rows: pd.DataFrame) -> None:
    model = fit(labels_only, "three", "size", "flag")
    figure: Any = plot(model, rows, "three", ["size"], 0)
    assert "neither" in figure.axes[0].texts[0].get_text()


def test_features_of_which_none_can_be_drawn_are_said(fit: Any, rows: pd.DataFrame) -> None:
    model = fit(DecisionTreeClassifier(), "two")
    figure: Any = plot(model, rows, "two", ["note", "day"], 0)
    assert "No feature" in plot(model, rows, "two", [], 0).axes[0].texts[0].get_text()
    assert "free text" in " ".join(figure.axes[0].texts[0].get_text().split())


def test_many_equal_numbers_leave_two_values_to_draw() -> None:
    assert choose_values(pd.Series([0.0] * 1000 + list(range(30)))).tolist() == [0, 29]
    assert choose_values(pd.Series([1.0, np.nan])).tolist() == [1]
