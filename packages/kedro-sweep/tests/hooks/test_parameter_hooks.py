"""Parameters that do not fit together stop a run before its first node."""

from types import SimpleNamespace
from typing import Any

import pytest
from kedro.io import DataCatalog, MemoryDataset
from kedro.pipeline import Node, Pipeline

from kedro_sweep.errors import InputError
from kedro_sweep.hooks._input_hooks import ParameterHooks
from kedro_sweep.search import Sweep

DEPTH = {"depth": {"type": "int", "low": 1, "high": 3}}


def read(*parameters: Any) -> int:
    """Read parameters, as a node does."""
    return len(parameters)


def start(groups: list[str], sweep: dict[str, Any], given: dict[str, Any] | None = None) -> None:
    """Start a run that reads groups of parameters, with others from the command line."""
    reads = Pipeline([Node(read, [f"params:{name}" for name in groups], "n", name="read")])
    catalog = DataCatalog({"params:sweep": MemoryDataset(Sweep.model_validate(sweep))})
    ParameterHooks().before_pipeline_run({"runtime_params": given}, reads, catalog)


def test_a_space_that_does_not_fit_stops_a_run(parameters: dict[str, Any]) -> None:
    sweep = parameters["sweep"] | {"search_space": DEPTH}
    with pytest.raises(InputError, match=r"^sweep\.search_space\.depth is not an argument"):
        start(["sweep"], sweep)
    start(["data"], sweep)  # a run without a search


def test_the_space_of_a_candidate_is_named_by_the_candidate(parameters: dict[str, Any]) -> None:
    tree = {"class": "sklearn.tree.DecisionTreeClassifier", "search_space": DEPTH}
    with pytest.raises(InputError, match=r"^sweep\.models\.tree\.search_space\.depth is not an "):
        start(["sweep"], parameters["sweep"] | {"models": {"tree": tree}})


def test_a_parameter_of_the_command_line_that_the_run_does_not_read_stops_it(
    parameters: dict[str, Any],
) -> None:
    start(["data", "sweep"], parameters["sweep"], {"data": {"frac": 0.3}})
    with pytest.raises(InputError, match=r"--params n_trials: nothing .* \['data', 'sweep'\]"):
        start(["data", "sweep"], parameters["sweep"], {"n_trials": 5})
    start(["sweep", "plots.size"], parameters["sweep"], {"plots": {"size": 7}})
    with pytest.raises(InputError, match=r"--params plots\.sizes: nothing"):
        start(["sweep", "plots.size"], parameters["sweep"], {"plots": {"sizes": 7}})


def test_a_parameter_in_its_old_place_stops_every_command() -> None:
    context: Any = SimpleNamespace(config_loader={"parameters": {"data": {}, "y_label": "quality"}})
    with pytest.raises(InputError, match=r"y_label is now data\.y_label"):
        ParameterHooks().after_context_created(context)
