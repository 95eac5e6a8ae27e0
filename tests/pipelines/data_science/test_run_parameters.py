"""The parameters of a run are recorded so that runs can be compared by them."""

from typing import Any

from kedro_sweep.tables.parameters import FeatureNames, TestFraction
from wine_sweep.pipelines.data_science.nodes import flatten_parameters
from kedro_sweep.search import Model, SearchSpace


def test_nested_parameters_are_named_by_their_path() -> None:
    nested = {"frac": 0.15, "sweep": {"n_trials": 5, "sampler": {"class": "TPESampler", "params": {}}}}
    assert flatten_parameters(nested) == {
        "frac": 0.15,
        "sweep.n_trials": 5,
        "sweep.sampler.class": "TPESampler",
        "sweep.sampler.params": {},
    }


def test_parameters_are_recorded_in_the_same_order_whatever_file_was_read_first() -> None:
    assert list(flatten_parameters({"b": 1, "a": {"d": 1, "c": 1}})) == ["a.c", "a.d", "b"]


def test_validated_parameters_are_recorded_like_plain_ones(parameters: dict[str, Any]) -> None:
    validated = {
        "frac": TestFraction(0.15),
        "features": FeatureNames(["pH", "alcohol"]),
        "model": Model.model_validate(parameters["model"]),
        "search_space": SearchSpace.model_validate({"max_depth": {"type": "int", "low": 1, "high": 9}}),
    }
    assert flatten_parameters(validated) == {
        "frac": 0.15,
        "features": ["pH", "alcohol"],
        "model.class": "sklearn.ensemble.RandomForestClassifier",
        "model.params": {},
        "search_space.max_depth.type": "int",
        "search_space.max_depth.low": 1,
        "search_space.max_depth.high": 9,
        "search_space.max_depth.step": 1,
        "search_space.max_depth.log": False,
    }
