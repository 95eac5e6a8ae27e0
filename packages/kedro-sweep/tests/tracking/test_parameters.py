"""Parameters become one flat table, whatever file or model they come from."""

from kedro_sweep.search import Model, SearchSpace
from kedro_sweep.tables import FeatureNames, TestFraction
from kedro_sweep.tracking import flatten_parameters


def test_nested_parameters_are_named_by_their_path() -> None:
    nested = {"frac": 0.15, "sweep": {"n_trials": 5, "sampler": {"class": "TPESampler", "params": {}}}}
    assert flatten_parameters(nested) == {
        "frac": 0.15,
        "sweep.n_trials": 5,
        "sweep.sampler.class": "TPESampler",
        "sweep.sampler.params": {},
    }


def test_parameters_are_in_the_same_order_whichever_file_was_read_first() -> None:
    assert list(flatten_parameters({"b": 1, "a": {"d": 1, "c": 1}})) == ["a.c", "a.d", "b"]


def test_validated_parameters_are_recorded_like_plain_ones() -> None:
    validated = {
        "frac": TestFraction(0.15),
        "features": FeatureNames(["pH", "alcohol", "sulphates"]),
        "model": Model.model_validate(
            {"class": "sklearn.ensemble.RandomForestClassifier", "params": {"max_features": 2}}
        ),
        "search_space": SearchSpace.model_validate({"max_depth": {"type": "int", "low": 1, "high": 9}}),
    }
    assert flatten_parameters(validated) == {
        "frac": 0.15,
        "features": ["pH", "alcohol", "sulphates"],
        "model.class": "sklearn.ensemble.RandomForestClassifier",
        "model.params.max_features": 2,
        "model.preprocessing": "auto",
        "search_space.max_depth.type": "int",
        "search_space.max_depth.low": 1,
        "search_space.max_depth.high": 9,
        "search_space.max_depth.step": 1,
        "search_space.max_depth.log": False,
    }


def test_passwords_are_not_recorded() -> None:
    nested = {"sweep": {"scheduler": "tcp://me:hunter2@host:1"}, "mine": {"api_key": "hunter2"}}
    assert flatten_parameters(nested) == {"sweep.scheduler": "tcp://***@host:1", "mine.api_key": "***"}
