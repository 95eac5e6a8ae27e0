from typing import Any

import pandas as pd
import pytest
from sklearn.ensemble import RandomForestClassifier
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC

from kedro_sweep.search.settings._model import Model
from kedro_sweep.search.study._estimator import make_estimator, set_searched

FOREST = "sklearn.ensemble.RandomForestClassifier"
NUMBERS = pd.DataFrame({"a": [1.0, 2.0]})


def make_svc(C: float) -> Pipeline:
    return make_pipeline(StandardScaler(), SVC(C=C))


def test_an_estimator_gets_fixed_and_searched_arguments_and_the_seed() -> None:
    model = Model.model_validate({"class": FOREST, "params": {"max_features": 3}})
    estimator = set_searched(make_estimator(model, NUMBERS, random_seed=7), {"max_depth": 4})
    assert isinstance(estimator, RandomForestClassifier)
    given = {"max_features": 3, "max_depth": 4, "random_state": 7}
    assert estimator.get_params() == RandomForestClassifier(**given).get_params()


@pytest.mark.parametrize("params", [{"svc__gamma": 0.5}, {"gamma": 0.5}])
def test_names_mean_the_last_step_and_its_steps_get_the_seed(params: dict[str, Any]) -> None:
    model = Model.model_validate({"class": f"{__name__}.make_svc", "params": {"C": 2.0}})
    estimator = set_searched(make_estimator(model, NUMBERS, random_seed=7), params)
    assert estimator["svc"].get_params() == SVC(C=2.0, gamma=0.5, random_state=7).get_params()
