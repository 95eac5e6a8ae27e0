"""What Kedro calls when any of its commands starts, before it loads the plugins: how to log."""

import logging
import os
from contextlib import suppress
from pathlib import Path
from typing import Any

import yaml
from kedro.framework.project import LOGGING
from kedro.utils import find_kedro_project
from rich import get_console

from kedro_sweep.platforms import print_any_text
from kedro_sweep.redaction import redact

LOGGING_FILE = Path("conf/logging.yml")

HIDDEN = (
    "Add type hints to the `predict` method",  # about a class of kedro-mlflow, in every command
    "missing from font(s)",  # once per figure and letter; the report shows them in a font of the browser
)

# A handler for messages that no terminal shows. Rich would break lines at 80 characters.
PLAIN = {"class": "logging.StreamHandler", "formatter": "plain", "stream": "ext://sys.stdout"}
KEPT = ("level", "filters", "formatter")
FORMAT = {"format": "[%(asctime)s] %(levelname)-8s %(message)s", "datefmt": "%x %X"}


def hide_plugin_warnings() -> None:
    """Hide warnings that a user cannot act on."""
    # MLflow overrides the filters of `warnings`, which Kedro sends to this logger.
    logging.getLogger("py.warnings").addFilter(
        lambda record: not any(text in record.getMessage() for text in HIDDEN)
    )


def use_project_logging() -> None:
    """Log as conf/logging.yml says in every folder of a project; Kedro looks only in the current one."""
    print_any_text()
    project = find_kedro_project(Path.cwd())
    if project is None or os.environ.get("KEDRO_LOGGING_CONFIG"):
        return
    if LOGGING_FILE.exists():
        configure_logging(dict(LOGGING))
    elif (project / LOGGING_FILE).exists():
        configure_logging(yaml.safe_load((project / LOGGING_FILE).read_text(encoding="utf-8")))


def configure_logging(config: dict[str, Any]) -> None:
    """Configure logging, with one line per message if it does not go to a terminal."""
    if not get_console().is_terminal:
        handlers = {
            name: PLAIN | {key: value for key, value in handler.items() if key in KEPT}
            if handler.get("class") == "kedro.logging.RichHandler"
            else handler
            for name, handler in config.get("handlers", {}).items()
        }
        formatters = {"plain": FORMAT, **config.get("formatters", {})}
        config = {**config, "handlers": handlers, "formatters": formatters}
    LOGGING.configure(config)


def filter_logs() -> None:
    """Show square brackets as they are and hide passwords, on every handler that there is.

    Kedro's handler reads `[/min]` in the name of a column as the end of a style, which ends the run. A
    message is still markup if the call that logs it says so (`extra={"markup": True}`).
    """
    for logger in (logging.root, *logging.root.manager.loggerDict.values()):
        for handler in getattr(logger, "handlers", ()):
            handler.addFilter(_read_as_text)
            handler.addFilter(redact_record)


def redact_record(record: logging.LogRecord) -> bool:
    """Hide passwords in a message and in its traceback. Other packages log the URLs that they open."""
    with suppress(TypeError, ValueError):  # a malformed message, which the handler reports
        message = record.getMessage()
        if (hidden := redact(message)) != message:
            record.msg, record.args = hidden, None
    if record.exc_info and record.exc_info[0]:
        trace = logging.Formatter().formatException(record.exc_info)
        if (hidden := redact(trace)) != trace:
            # Rich and other formatters would format the error again.
            record.exc_info, record.exc_text = None, hidden
    return True


def _read_as_text(record: logging.LogRecord) -> bool:
    # Kedro colors the names of datasets by markup, in messages that carry `rich_format`.
    record.__dict__.setdefault("markup", hasattr(record, "rich_format"))
    return True
