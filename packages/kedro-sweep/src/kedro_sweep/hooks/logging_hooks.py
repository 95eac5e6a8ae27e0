"""Apply the logging configuration that a packaged project is given, instead of Kedro's default."""

import os
from pathlib import Path

import fsspec
import yaml
from kedro.framework.context import KedroContext
from kedro.framework.hooks import hook_impl
from kedro.framework.project import LOGGING, PACKAGE_NAME

from kedro_sweep.startup import configure_logging

FILE = "logging.yml"


class LoggingHooks:
    """Read `logging.yml` from the configuration folder or archive."""

    @hook_impl
    def after_context_created(self, context: KedroContext) -> None:
        """Configure logging if Kedro found no configuration file.

        Args:
            context: Says where the configuration is.
        """
        # Kedro itself looks only at KEDRO_LOGGING_CONFIG and in the working directory.
        if os.environ.get("KEDRO_LOGGING_CONFIG") or Path("conf", FILE).exists():
            return
        if text := read_logging(Path(context.config_loader.conf_source)):
            configure_logging(yaml.safe_load(text))
            if PACKAGE_NAME:
                LOGGING.set_project_logging(PACKAGE_NAME)


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
