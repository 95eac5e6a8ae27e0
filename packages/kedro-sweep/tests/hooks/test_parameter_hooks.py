"""Parameters that do not fit together stop a run before its first node."""

from typing import Any

import pytest
from kedro.io import DataCatalog, MemoryDataset
from kedro.pipeline import Pipeline, node, pipeline

from kedro_sweep.errors import InputError
from kedro_sweep.hooks import ParameterHooks
from kedro_sweep.hooks.parameter_hooks import check_known
from kedro_sweep.search import Model, Models, SearchSpace


def read(*parameters: Any) -> int:
    """Read parameters, as a node does."""
    return len(parameters)


def read_in_pipeline(*names: str) -> Pipeline:
    return pipeline([node(read, inputs=[f"params:{name}" for name in names], outputs="n", name="read")])


@pytest.fixture
def catalog(parameters: dict[str, Any]) -> DataCatalog:
    """A search space that does not fit the model."""
    space = {"depth": {"type": "int", "low": 1, "high": 3}}
    return DataCatalog(
        {
            "params:model": MemoryDataset(Model.model_validate(parameters["model"])),
            "params:search_space": MemoryDataset(SearchSpace.model_validate(space)),
            "params:models": MemoryDataset(Models({})),
        }
    )


def test_a_space_that_does_not_fit_stops_a_run(catalog: DataCatalog) -> None:
    searches = read_in_pipeline("model", "search_space", "models")
    with pytest.raises(InputError, match=r"^search_space\.depth is not an argument"):
        ParameterHooks().before_pipeline_run({"runtime_params": {}}, searches, catalog)


def test_the_space_of_a_candidate_is_named_by_the_candidate(catalog: DataCatalog) -> None:
    space = {"depth": {"type": "int", "low": 1, "high": 3}}
    tree = {"class": "sklearn.tree.DecisionTreeClassifier", "search_space": space}
    catalog["params:models"] = MemoryDataset(Models.model_validate({"tree": tree}))
    searches = read_in_pipeline("model", "search_space", "models")
    with pytest.raises(InputError, match=r"^models\.tree: search_space\.depth is not an argument"):
        ParameterHooks().before_pipeline_run({"runtime_params": {}}, searches, catalog)


def test_a_run_without_a_search_is_not_stopped(catalog: DataCatalog) -> None:
    splits = read_in_pipeline("model", "frac")
    ParameterHooks().before_pipeline_run({"runtime_params": {}}, splits, catalog)


def test_a_parameter_of_the_command_line_that_the_pipeline_does_not_read_stops_a_run(
    catalog: DataCatalog,
) -> None:
    splits = read_in_pipeline("model", "frac")
    ParameterHooks().before_pipeline_run({"runtime_params": {"frac": 0.3}}, splits, catalog)
    with pytest.raises(InputError, match=r"--params sweep: nothing .* \['frac', 'model'\]"):
        ParameterHooks().before_pipeline_run({"runtime_params": {"sweep": {}}}, splits, catalog)


def test_a_parameter_that_made_the_tables_of_a_run_is_known(catalog: DataCatalog) -> None:
    catalog["split_record"] = MemoryDataset({"parameters": {"frac": 0.3}})
    reads = pipeline([node(read, inputs=["train", "parameters"], outputs="n", name="read")])
    ParameterHooks().before_pipeline_run({"runtime_params": {"frac": 0.3}}, reads, catalog)
    with pytest.raises(InputError, match="--params sweep: nothing in this run reads"):
        ParameterHooks().before_pipeline_run({"runtime_params": {"sweep": {}}}, reads, catalog)


def test_an_unknown_parameter_is_named_beside_the_known() -> None:
    check_known(["sweep"], {"frac", "sweep"})
    with pytest.raises(InputError, match=r"n_trials: nothing in this run reads .* \['frac', 'sweep'\]"):
        check_known(["sweep", "n_trials"], {"frac", "sweep"})
