"""What Kedro calls when any of its commands starts, before it loads the plugins."""

import logging


def hide_plugin_warnings() -> None:
    """Hide a warning about a class of kedro-mlflow, which every command would otherwise show."""
    # MLflow overrides the filters of `warnings`, which Kedro sends to this logger.
    logging.getLogger("py.warnings").addFilter(_is_useful)


def _is_useful(record: logging.LogRecord) -> bool:
    return "Add type hints to the `predict` method" not in record.getMessage()
