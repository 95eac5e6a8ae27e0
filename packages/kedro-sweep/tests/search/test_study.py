"""A study's name is its question, and nothing else."""

from collections.abc import Callable
from typing import Any

import pandas as pd
import pytest

from kedro_sweep.search import Model, SearchSpace, Sweep, name_study

Table = tuple[pd.DataFrame, pd.Series]


def ask(table: Table, parameters: dict[str, Any]) -> str:
    """Name the study of these parameters."""
    return name_study(
        *table,
        Model.model_validate(parameters["model"]),
        SearchSpace.model_validate(parameters["search_space"]),
        Sweep.model_validate(parameters["sweep"]),
        parameters["random_seed"],
    )


def test_the_same_question_has_the_same_name(table: Table, parameters: dict[str, Any]) -> None:
    X, y = table
    name = ask(table, parameters)
    assert name.startswith("RandomForestClassifier-")
    assert ask((X.copy(), y.copy()), parameters) == name


@pytest.mark.parametrize(
    ("key", "change"),
    [
        ("model", {"params": {"max_features": 3}}),
        ("model", {"class": "sklearn.ensemble.ExtraTreesClassifier"}),
        ("search_space", {"max_depth": {"type": "int", "low": 1, "high": 21, "log": True}}),
        ("search_space", {"max_depth": {"type": "int", "low": 1, "high": 20}}),
        ("search_space", {"min_samples_leaf": {"type": "int", "low": 1, "high": 5}}),
        ("sweep", {"cv": 4}),
        ("sweep", {"scoring": "f1_macro"}),
        ("sweep", {"direction": "minimize"}),
    ],
)
def test_another_question_has_another_name(
    key: str, change: dict[str, Any], table: Table, parameters: dict[str, Any]
) -> None:
    assert ask(table, parameters | {key: parameters[key] | change}) != ask(table, parameters)


def test_another_seed_is_another_question(table: Table, parameters: dict[str, Any]) -> None:
    assert ask(table, parameters | {"random_seed": 43}) != ask(table, parameters)


@pytest.mark.parametrize(
    "change",
    [
        lambda X, y: (X.assign(alcohol=X["alcohol"].where(X.index != X.index[0], 9.25)), y),
        lambda X, y: (X, y.where(y.index != y.index[0], 8)),
        lambda X, y: (X.drop(columns="alcohol"), y),
        lambda X, y: (X.rename(columns={"alcohol": "spirit"}), y),
        lambda X, y: (X[X.columns[::-1]], y),
        lambda X, y: (X[:-1], y[:-1]),
        lambda X, y: (X[::-1], y[::-1]),
        lambda X, y: (X, y.astype(str)),
    ],
    ids=[
        "one feature",
        "one target",
        "a column less",
        "a column's name",
        "the columns' order",
        "a row less",
        "the rows' order",
        "the target's type",
    ],
)
def test_other_data_is_another_question(
    change: Callable[[pd.DataFrame, pd.Series], Table], table: Table, parameters: dict[str, Any]
) -> None:
    assert ask(change(*table), parameters) != ask(table, parameters)


@pytest.mark.parametrize(
    "change",
    [
        {"sampler": {"class": "TPESampler"}},
        {"pruner": {"class": "MedianPruner"}},
        {"n_trials": 1000},
        {"timeout": 3.5},
        {"n_jobs": 2},
    ],
)
def test_how_the_search_goes_is_no_part_of_the_question(
    change: dict[str, Any], table: Table, parameters: dict[str, Any]
) -> None:
    assert ask(table, parameters | {"sweep": parameters["sweep"] | change}) == ask(table, parameters)


def test_the_order_of_the_searched_arguments_is_no_part_of_the_question(
    table: Table, parameters: dict[str, Any]
) -> None:
    turned = dict(reversed(parameters["search_space"].items()))
    assert ask(table, parameters | {"search_space": turned}) == ask(table, parameters)
