"""Whole runs with other parameters, in copies of the project."""

import numpy as np
import pandas as pd
import pytest
from sklearn import config_context
from sklearn.metrics import get_scorer, r2_score
from sklearn.model_selection import cross_validate

from tests.conftest import FEATURES, REGRESSION, SWEEP, Project
from tests.test_run import build_best_forest, load_model, output, read_json, read_part


def test_a_regressor_is_a_matter_of_yaml(project: Project) -> None:
    project.configure(**REGRESSION)
    project.configure(data={"slices": ["size"]})
    project.run_here()
    [name] = project.studies()
    assert name.startswith("price-random_forest-")
    assert read_json(project.versions("sweep_summary.json")[0])["scoring"] == "r2"
    predictions = pd.read_csv(output(project, "test_predictions.csv"))
    metrics = read_json(project.versions("test_metrics.json")[0])
    assert set(metrics) == {"r2", "mae", "rmse"}
    expected = r2_score(predictions["y_true"], predictions["y_pred"])
    assert metrics["r2"] == pytest.approx(expected)
    assert project.versions("test_confusion_matrix.png")
    slices = read_json(project.versions("slices.json")[0])["slices"]
    assert {each["slice"] for each in slices} == {"S", "M", "L"}
    assert sum(each["rows"] for each in slices) == len(read_part(project, "train"))
    [report] = project.versions("report.html")
    assert all(f">size: {name}<" in report.read_text() for name in "SML")


def test_a_run_with_weights_fits_and_scores_with_them(project: Project) -> None:
    project.configure(data={"weights": "price"})  # positive in all rows
    project.run_here("dp", "ds")
    train = read_part(project, "train")
    forest, X, y, weights = build_best_forest(project), train[FEATURES], train["size"], train["price"]
    with config_context(enable_metadata_routing=True):
        scores = cross_validate(
            forest.set_fit_request(sample_weight=True),
            *(X, y),
            cv=SWEEP["cv"],
            scoring=get_scorer("accuracy").set_score_request(sample_weight=True),
            params={"sample_weight": weights},
        )
    summary = read_json(project.versions("sweep_summary.json")[0])
    assert summary["best_value"] == scores["test_score"].mean()
    model, test = load_model(project), read_part(project, "test")
    assert model.feature_names_in_.tolist() == FEATURES
    expected = forest.fit(X, y, weights).predict_proba(test[FEATURES])
    np.testing.assert_array_equal(model.predict_proba(test[FEATURES]), expected)
