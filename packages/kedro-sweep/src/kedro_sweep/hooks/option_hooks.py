"""Stop a run whose options name nodes, datasets, tags or namespaces that it does not have."""

from collections.abc import Collection, Mapping
from difflib import get_close_matches
from itertools import accumulate

import click
from kedro.framework.hooks import hook_impl
from kedro.framework.project import pipelines
from kedro.pipeline import Pipeline

from kedro_sweep.errors import InputError

# What the options of `kedro run` name, by Kedro's name of each option.
OPTIONS = {
    "from_nodes": ("--from-nodes", "node"),
    "to_nodes": ("--to-nodes", "node"),
    "node_names": ("--nodes", "node"),
    "from_inputs": ("--from-inputs", "dataset"),
    "to_outputs": ("--to-outputs", "dataset"),
    "tags": ("--tags", "tag"),
    "namespaces": ("--namespaces", "namespace"),
}
MAX_SHOWN = 3


class OptionHooks:
    """Check the names on the command line of `kedro run`, for which Kedro shows a traceback."""

    @hook_impl
    def after_context_created(self) -> None:
        """Check the options, if a command starts the run.

        Raises:
            InputError: If an option names something that the run does not have.
        """
        command = click.get_current_context(silent=True)
        if command is None or not OPTIONS.keys() <= command.params.keys():
            return
        given = command.params
        names = given["pipelines"] or [given["pipeline"] or "__default__"]
        # Kedro itself explains an unknown pipeline.
        if all(name in pipelines for name in names):
            check_options(given, sum((pipelines[name] for name in names), Pipeline([])))


def check_options(given: Mapping[str, Collection[str]], pipeline: Pipeline) -> None:
    """Check the names that the options of a run give."""
    known = _list_names(pipeline)
    for option, (flag, kind) in OPTIONS.items():
        for name in given[option]:
            if name not in known[kind]:
                raise InputError(
                    f"{flag} {name}: this run has no {kind} of that name. {_suggest(name, known[kind])}"
                )


def _list_names(pipeline: Pipeline) -> dict[str, set[str]]:
    datasets = pipeline.datasets()
    parts = [(node.namespace or "").split(".") for node in pipeline.nodes]
    return {
        "node": {node.name for node in pipeline.nodes},
        # The format after the @ may be left out.
        "dataset": datasets | {name.partition("@")[0] for name in datasets},
        "tag": {tag for node in pipeline.nodes for tag in node.tags},
        "namespace": {name for part in parts for name in accumulate(part, "{}.{}".format)} - {""},
    }


def _suggest(name: str, known: set[str]) -> str:
    closest = get_close_matches(name, sorted(known), MAX_SHOWN, cutoff=0)
    return f"The closest of {len(known)}: {', '.join(closest)}." if known else "It has none."
