"""Every new row gets a prediction under its own label."""

from typing import Any

import pandas as pd
import pytest
from sklearn.dummy import DummyClassifier, DummyRegressor
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import FunctionTransformer
from sklearn.svm import SVC

from wine_sweep.pipelines.inference.nodes import predict

TRAIN = pd.DataFrame({"size": [1.0, 2.0, 8.0, 9.0]})
CLASSES = ["low", "low", "high", "high"]
NEW = pd.DataFrame({"note": ["a", "b"], "size": [8.5, 1.5]}, index=["x", "y"])


def fit(estimator: Any, y: list[Any]) -> Pipeline:
    """Fit a model that picks its columns by name."""
    pick = FunctionTransformer(lambda rows: rows[["size"]])
    return make_pipeline(pick, estimator).fit(TRAIN, y)


def test_a_classifier_gives_each_row_its_class_and_all_probabilities() -> None:
    model = fit(LogisticRegression(), CLASSES)
    predictions = predict(model, NEW)
    assert predictions["prediction"].to_dict() == {"x": "high", "y": "low"}
    probabilities = predictions[["probability_high", "probability_low"]]
    assert probabilities.to_numpy().tolist() == model.predict_proba(NEW).tolist()
    assert predictions.shape == (2, 3)


class Column(DummyClassifier):  # type: ignore[misc]  # scikit-learn is not typed
    """Gives the classes as a column, as CatBoost does."""

    def predict(self, X: Any) -> Any:
        """Predict the most frequent class."""
        return super().predict(X).reshape(-1, 1)


def test_a_column_of_classes_is_taken_as_a_list_of_them() -> None:
    assert (
        predict(fit(Column(), ["low", "low", "low", "high"]), NEW)["prediction"].tolist() == ["low"] * 2
    )


@pytest.mark.parametrize("classes", [[3, 3, 7, 7], [False, False, True, True]])
def test_classes_of_any_type_name_the_probabilities(classes: list[Any]) -> None:
    predictions = predict(fit(DummyClassifier(), classes), NEW)
    names = [f"probability_{classes[0]}", f"probability_{classes[-1]}"]
    assert list(predictions.columns) == ["prediction", *names]


def test_a_classifier_without_probabilities_gives_classes_alone() -> None:
    predictions = predict(fit(SVC(), CLASSES), NEW)
    assert list(predictions.columns) == ["prediction"]


def test_a_regressor_gives_numbers() -> None:
    predictions = predict(fit(LinearRegression(), [1.0, 2.0, 8.0, 9.0]), NEW)
    assert predictions["prediction"].to_dict() == pytest.approx({"x": 8.5, "y": 1.5})


def test_repeated_labels_are_kept() -> None:
    rows = NEW.set_axis([7, 7])
    assert predict(fit(DummyRegressor(), [0.0] * 4), rows).index.tolist() == [7, 7]
