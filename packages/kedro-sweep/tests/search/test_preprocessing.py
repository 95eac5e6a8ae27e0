"""The steps before an estimator depend on the table and the estimator, and can be chosen."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest
from pydantic import ValidationError
from sklearn.base import BaseEstimator
from sklearn.ensemble import (
    AdaBoostClassifier,
    BaggingClassifier,
    GradientBoostingRegressor,
    HistGradientBoostingClassifier,
    RandomForestClassifier,
)
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC
from sklearn.tree import DecisionTreeRegressor

from kedro_sweep.errors import InputError
from kedro_sweep.search import Model, StudyConfiguration
from kedro_sweep.search.preprocessing import Transformer, add_preprocessing, is_tree_model

NUMBERS = pd.DataFrame({"a": [1.0, 2.0], "b": [3, 4]})
TEXT = NUMBERS.assign(c=["x", "y"])
GAPS = NUMBERS.assign(a=[1.0, np.nan])
TREE, LINEAR = RandomForestClassifier(), LogisticRegression()


def name_steps(estimator: Any) -> list[str]:
    steps = getattr(estimator, "steps", [("", estimator)])
    return [type(step).__name__ for _, step in steps]


@pytest.mark.parametrize(
    ("estimator", "table", "imputes", "steps"),
    [
        (TREE, NUMBERS, False, []),
        (TREE, NUMBERS, True, ["SimpleImputer"]),
        (TREE, TEXT, False, ["TableVectorizer"]),
        (TREE, TEXT, True, ["ColumnTransformer", "TableVectorizer"]),
        (LINEAR, NUMBERS, False, ["TableVectorizer", "SimpleImputer", "SquashingScaler"]),
        (LINEAR, TEXT, True, ["TableVectorizer", "SimpleImputer", "SquashingScaler"]),
        (make_pipeline(StandardScaler(), SVC()), TEXT, False, ["StandardScaler"]),
    ],
)
def test_auto_adds_what_the_table_and_the_estimator_call_for(
    estimator: Any, table: pd.DataFrame, imputes: bool, steps: list[str]
) -> None:
    whole = add_preprocessing(estimator, "auto", table, imputes=imputes)
    assert name_steps(whole)[:-1] == steps


def test_gaps_are_filled_beside_categories_that_stay() -> None:
    rows = TEXT.assign(a=[1.0, np.nan])
    whole = add_preprocessing(HistGradientBoostingClassifier(), "auto", rows, imputes=True)
    filled = whole[:-1].fit_transform(rows)
    assert filled["a"].tolist() == [1.0, 1.0]
    assert filled["c"].astype(str).tolist() == ["x", "y"]
    assert list(whole.fit(rows, [0, 1]).predict(rows)) == [0, 0]


def test_none_adds_nothing_and_a_transformer_is_added() -> None:
    assert add_preprocessing(LINEAR, "none", NUMBERS, imputes=False) is LINEAR
    scaler = Transformer.model_validate(
        {"class": "sklearn.preprocessing.StandardScaler", "params": {"with_mean": False}}
    )
    whole = add_preprocessing(LINEAR, scaler, NUMBERS, imputes=False)
    assert name_steps(whole) == ["StandardScaler", "LogisticRegression"]
    assert whole.steps[0][1].with_mean is False


@pytest.mark.parametrize(
    ("estimator", "preprocessing", "table", "message"),
    [
        (
            TREE,
            "none",
            TEXT,
            r"none leaves \['c'\] .* RandomForestClassifier takes numbers only",
        ),
        (
            LINEAR,
            "none",
            GAPS,
            r"leaves missing values in \['a'\], and LogisticRegression does not",
        ),
        (GradientBoostingRegressor(), "auto", GAPS, r"leaves missing values in \['a'\]"),
    ],
)
def test_what_the_estimator_does_not_take_is_named(
    estimator: Any, preprocessing: Any, table: pd.DataFrame, message: str
) -> None:
    with pytest.raises(InputError, match=message):
        add_preprocessing(estimator, preprocessing, table, imputes=False)


def test_filling_gaps_does_not_hide_text() -> None:
    with pytest.raises(InputError, match=r"none leaves \['c'\]"):
        add_preprocessing(TREE, "none", TEXT, imputes=True)


def test_gaps_are_left_to_an_estimator_that_takes_them() -> None:
    assert add_preprocessing(TREE, "auto", GAPS, imputes=False) is TREE


@pytest.mark.parametrize(
    ("preprocessing", "message"),
    [
        ({"class": "sklearn.svm.SVC"}, "does not return a transformer"),
        ({"class": "shutil.rmtree"}, "neither a transformer class nor a function of your own"),
        (
            {"class": "sklearn.preprocessing.StandardScaler", "params": {"mean": 1}},
            "does not accept params",
        ),
        (
            {"class": "sklearn.decomposition.PCA", "params": {"random_state": 1}},
            "the seed comes from data.random_seed",
        ),
        (
            {"class": "sklearn.preprocessing.StandardScaler", "params": {"with_mean": "no"}},
            "params: The 'with_mean' parameter",
        ),
        ("automatic", "^preprocessing: 'automatic' is not allowed. Input should be 'auto' or 'none'$"),
        (None, "^preprocessing: None is not allowed. Input should be 'auto' or 'none'$"),
    ],
)
def test_what_is_no_preprocessing_is_refused(preprocessing: Any, message: str) -> None:
    with pytest.raises((ValueError, ValidationError), match=message):
        Model.model_validate({"class": "sklearn.svm.SVC", "preprocessing": preprocessing})


@pytest.mark.parametrize(
    ("estimator", "is_tree"),
    [
        (RandomForestClassifier(), True),
        (GradientBoostingRegressor(), True),
        (HistGradientBoostingClassifier(), True),
        (DecisionTreeRegressor(), True),
        (BaggingClassifier(), True),
        (AdaBoostClassifier(LogisticRegression()), False),
        (SVC(), False),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, BaseEstimator) else "",
)
def test_models_of_trees_are_known(estimator: Any, is_tree: bool) -> None:
    assert is_tree_model(estimator) is is_tree


def test_names_of_the_search_space_mean_the_last_step_and_every_part_has_the_seed(
    configure: Callable[..., StudyConfiguration],
) -> None:
    configuration = configure(
        model={"class": "sklearn.linear_model.LogisticRegression"},
        search_space={"C": {"type": "float", "low": 1, "high": 2}},
    )
    estimator = configuration.build({"C": 1.5, "squashingscaler__max_absolute_value": 2})
    assert estimator.steps[-1][1].C == 1.5
    assert estimator.named_steps["squashingscaler"].max_absolute_value == 2
    seeds = {value for name, value in estimator.get_params().items() if name.endswith("random_state")}
    assert seeds == {configuration.random_seed}
