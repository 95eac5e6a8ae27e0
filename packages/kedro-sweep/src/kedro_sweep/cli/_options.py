"""Options and steps that several commands share."""

from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from kedro.framework.startup import ProjectMetadata
    from kedro.io import CatalogProtocol

ARGUMENTS = """'{"thousands": ","}'"""

env_option = click.option(
    "--env", "-e", envvar="KEDRO_ENV", help="Kedro environment. Default: the one kedro run uses."
)
host_option = click.option(
    "--host", default="127.0.0.1", show_default=True, help="Address to listen on."
)
browser_option = click.option(
    "--browser/--no-browser", default=True, show_default=True, help="Open the page in a browser."
)


def _parse_arguments(
    context: click.Context, parameter: click.Parameter, text: str | None
) -> dict[str, Any]:
    import yaml

    try:
        arguments = yaml.safe_load(text or "{}")
    except yaml.YAMLError:
        arguments = None
    if not isinstance(arguments, dict):
        raise click.BadParameter(f"{text} is not a mapping of names to values such as {ARGUMENTS}.")
    return arguments


load_args_option = click.option(
    "--load-args",
    metavar="MAPPING",
    callback=_parse_arguments,
    help=f"Arguments with which pandas reads the file, such as {ARGUMENTS}.",
)


def load_catalog(project: "ProjectMetadata", env: str | None) -> "CatalogProtocol[Any, Any]":
    """Start the project, which Kedro has configured, and return its catalog."""
    from kedro.framework.session import KedroSession

    return KedroSession.create(project.project_path, env=env).load_context().catalog
