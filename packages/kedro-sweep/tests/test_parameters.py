"""The parameters of a run, as one flat mapping."""

from typing import Any

from kedro_sweep.parameters import flatten_parameters, rename_moved
from kedro_sweep.search import Sweep
from kedro_sweep.tables import Data


def test_nested_parameters_are_named_by_their_path() -> None:
    nested = {"data": {"frac": 0.15}, "sweep": {"sampler": {"class": "TPESampler", "params": {}}}}
    assert flatten_parameters(nested) == {
        "data.frac": 0.15,
        "sweep.sampler.class": "TPESampler",
        "sweep.sampler.params": {},
    }


def test_parameters_are_in_the_same_order_whichever_file_was_read_first() -> None:
    assert list(flatten_parameters({"b": 1, "a": {"d": 1, "c": 1}})) == ["a.c", "a.d", "b"]


def test_validated_parameters_are_recorded_like_plain_ones(parameters: dict[str, Any]) -> None:
    parameters["sweep"]["model"]["params"] = {"max_features": 2}
    validated = {
        "data": Data.model_validate(parameters["data"]),
        "sweep": Sweep.model_validate(parameters["sweep"]),
    }
    recorded = flatten_parameters(validated)
    plain = flatten_parameters(parameters)
    assert {name: recorded[name] for name in plain} == plain
    assert recorded["sweep.search_space.n_estimators.step"] == 1  # a default


def test_every_moved_parameter_is_in_its_group() -> None:
    moved = rename_moved({"frac": 0.15, "split.kind": "time", "models.tree.class": "T", "sweep.cv": 5})
    assert [*moved] == ["data.frac", "data.split.kind", "sweep.models.tree.class", "sweep.cv"]


def test_passwords_are_not_recorded() -> None:
    nested = {"sweep": {"scheduler": "tcp://me:hunter2@host:1"}, "mine": {"api_key": "hunter2"}}
    assert flatten_parameters(nested) == {"sweep.scheduler": "tcp://***@host:1", "mine.api_key": "***"}
