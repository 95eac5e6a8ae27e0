"""Show one message instead of a traceback if the user can fix an error, and log as the project says."""

import errno
import json
import logging
import mimetypes
import os
import sys
import traceback
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType

import fsspec
import yaml
from kedro.config import MissingConfigException
from kedro.framework.context import KedroContext
from kedro.framework.hooks import hook_impl
from kedro.framework.project import LOGGING, PACKAGE_NAME
from kedro.io import DatasetError
from kedro.validation import DataValidationError, ParameterValidationError
from omegaconf.errors import InterpolationResolutionError

from kedro_sweep.errors import InputError, find_install_command
from kedro_sweep.platforms import IS_WINDOWS, print_any_text
from kedro_sweep.redaction import redact
from kedro_sweep.startup import configure_logging, filter_logs

logger = logging.getLogger(__name__)

LOGGING_FILE = "logging.yml"
ARCHIVES = {"application/x-tar": "tar"}  # also if it is compressed
ARCHIVES |= {f"application/{name}": "zip" for name in ("zip", "x-zip-compressed", "zip-compressed")}
CATALOG = "conf/base/catalog.yml"
RIGHTS = "Give yourself permission to read and write it, or run in another folder."
if IS_WINDOWS:
    RIGHTS = f"Close it in other programs, such as Excel. {RIGHTS}"
FOLDER = "A file is where a folder should be: move it away."
SPACE = "Free some disk space and run again: every finished trial is kept."
# Errors of the operating system when reading or writing, and what to do.
SYSTEM_REMEDIES = dict.fromkeys([errno.EACCES, errno.EPERM, errno.EROFS], RIGHTS) | dict.fromkeys(
    [errno.ENOSPC, errno.EDQUOT], SPACE
)
# Errors that have a remedy only for a dataset's file; elsewhere, they may be a bug.
FILE_REMEDIES = {
    errno.ENOENT: "Put the file there, run the pipeline that makes it, or correct its entry in "
    f"{CATALOG}.",
    errno.EEXIST: FOLDER,
    errno.ENOTDIR: FOLDER,
}
# Errors about the user's input, by class and by how the message begins, and what to do.
REMEDIES: dict[tuple[type[Exception], str], str] = {
    (InputError, ""): "",
    (ParameterValidationError, ""): "",
    (DataValidationError, ""): f"Correct the rows, or the validator of their entry in {CATALOG}.",
    (MissingConfigException, ""): "The folders in conf are the environments of this project.",
    (InterpolationResolutionError, ""): "Set the environment variable, or correct the configuration.",
    (
        KeyError,
        "Unable to find credentials",
    ): "Add them to conf/local/credentials.yml (with --env ENV, to "
    f"conf/ENV/credentials.yml), or correct the entry in {CATALOG}.",
    (ValueError, "Failed to find the pipeline named"): "`kedro registry list` lists the pipelines.",
    (AttributeError, "module 'kedro.runner' has no attribute"): "Correct --runner: Kedro has "
    "SequentialRunner, ThreadRunner and ParallelRunner.",
    (AttributeError, "The following datasets cannot be used with multiprocessing"): "Use ThreadRunner, "
    "or leave out --runner: sweep.n_jobs puts all cores to work.",
    (ValueError, "Pipeline does not contain"): "Correct the option: `kedro registry describe PIPELINE` "
    "lists the nodes of a pipeline, with their namespaces.",
    (ValueError, "Pipeline contains no nodes after applying"): "No node fits all options at once: "
    "correct one, or leave it out.",
    (ValueError, "Pipeline input(s) {'params:"): "What follows params: is a key of "
    "conf/base/parameters*.yml: add it there, or correct its spelling.",
    (ValueError, "Pipeline input(s)"): "Nodes pass this data on in memory: start at the node that makes "
    "it, or run its whole pipeline.",
    (yaml.YAMLError, "Invalid YAML"): "Correct that line, or the one before it.",
}
# How a DatasetError from a dataset's own code begins; any other is about its catalog entry.
FAILED = "Failed while "
FAILED_TO_READ = f"{FAILED}loading "
ENTRY_REMEDY = f"Correct the entry in {CATALOG}, or run the pipeline that makes the data."
DAMAGED_REMEDY = f"The file is damaged or has another format: correct it, or its entry in {CATALOG}."

# Errors after which the same run would only fail again, from whichever node it resumes.
REFUSALS = (InputError, ParameterValidationError, DataValidationError)


