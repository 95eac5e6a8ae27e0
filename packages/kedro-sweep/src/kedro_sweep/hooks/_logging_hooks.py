"""Log as the configuration of a packaged project says, without passwords or markup in names."""

import os
from pathlib import Path

import fsspec
import yaml
from kedro.framework.context import KedroContext
from kedro.framework.hooks import hook_impl
from kedro.framework.project import LOGGING, PACKAGE_NAME

from kedro_sweep.startup import configure_logging, filter_logs

FILE = "logging.yml"


class LoggingHooks:
    """Read `logging.yml` from the configuration folder or archive, and filter what is logged."""

    @hook_impl
    def after_context_created(self, context: KedroContext) -> None:
        """Configure logging if Kedro found no configuration file, and filter the log in any case."""
        # Kedro itself looks only at KEDRO_LOGGING_CONFIG and in the working directory.
        found = os.environ.get("KEDRO_LOGGING_CONFIG") or Path("conf", FILE).exists()
        if not found and (text := read_logging(Path(context.config_loader.conf_source))):
            configure_logging(yaml.safe_load(text))
            if PACKAGE_NAME:
                LOGGING.set_project_logging(PACKAGE_NAME)
        filter_logs()


def read_logging(conf_source: Path) -> str:
    """Read the logging configuration; empty if there is none."""
    if conf_source.is_dir():
        file = conf_source / FILE
        return file.read_text(encoding="utf-8") if file.exists() else ""
    protocol = "zip" if conf_source.suffix == ".zip" else "tar"
    archive = fsspec.filesystem(protocol, fo=str(conf_source))
    texts = [archive.cat_file(name).decode() for name in archive.glob(f"*/{FILE}")]
    return str(texts[0]) if texts else ""
