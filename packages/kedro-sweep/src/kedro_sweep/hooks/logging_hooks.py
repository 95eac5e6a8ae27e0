"""Log as the configuration of a packaged project says, without passwords or markup in names."""

import logging
import os
from contextlib import suppress
from pathlib import Path

import fsspec
import yaml
from kedro.framework.context import KedroContext
from kedro.framework.hooks import hook_impl
from kedro.framework.project import LOGGING, PACKAGE_NAME

from kedro_sweep.redaction import redact
from kedro_sweep.startup import configure_logging

FILE = "logging.yml"


class LoggingHooks:
    """Read `logging.yml` from the configuration folder or archive, and filter what is logged."""

    @hook_impl
    def after_context_created(self, context: KedroContext) -> None:
        """Configure logging if Kedro found no configuration file, and filter the log in any case.

        Args:
            context: Says where the configuration is.
        """
        # Kedro itself looks only at KEDRO_LOGGING_CONFIG and in the working directory.
        found = os.environ.get("KEDRO_LOGGING_CONFIG") or Path("conf", FILE).exists()
        if not found and (text := read_logging(Path(context.config_loader.conf_source))):
            configure_logging(yaml.safe_load(text))
            if PACKAGE_NAME:
                LOGGING.set_project_logging(PACKAGE_NAME)
        filter_logs()


def filter_logs() -> None:
    """Show square brackets as they are and hide passwords, on every handler that there is.

    Kedro's handler reads `[/min]` in the name of a column as the end of a style, which ends the run. A
    message is still markup if the call that logs it says so (`extra={"markup": True}`).
    """
    for logger in (logging.root, *logging.root.manager.loggerDict.values()):
        for handler in getattr(logger, "handlers", ()):
            handler.addFilter(_read_as_text)
            handler.addFilter(redact_record)


def _read_as_text(record: logging.LogRecord) -> bool:
    # Kedro colors the names of datasets by markup, in messages that carry `rich_format`.
    record.__dict__.setdefault("markup", hasattr(record, "rich_format"))
    return True


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


def read_logging(conf_source: Path) -> str:
    """Read the logging configuration."""
    if conf_source.is_dir():
        file = conf_source / FILE
        return file.read_text(encoding="utf-8") if file.exists() else ""
    protocol = "zip" if conf_source.suffix == ".zip" else "tar"
    archive = fsspec.filesystem(protocol, fo=str(conf_source))
    for name in archive.glob(f"*/{FILE}"):
        text: str = archive.cat_file(name).decode("utf-8")
        return text
    return ""
