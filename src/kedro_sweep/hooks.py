"""What the project adds to every run: checks across parameters, errors without noise."""

import logging
import sys
from collections.abc import Iterable
from types import TracebackType
from typing import Any

from kedro.framework.context import KedroContext
from kedro.framework.hooks import hook_impl
from kedro.io import CatalogProtocol, DatasetError
from kedro.pipeline import Pipeline
from kedro.validation import ParameterValidationError

from kedro_sweep.sweep import InputError, check_search_space

logger = logging.getLogger(__name__)


class ErrorHooks:
    """End a run that stops over the user's input with one message instead of a traceback."""

    @hook_impl
    def after_context_created(self, context: KedroContext) -> None:
        """Take over what Python prints when a run fails.

        Args:
            context: Not used; Kedro passes it.
        """
        sys.excepthook = show_error


def show_error(
    error_type: type[BaseException], error: BaseException, traceback: TracebackType | None
) -> None:
    """Print an error: the message alone if the user can mend it, else with its traceback.

    Args:
        error_type: The error's class.
        error: The error.
        traceback: Where it was raised.
    """
    if isinstance(error, InputError | ParameterValidationError | DatasetError):
        logger.error("%s%s", error, _find_remedy(error), extra={"markup": False})
    else:
        sys.__excepthook__(error_type, error, traceback)


def _find_remedy(error: BaseException) -> str:
    cause = error
    while cause.__cause__ is not None:
        cause = cause.__cause__
    if not isinstance(cause, FileNotFoundError):
        return ""
    return (
        "\nPut the file there, run the pipeline that makes it, or correct its entry in "
        "conf/base/catalog.yml."
    )


class ParameterHooks:
    """Stop a run before its first node when its parameters do not fit each other."""

    @hook_impl
    def before_pipeline_run(
        self,
        run_params: dict[str, Any],
        pipeline: Pipeline,
        catalog: CatalogProtocol[Any, Any],
    ) -> None:
        """Check the search space against the model, and that `--params` names what is there.

        Args:
            run_params: Tells the parameters of the command line.
            pipeline: The pipeline that will run.
            catalog: Gives the parameters.

        Raises:
            InputError: If the search space does not fit the estimator, or nothing in this run reads
                a parameter of the command line, which Kedro would pass over in silence.
        """
        if given := run_params["runtime_params"]:
            check_known(given, _list_parameters(pipeline))
        if {"params:model", "params:search_space"} <= pipeline.inputs():
            check_search_space(catalog.load("params:model"), catalog.load("params:search_space"))


def check_known(given: Iterable[str], known: set[str]) -> None:
    """Check that every parameter of the command line is one that the run reads.

    Args:
        given: Names of the parameters of the command line.
        known: Names that the run reads.

    Raises:
        InputError: If one is unknown.
    """
    for name in given:
        if name not in known:
            raise InputError(
                f"--params {name}: nothing in this run reads a parameter of this name. It reads "
                f"{sorted(known)}; one inside another is written with a dot, such as sweep.n_trials."
            )


def _list_parameters(pipeline: Pipeline) -> set[str]:
    prefix = "params:"
    return {name.removeprefix(prefix) for name in pipeline.inputs() if name.startswith(prefix)}
