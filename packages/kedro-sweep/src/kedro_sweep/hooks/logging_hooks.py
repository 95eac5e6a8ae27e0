"""Log as the configuration of a packaged project says, and show names and values as they are."""

import logging
import os
from pathlib import Path

import fsspec
import yaml
from kedro.framework.context import KedroContext
from kedro.framework.hooks import hook_impl
from kedro.framework.project import LOGGING, PACKAGE_NAME

FILE = "logging.yml"


class LoggingHooks:
    """Read `logging.yml` from the configuration folder or archive, and turn markup off."""

    @hook_impl
    def after_context_created(self, context: KedroContext) -> None:
        """Configure logging if Kedro found no configuration file, and turn markup off in any case.

        Args:
            context: Says where the configuration is.
        """
        # Kedro itself looks only at KEDRO_LOGGING_CONFIG and in the working directory.
        has_found_one = os.environ.get("KEDRO_LOGGING_CONFIG") or Path("conf", FILE).exists()
        text = "" if has_found_one else read_logging(Path(context.config_loader.conf_source))
        if text:
            LOGGING.configure(yaml.safe_load(text))
            if PACKAGE_NAME:
                LOGGING.set_project_logging(PACKAGE_NAME)
        turn_markup_off()


def turn_markup_off() -> None:
    """Show the square brackets of a message as they are, on every handler that there is.

    Kedro's handler reads `[/min]` in the name of a column as the end of a style, which ends the run. A
    message is still markup if the call that logs it says so (`extra={"markup": True}`).
    """
    for logger in (logging.root, *logging.root.manager.loggerDict.values()):
        for handler in getattr(logger, "handlers", ()):
            handler.addFilter(_read_as_text)


def _read_as_text(record: logging.LogRecord) -> bool:
    # Kedro colors the names of datasets by markup, in messages that carry `rich_format`.
    record.__dict__.setdefault("markup", hasattr(record, "rich_format"))
    return True


def read_logging(conf_source: Path) -> str:
    """Read the logging configuration.

    Args:
        conf_source: A folder, or an archive of one as made by `kedro package`.

    Returns:
        The text of the file; empty if there is none.
    """
    if conf_source.is_dir():
        file = conf_source / FILE
        return file.read_text(encoding="utf-8") if file.exists() else ""
    protocol = "zip" if conf_source.suffix == ".zip" else "tar"
    archive = fsspec.filesystem(protocol, fo=str(conf_source))
    for name in archive.glob(f"*/{FILE}"):
        text: str = archive.cat_file(name).decode("utf-8")
        return text
    return ""