class MessageHooks:
    """Replace Python's printed traceback, read `logging.yml`, and filter what is logged."""

    @hook_impl
    def after_context_created(self, context: KedroContext) -> None:
        sys.excepthook = show_error
        print_any_text()
        for kind in ("sequential", "thread", "parallel"):
            logging.getLogger(f"kedro.runner.{kind}_runner").addFilter(_is_worth_saying)
        # Kedro itself looks only at KEDRO_LOGGING_CONFIG and in the working directory.
        found = os.environ.get("KEDRO_LOGGING_CONFIG") or Path("conf", LOGGING_FILE).exists()
        if not found and (text := read_logging(str(context.config_loader.conf_source))):
            configure_logging(yaml.safe_load(text))
            if PACKAGE_NAME:
                LOGGING.set_project_logging(PACKAGE_NAME)
        filter_logs()


def read_logging(conf_source: str) -> str:
    """Read the logging configuration from a local or remote folder or archive; empty if none."""
    if kind := ARCHIVES.get(mimetypes.guess_type(conf_source)[0] or ""):
        files = fsspec.filesystem(kind, fo=conf_source)
        found = files.glob(f"*/{LOGGING_FILE}")
    else:
        files, folder = fsspec.core.url_to_fs(conf_source)
        file = f"{folder}/{LOGGING_FILE}"
        found = [file] if files.exists(file) else []
    return str(files.cat_file(found[0]).decode()) if found else ""


def show_error(
    error_type: type[BaseException], error: BaseException, trace: TracebackType | None
) -> None:
    """Print an error: only the message if the user can fix it, otherwise with its traceback."""
    if message := explain(error):
        filter_logs()  # a command may fail before its run has hooks
        logger.error("%s", message)
        logger.debug("Where it was raised:", exc_info=(error_type, error, trace))
    else:
        # An error of another package may show a URL.
        lines = traceback.format_exception(error_type, error, trace)
        print(redact("".join(lines)), end="", file=sys.stderr)


def explain(error: BaseException) -> str:
    """Explain what went wrong and how to fix it, if the user can."""
    return str(redact(_explain(error)))


def _explain(error: BaseException) -> str:
    for cause in _trace(error):
        # A KeyError puts quotation marks around its text.
        text = str(cause).strip("'\"" if isinstance(cause, KeyError) else None)
        for (error_type, start), remedy in REMEDIES.items():
            if isinstance(cause, error_type) and text.startswith(start):
                return f"{text}\n{remedy}".strip()
        if isinstance(cause, ImportError) and "openpyxl" in text:
            return f"Excel files need openpyxl: run `{find_install_command('excel')}`."
        remedies = SYSTEM_REMEDIES | (FILE_REMEDIES if isinstance(error, DatasetError) else {})
        if isinstance(cause, OSError) and cause.errno in remedies:
            return f"{_merge(error, cause)}\n{remedies[cause.errno]}"
        if isinstance(error, DatasetError) and FAILED_TO_READ in str(error) and _is_damage(cause):
            return f"{_merge(error, cause)}\n{DAMAGED_REMEDY}"
    if isinstance(error, DatasetError) and FAILED not in str(error):
        return f"{error}\n{ENTRY_REMEDY}".strip()
    return ""


def _is_worth_saying(record: logging.LogRecord) -> bool:
    """Drop a runner's advice to resume the run if the error being handled is about the user's input."""
    error = sys.exc_info()[1]
    is_refused = error is not None and any(isinstance(cause, REFUSALS) for cause in _trace(error))
    return not is_refused or record.levelno != logging.WARNING


def _trace(error: BaseException) -> Iterator[BaseException]:
    """Yield an error and the errors that caused it."""
    cause: BaseException | None = error
    while cause is not None:
        yield cause
        cause = cause.__cause__


def _is_damage(cause: BaseException) -> bool:
    """Tell whether a file's contents do not match its catalog entry."""
    from pandas.errors import EmptyDataError, ParserError  # not for every command

    damage = (ParserError, EmptyDataError, UnicodeDecodeError, json.JSONDecodeError)
    # Arrow, which not every project installs, raises ArrowInvalid or an OSError without an errno.
    is_unknown = type(cause) is OSError and cause.errno is None
    return is_unknown or type(cause).__name__ == "ArrowInvalid" or isinstance(cause, damage)


def _merge(error: BaseException, cause: BaseException) -> str:
    """Join both messages without repeating either."""
    return str(error) if str(cause) in str(error) else f"{error}\n{cause}"
