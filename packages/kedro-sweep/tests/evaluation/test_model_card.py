"""The card describes how a model was trained, in plain values."""

import json
import platform
from typing import Any

import pandas as pd
import pytest
import sklearn
from sklearn.frozen import FrozenEstimator
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, StandardScaler

from kedro_sweep import __version__
from kedro_sweep.evaluation.model_card import SCORES, make_model_card

X = pd.DataFrame({"pH": [3.0, 3.1, 3.2, 3.3], "sugar": [1, 2, 3, 4]})


def describe(estimator: Any, y: list[Any], step: Any = None) -> dict[str, Any]:
    model = make_pipeline(step or StandardScaler(), estimator).fit(X, y)
    best = {"fixed_params": {}, "best_params": {"C": 1.0}}
    features = {"features": [*X], "y_label": "quality", **best}
    summary, details = dict.fromkeys(SCORES, 0.5), {"intervals": {"acc": [0.4, 0.6]}}
    card = make_model_card(model, X, features, summary, {"acc": 0.7}, {"acc": 0.5}, details)
    assert json.loads(json.dumps(card)) == card
    return card


@pytest.mark.parametrize("classes", [[0, 1], ["bad", "good"], [False, True]])
def test_the_card_of_a_classifier_has_its_classes(classes: list[Any]) -> None:
    card = describe(LogisticRegression(), classes * 2)
    assert card["task"] == "classification"
    assert card["classes"] == classes


def test_the_card_of_a_regressor_has_none() -> None:
    card = describe(LinearRegression(), [1.0, 2.0, 3.0, 4.0])
    assert card["task"] == "regression"
    assert "classes" not in card


def test_the_card_has_the_features_with_types_and_what_it_is_given() -> None:
    card = describe(LinearRegression(), [1.0, 2.0, 3.0, 4.0])
    assert card["features"] == {"pH": "float64", "sugar": "int64"}
    assert card["target"] == "quality"
    assert card["parameters"] == {"fixed": {}, "best": {"C": 1.0}}
    measured = {"train": {"acc": 0.7}, "test": {"acc": 0.5}, "test_intervals": {"acc": [0.4, 0.6]}}
    assert card["metrics"] == measured | dict.fromkeys(SCORES, 0.5)


def test_the_card_has_the_versions_of_everything_that_the_model_needs() -> None:
    versions = describe(LinearRegression(), [1.0, 2.0, 3.0, 4.0])["versions"]
    assert set(versions) == {"python", "scikit-learn", "numpy", "pandas", "kedro-sweep"}
    assert versions["python"] == platform.python_version()
    assert versions["scikit-learn"] == sklearn.__version__
    assert versions["kedro-sweep"] == __version__


def test_the_package_of_a_step_is_among_the_versions() -> None:
    skrub = pytest.importorskip("skrub")
    y = [1.0, 2.0, 3.0, 4.0]
    below = FrozenEstimator(make_pipeline(skrub.TableVectorizer(), LinearRegression()).fit(X, y))
    for card in (
        describe(LinearRegression(), y, skrub.TableVectorizer()),
        describe(below, y, FunctionTransformer()),
    ):
        assert card["versions"]["skrub"] == skrub.__version__
