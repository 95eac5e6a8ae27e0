"""A typo in an option of `kedro run` is one message that names what the run has."""

from typing import Any

import click
import pytest
from kedro.pipeline import Pipeline, node, pipeline

from kedro_sweep.errors import InputError
from kedro_sweep.hooks import OptionHooks, option_hooks
from kedro_sweep.hooks.option_hooks import OPTIONS, check_options

NOTHING: dict[str, Any] = dict.fromkeys(OPTIONS, ())


def use(*_: Any) -> int:
    return 0


@pytest.fixture
def run() -> Pipeline:
    nodes = [
        node(use, "raw@csv", "model", name="train", tags="slow"),
        node(use, "model", "report", name="draw"),
    ]
    return pipeline(nodes, namespace="science.fast", prefix_datasets_with_namespace=False)


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
    monkeypatch.setattr(option_hooks, "pipelines", {"__default__": run, "a": run})
    command = click.Context(click.Command("run"))
    command.params = NOTHING | {"pipelines": [], "pipeline": None, "tags": ("x",)} | chosen
    with command:
        if refused:
            with pytest.raises(InputError, match="--tags x"):
                OptionHooks().after_context_created()
        else:
            OptionHooks().after_context_created()


def test_a_session_without_a_command_is_not_checked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(option_hooks, "pipelines", None)
    OptionHooks().after_context_created()
    with click.Context(click.Command("predict")):
        OptionHooks().after_context_created()
