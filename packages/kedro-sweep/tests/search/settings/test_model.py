"""A model is an estimator with its seed, or an error that says why not."""

import re
from typing import Any

import pytest
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC
from sklearn.tree import DecisionTreeClassifier

from kedro_sweep.search import Model
from kedro_sweep.search.settings import words

FOREST = "sklearn.ensemble.RandomForestClassifier"


def make_svc(C: float = 1.0) -> Pipeline:
    """Make an estimator of two steps, as a user might."""
    return make_pipeline(StandardScaler(), SVC(C=C))


class Backwards(BaseEstimator, ClassifierMixin):  # type: ignore[misc]
    """A classifier that scikit-learn takes for none."""

    def fit(self, X: Any, y: Any) -> "Backwards":
        """Learn nothing."""
        return self


def make_text() -> str:
    """Make no estimator, as a user might by mistake."""
    return "estimator"


class OwnTree(DecisionTreeClassifier):  # type: ignore[misc]  # scikit-learn is not typed
    """A custom class."""


@pytest.mark.parametrize(
    "path",
    [
        "os.abort",
        "builtins.print",
        "pathlib.Path",
        "shutil.rmtree",
        "urllib.request.urlopen",
        "sklearn.utils.Bunch",
    ],
)
def test_what_makes_no_estimator_is_refused_without_being_called(path: str) -> None:
    message = f"class: {path} is neither a class of scikit-learn estimators nor a function of your own"
    with pytest.raises(ValueError, match=re.escape(message)):
        Model.model_validate({"class": path})


@pytest.mark.parametrize("path", ["make_svc", "OwnTree"])
def test_a_function_and_a_class_of_the_users_own_are_accepted(path: str) -> None:
    assert Model.model_validate({"class": f"{__name__}.{path}"}).is_classifier


@pytest.mark.parametrize(
    ("model", "message"),
    [
        ({"class": "sklearn.nowhere.Forest"}, "'sklearn.nowhere.Forest' cannot be imported"),
        ({"class": "RandomForestClassifier"}, "'RandomForestClassifier' cannot be imported"),
        (
            {"class": "sklearn.__version__"},
            "'sklearn.__version__' cannot be imported. Input should be call",
        ),
        ({"class": f"{__name__}.make_text"}, f"{__name__}.make_text does not return a scikit-learn est"),
        ({"class": f"{__name__}.Backwards"}, "name ClassifierMixin before BaseEstimator"),
        ({"class": 5}, "class: 5 is not allowed"),
        ({"params": {}}, "class is missing"),
        ({"class": FOREST, "parms": {}}, "parms: {} is not allowed, there is no such key"),
        (
            {"class": FOREST, "params": []},
            "params: [] is not allowed. Input should be a valid dictionary",
        ),
        (
            {"class": FOREST, "params": {"n_trees": 5}},
            f"{FOREST} does not accept params {{'n_trees': 5}}",
        ),
        ({"class": FOREST, "params": {"random_state": 1}}, "params.random_state: the seed comes from"),
        ({"class": FOREST, "params": {"max_depth": 0}}, "params: The 'max_depth' parameter of"),
        (
            {"class": f"{__name__}.make_svc", "params": {"C": -1.0}},
            "params: The 'C' parameter of SVC must be",
        ),
    ],
)
def test_a_model_that_cannot_be_made_is_refused(model: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=re.escape(message)):
        Model.model_validate(model)


def test_a_function_may_make_the_model() -> None:
    model = Model.model_validate({"class": f"{__name__}.make_svc", "params": {"C": 2.0}})
    assert (model.name, model.is_classifier) == ("make_svc", True)
    assert model.make()["svc"].C == 2.0


def test_a_regressor_is_no_classifier() -> None:
    assert not Model.model_validate({"class": "sklearn.linear_model.Ridge"}).is_classifier


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("RandomForestClassifier", "random forest"),
        ("HistGradientBoostingRegressor", "hist gradient boosting"),
        ("extra_trees", "extra trees"),
        ("LinearSVC", "linear SVC"),
        ("LGBMClassifier", "LGBM"),
        ("Classifier", "classifier"),
    ],
)
def test_an_estimator_is_named_in_words(name: str, expected: str) -> None:
    assert words(name) == expected
