"""Stop a run before its first node if its parameters do not fit together."""

from collections.abc import Iterable
from typing import Any

from kedro.framework.context import KedroContext
from kedro.framework.hooks import hook_impl
from kedro.io import CatalogProtocol
from kedro.pipeline import Pipeline

from kedro_sweep.errors import InputError
from kedro_sweep.search import Sweep
from kedro_sweep.search.settings import check_search_space, choose_candidates
from kedro_sweep.tracking import check_places

SWEEP = "params:sweep"


class ParameterHooks:
    """Check the parameters that the user gives a run."""

    @hook_impl
    def after_context_created(self, context: KedroContext) -> None:
        """Check that no parameter is where older versions had it."""
        check_places(context.config_loader["parameters"])

    @hook_impl
    def before_pipeline_run(
        self, run_params: dict[str, Any], pipeline: Pipeline, catalog: CatalogProtocol[Any, Any]
    ) -> None:
        """Check the search space against the model, and that the run reads every `--params` name."""
        if SWEEP in pipeline.inputs():
            _check_candidates(catalog.load(SWEEP))
        _check_known(run_params["runtime_params"] or {}, pipeline)


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
