"""What Kedro calls when any of its commands starts, before it loads the plugins."""

import logging
import os
from pathlib import Path
from typing import Any

import yaml
from kedro.framework.project import LOGGING
from kedro.utils import find_kedro_project
from rich import get_console

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
    logging.getLogger("py.warnings").addFilter(_is_useful)


def use_project_logging() -> None:
    """Log as conf/logging.yml says in every folder of a project; Kedro looks only in the current one."""
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


def _is_useful(record: logging.LogRecord) -> bool:
    return not any(text in record.getMessage() for text in HIDDEN)
