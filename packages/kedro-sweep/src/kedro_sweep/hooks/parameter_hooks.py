"""Stop a run before its first node if its parameters do not fit together."""

from collections.abc import Iterable
from typing import Any

from kedro.framework.context import KedroContext
from kedro.framework.hooks import hook_impl
from kedro.io import CatalogProtocol
from kedro.pipeline import Pipeline

from kedro_sweep.errors import InputError
from kedro_sweep.search import Sweep, check_search_space, choose_candidates
from kedro_sweep.tracking import check_places

SWEEP = "params:sweep"


class ParameterHooks:
    """Stop a run before its first node if its parameters do not fit together."""

    @hook_impl
    def after_context_created(self, context: KedroContext) -> None:
        """Check that no parameter is where older versions had it.

        Args:
            context: Reads the parameters of the environment and the command line.

        Raises:
            InputError: If a parameter has moved into a group.
        """
        check_places(context.config_loader["parameters"])

    @hook_impl
    def before_pipeline_run(
        self,
        run_params: dict[str, Any],
        pipeline: Pipeline,
        catalog: CatalogProtocol[Any, Any],
    ) -> None:
        """Check the search space against the model, and check that the run reads every `--params` name.

        Args:
            run_params: Holds the parameters from the command line.
            pipeline: The pipeline that will run.
            catalog: Holds the parameters.

        Raises:
            InputError: If the search space does not fit the estimator, or nothing in this run reads a
                parameter from the command line, which Kedro would silently ignore.
        """
        if SWEEP in pipeline.inputs():
            check_candidates(catalog.load(SWEEP))
        check_known(run_params["runtime_params"] or {}, _list_parameters(pipeline))


def check_candidates(sweep: Sweep) -> None:
    """Check the search space of each estimator to be tuned."""
    for candidate in choose_candidates(sweep).values():
        check_search_space(candidate, candidate.search_space, group=sweep.find_group(candidate))


def check_known(given: Iterable[str], known: set[str]) -> None:
    """Check that the run reads every parameter from the command line."""
    for name in given:
        if name not in known:
            raise InputError(
                f"--params {name}: nothing in this run reads a parameter of this name. It reads "
                f"{sorted(known)}; use dots for nested parameters, such as sweep.n_trials."
            )


def _list_parameters(pipeline: Pipeline) -> set[str]:
    prefix = "params:"
    return {name.removeprefix(prefix) for name in pipeline.inputs() if name.startswith(prefix)}
