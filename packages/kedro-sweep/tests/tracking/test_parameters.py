"""Parameters become one flat table, whatever file or model they come from."""

from typing import Any

import pytest
from kedro.pipeline import Node, Pipeline

from kedro_sweep.errors import InputError
from kedro_sweep.search import Sweep
from kedro_sweep.tables import Data
from kedro_sweep.tracking import _session_store as parameters
from kedro_sweep.tracking import check_places, flatten_parameters, rename_moved


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


def test_parameters_in_their_old_places_are_one_error_with_the_new_places() -> None:
    check_places(["data", "sweep", "my_own"])
    with pytest.raises(InputError, match=r"^frac is now data\.frac: write it there, in the param"):
        check_places(["data", "frac"])
    with pytest.raises(InputError, match=r"^y_label is now data\.y_label, model is now sweep\.model: "):
        check_places(["y_label", "sweep", "model"])


def test_a_parameter_that_a_node_of_the_project_reads_may_have_any_name(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    reads = Pipeline([Node(len, "params:model", "n", name="read")])
    monkeypatch.setattr(parameters, "pipelines", {"mine": reads})
    check_places(["model", "data"])
    with pytest.raises(InputError, match=r"^drop is now data\.drop"):
        check_places(["model", "drop"])


def test_passwords_are_not_recorded() -> None:
    nested = {"sweep": {"scheduler": "tcp://me:hunter2@host:1"}, "mine": {"api_key": "hunter2"}}
    assert flatten_parameters(nested) == {"sweep.scheduler": "tcp://***@host:1", "mine.api_key": "***"}
