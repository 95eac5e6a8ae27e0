"""Stop a run before its first node if its options or parameters do not fit."""

from collections.abc import Collection, Iterable, Mapping
from difflib import get_close_matches
from itertools import accumulate
from typing import Any

import click
from kedro.framework.context import KedroContext
from kedro.framework.hooks import hook_impl
from kedro.framework.project import pipelines
from kedro.io import CatalogProtocol
from kedro.pipeline import Pipeline

from kedro_sweep.errors import InputError
from kedro_sweep.search import Sweep, check_search_space, choose_candidates
from kedro_sweep.tracking import check_places

SWEEP = "params:sweep"
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


class ParameterHooks:
    """Check what the user gives a run: the options of the command and the parameters."""

    @hook_impl
    def after_context_created(self, context: KedroContext) -> None:
        """Check the options of `kedro run`, and that no parameter is where older versions had it."""
        command = click.get_current_context(silent=True)
        if command and OPTIONS.keys() <= command.params.keys():
            given = command.params
            names = given["pipelines"] or [given["pipeline"] or "__default__"]
            # Kedro itself explains an unknown pipeline.
            if all(name in pipelines for name in names):
                check_options(given, sum((pipelines[name] for name in names), Pipeline([])))
        check_places(context.config_loader["parameters"])

    @hook_impl
    def before_pipeline_run(
        self, run_params: dict[str, Any], pipeline: Pipeline, catalog: CatalogProtocol[Any, Any]
    ) -> None:
        """Check the search space against the model, and that the run reads every `--params` name."""
        if SWEEP in pipeline.inputs():
            _check_candidates(catalog.load(SWEEP))
        _check_known(run_params["runtime_params"] or {}, pipeline)


def check_options(given: Mapping[str, Collection[str]], pipeline: Pipeline) -> None:
    """Check the names that the options of a run give, for which Kedro shows a traceback."""
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


def _check_candidates(sweep: Sweep) -> None:
    for candidate in choose_candidates(sweep).values():
        check_search_space(candidate, candidate.search_space, group=sweep.find_group(candidate))


def _check_known(given: Iterable[str], pipeline: Pipeline) -> None:
    """Check that the run reads every parameter from the command line; Kedro would ignore it."""
    prefix = "params:"
    known = {name.removeprefix(prefix) for name in pipeline.inputs() if name.startswith(prefix)}
    for name in given:
        if name not in known:
            raise InputError(
                f"--params {name}: nothing in this run reads a parameter of this name. It reads "
                f"{sorted(known)}; use dots for nested parameters, such as sweep.n_trials."
            )
