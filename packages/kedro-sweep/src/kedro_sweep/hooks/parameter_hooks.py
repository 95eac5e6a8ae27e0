"""Stop a run before its first node if its parameters do not fit together."""

from collections.abc import Iterable
from typing import Any

from kedro.framework.hooks import hook_impl
from kedro.io import CatalogProtocol
from kedro.pipeline import Pipeline

from kedro_sweep.errors import InputError
from kedro_sweep.hooks.stale_inputs import find_record, list_recorded
from kedro_sweep.search import Model, Models, SearchSpace, check_search_space, choose_candidates

# The parameters that name the estimators to tune.
CANDIDATES = ("model", "search_space", "models")


class ParameterHooks:
    """Stop a run before its first node if its parameters do not fit together."""

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
        if {f"params:{name}" for name in CANDIDATES} <= pipeline.inputs():
            check_candidates(*(catalog.load(f"params:{name}") for name in CANDIDATES))
        if given := run_params["runtime_params"]:
            recorded = list_recorded(find_record(pipeline, catalog), pipeline)
            check_known(given, _list_parameters(pipeline).union(recorded))


def check_candidates(model: Model, search_space: SearchSpace, models: Models) -> None:
    """Check the search space of each estimator to be tuned.

    Args:
        model: The estimator to tune if `models` is empty.
        search_space: Its arguments to search.
        models: The candidates of a contest.

    Raises:
        InputError: If a space does not fit its estimator.
    """
    for name, candidate in choose_candidates(model, search_space, models, explain=False).items():
        try:
            check_search_space(candidate, candidate.search_space)
        except InputError as error:
            raise InputError(f"models.{name}: {error}" if models.root else str(error)) from error


def check_known(given: Iterable[str], known: set[str]) -> None:
    """Check that the run reads every parameter from the command line.

    Args:
        given: Names of the parameters from the command line.
        known: Names of the parameters that the run reads.

    Raises:
        InputError: If one is not read.
    """
    for name in given:
        if name not in known:
            raise InputError(
                f"--params {name}: nothing in this run reads a parameter of this name. It reads "
                f"{sorted(known)}; use dots for nested parameters, such as sweep.n_trials."
            )


def _list_parameters(pipeline: Pipeline) -> set[str]:
    prefix = "params:"
    return {name.removeprefix(prefix) for name in pipeline.inputs() if name.startswith(prefix)}
