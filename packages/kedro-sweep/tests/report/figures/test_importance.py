"""Permutation importance names the feature that the score depends on."""

from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.dummy import DummyClassifier
from sklearn.linear_model import LinearRegression
from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor

from kedro_sweep.report.figures import plot_importance
from kedro_sweep.report.figures.importance import MAX_FEATURES, MAX_SHUFFLED


def test_the_feature_that_decides_comes_first(fit: Any, rows: pd.DataFrame) -> None:
    model = fit(DecisionTreeClassifier(), "two")
    figure, ranking = plot_importance(model, rows, "two", "accuracy", "maximize", 0)
    axes: Any = figure.axes[0]
    assert ranking[0] == "size"
    assert sorted(ranking) == sorted(rows.columns[:6])
    assert figure.get_suptitle() == "Permutation importance: size matters most"
    assert [label.get_text() for label in axes.get_yticklabels()] == ranking
    assert axes.patches[0].get_width() > 0.2
    assert axes.get_xlabel().startswith("Drop in accuracy")


def test_a_score_to_be_minimized_rises(fit: Any, rows: pd.DataFrame) -> None:
    model = fit(DecisionTreeRegressor(max_depth=3), "number", "size", "flag")
    figure, ranking = plot_importance(model, rows, "number", "neg_mean_absolute_error", "minimize", 0)
    # It is negative: taken as something to minimize, shuffling improves it.
    assert ranking == ["flag", "size"]
    assert figure.axes[0].get_xlabel().startswith("Rise in neg_mean_absolute_error")


def test_a_model_that_reads_no_feature_has_none_that_stands_out(fit: Any, rows: pd.DataFrame) -> None:
    model = fit(DummyClassifier(), "two", "size", "flag")
    figure, ranking = plot_importance(model, rows, "two", "accuracy", "maximize", 0)
    assert figure.get_suptitle() == "Permutation importance: no feature stands out"
    assert ranking == ["size", "flag"]


@pytest.mark.parametrize(
    ("scoring", "test", "reason"),
    [
        ("roc_auc", slice(0, 2), "is not a number on 2 test row(s)"),
        ("neg_log_loss", slice(None), "raises an error on the test rows"),
    ],
)
def test_a_score_that_the_test_rows_do_not_allow_is_said(
    scoring: str, test: slice, reason: str, fit: Any, rows: pd.DataFrame
) -> None:
    table = rows.assign(two=rows["two"].mask(rows.index == 9, "never"))
    model = fit(DecisionTreeClassifier(), "two", "size", "flag")
    figure, ranking = plot_importance(model, table[test], "two", scoring, "maximize", 0)
    assert reason in " ".join(figure.axes[0].texts[0].get_text().split())
    assert ranking == ["size", "flag"]


def test_only_the_first_of_many_features_are_drawn(fit: Any, rows: pd.DataFrame) -> None:
    table = pd.DataFrame({f"feature {number}": rows["size"] for number in range(20)})
    table["y"] = rows["size"]
    model = fit(LinearRegression(), "y", *table.columns[:-1], table=table)
    figure, ranking = plot_importance(model, table, "y", "r2", "maximize", 0)
    assert len(figure.axes[0].patches) == MAX_FEATURES
    assert len(ranking) == 20
    assert figure.axes[0].get_title("left") == "The first 15 of 20 features"


def test_only_the_features_that_change_the_predictions_most_are_shuffled(
    fit: Any, rows: pd.DataFrame, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO")
    table = pd.DataFrame({f"feature {number}": np.arange(60) // 30 for number in range(120)})
    table["feature 110"] = rows["size"]
    table["y"] = rows["size"]
    model = fit(DecisionTreeRegressor(), "y", *table.columns[:-1], table=table)
    figure, ranking = plot_importance(model, table, "y", "r2", "maximize", 0)
    assert ranking[0] == "feature 110"
    assert len(ranking) == MAX_SHUFFLED
    assert figure.axes[0].get_title("left") == (
        "The first 15 of the 100 features that change the predictions most, of 120 in all"
    )
    [said] = caplog.messages
    assert said.startswith("120 features: the permutation importance is measured for the 100 that")
