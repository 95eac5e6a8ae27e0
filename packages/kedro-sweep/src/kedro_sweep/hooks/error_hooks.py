"""End a run that stops over the user's input with one message instead of a traceback."""

import logging
import sys
from types import TracebackType

from kedro.framework.hooks import hook_impl
from kedro.io import DatasetError
from kedro.validation import ParameterValidationError

from kedro_sweep.errors import InputError

logger = logging.getLogger(__name__)


class ErrorHooks:
    """Take over what Python prints when a run fails."""

    @hook_impl
    def after_context_created(self) -> None:
        """Install `show_error` as the hook for uncaught errors."""
        sys.excepthook = show_error


def show_error(
    error_type: type[BaseException], error: BaseException, traceback: TracebackType | None
) -> None:
    """Print an error: the message alone if the user can fix it, else with its traceback.

    Args:
        error_type: The error's class.
        error: The error.
        traceback: Where it was raised.
    """
    if message := explain(error):
        logger.error(message, extra={"markup": False})
    else:
        sys.__excepthook__(error_type, error, traceback)


def explain(error: BaseException) -> str:
    """Explain an error that the user can fix.

    Args:
        error: The error.

    Returns:
        What is wrong and what to do; nothing for any other error.
    """
    if isinstance(error, InputError | ParameterValidationError | DatasetError):
        return f"{error}{_find_remedy(error)}"
    return ""


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
