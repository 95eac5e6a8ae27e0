"""What Kedro calls when any of its commands starts, before it loads the plugins."""

import logging

USELESS = (
    "Add type hints to the `predict` method",  # about a class of kedro-mlflow, in every command
    "missing from font(s)",  # once per figure and letter; the report shows them in a font of the browser
)


def hide_plugin_warnings() -> None:
    """Hide warnings of plugins that a user cannot act on."""
    # MLflow overrides the filters of `warnings`, which Kedro sends to this logger.
    logging.getLogger("py.warnings").addFilter(_is_useful)


def _is_useful(record: logging.LogRecord) -> bool:
    message = record.getMessage()
    return not any(text in message for text in USELESS)
