"""Let a packaged project log as the configuration it was given says, not as Kedro does by default."""

import os
from pathlib import Path

import fsspec
import yaml
from kedro.framework.context import KedroContext
from kedro.framework.hooks import hook_impl
from kedro.framework.project import LOGGING, PACKAGE_NAME

FILE = "logging.yml"


class LoggingHooks:
    """Read `logging.yml` from the configuration's folder or archive."""

    @hook_impl
    def after_context_created(self, context: KedroContext) -> None:
        """Configure logging where Kedro has found no file to configure it with.

        Args:
            context: Knows where the configuration is.
        """
        # Kedro itself looks in the environment and in the working directory, and nowhere else.
        if os.environ.get("KEDRO_LOGGING_CONFIG") or Path("conf", FILE).exists():
            return
        if text := read_logging(Path(context.config_loader.conf_source)):
            LOGGING.configure(yaml.safe_load(text))
            if PACKAGE_NAME:
                LOGGING.set_project_logging(PACKAGE_NAME)


def read_logging(conf_source: Path) -> str:
    """Read the logging configuration.

    Args:
        conf_source: A folder, or an archive of one, as `kedro package` makes it.

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
