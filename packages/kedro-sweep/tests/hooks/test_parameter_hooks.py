"""Options and parameters that do not fit stop a run before its first node."""

from types import SimpleNamespace
from typing import Any

import click
import pytest
from kedro.io import DataCatalog, MemoryDataset
from kedro.pipeline import Node, Pipeline

from kedro_sweep.errors import InputError
from kedro_sweep.hooks import parameter_hooks
from kedro_sweep.hooks.parameter_hooks import OPTIONS, ParameterHooks, check_options
from kedro_sweep.search import Sweep

DEPTH = {"depth": {"type": "int", "low": 1, "high": 3}}

NOTHING: dict[str, Any] = dict.fromkeys(OPTIONS, ())
NO_PARAMETERS: Any = SimpleNamespace(config_loader={"parameters": {}})


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


def test_a_parameter_in_its_old_place_stops_every_command() -> None:
    context: Any = SimpleNamespace(config_loader={"parameters": {"data": {}, "y_label": "quality"}})
    with pytest.raises(InputError, match=r"y_label is now data\.y_label"):
        ParameterHooks().after_context_created(context)


@pytest.fixture
def run() -> Pipeline:
    nodes = [
        Node(read, "raw@csv", "model", name="train", tags="slow"),
        Node(read, "model", "report", name="draw"),
    ]
    return Pipeline(nodes, namespace="science.fast", prefix_datasets_with_namespace=False)


@pytest.mark.parametrize(
    ("option", "name", "message"),
    [
        ("from_nodes", "trai", "--from-nodes trai: .* 2: science.fast.train, science.fast.draw"),
        ("to_nodes", "train", "--to-nodes train: .* no node of that name. .*: science.fast.train"),
        ("node_names", "x", "--nodes x: "),
        ("from_inputs", "row", "--from-inputs row: .* no dataset of that name. .* 4: raw, "),
        ("to_outputs", "model1", "--to-outputs model1: .* closest of 4: model, "),
        ("tags", "slo", r"--tags slo: this run has no tag of that name. The closest of 1: slow\.$"),
        ("namespaces", "since", "--namespaces since: .* 2: science, science.fast"),
    ],
)
def test_a_name_that_a_run_does_not_have_is_refused_with_the_closest(
    option: str, name: str, message: str, run: Pipeline
) -> None:
    with pytest.raises(InputError, match=message):
        check_options(NOTHING | {option: (name,)}, run)


def test_a_run_without_tags_says_so(run: Pipeline) -> None:
    with pytest.raises(InputError, match=r"--tags slow: .* It has none\."):
        check_options(NOTHING | {"tags": ("slow",)}, run.only_nodes("science.fast.draw"))


@pytest.mark.parametrize(
    "given",
    [
        {"from_nodes": ["science.fast.train"], "tags": ("slow",)},
        {"from_inputs": ["raw"], "to_outputs": ["model"]},
        {"from_inputs": ["raw@csv"], "namespaces": ["science"]},
        {},
    ],
)
def test_names_that_a_run_has_pass(given: dict[str, Any], run: Pipeline) -> None:
    check_options(NOTHING | given, run)


@pytest.mark.parametrize(
    ("chosen", "refused"), [({}, True), ({"pipeline": "a"}, True), ({"pipelines": ["missing"]}, False)]
)
def test_the_pipelines_of_the_command_are_checked_and_an_unknown_one_is_left_to_kedro(
    chosen: dict[str, Any], refused: bool, run: Pipeline, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(parameter_hooks, "pipelines", {"__default__": run, "a": run})
    command = click.Context(click.Command("run"))
    command.params = NOTHING | {"pipelines": [], "pipeline": None, "tags": ("x",)} | chosen
    with command:
        if refused:
            with pytest.raises(InputError, match="--tags x"):
                ParameterHooks().after_context_created(NO_PARAMETERS)
        else:
            ParameterHooks().after_context_created(NO_PARAMETERS)


def test_a_session_without_a_command_is_not_checked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parameter_hooks, "pipelines", None)
    ParameterHooks().after_context_created(NO_PARAMETERS)
    with click.Context(click.Command("predict")):
        ParameterHooks().after_context_created(NO_PARAMETERS)
