"""The command that exports a model for those who do not have this library."""

from pathlib import Path
from typing import Any

import click
from kedro.framework.startup import ProjectMetadata

from kedro_sweep.cli._pages import env_option, load_catalog
from kedro_sweep.progress import tell_progress


@click.command()
@click.argument("folder", type=click.Path(path_type=Path))
@click.option(
    "--format",
    "kind",
    type=click.Choice(["pickle", "skops", "onnx"]),
    default="pickle",
    show_default=True,
    help="Format of the model. Only a pickle holds every model.",
)
@click.option("--overwrite", is_flag=True, help="Replace an earlier export in FOLDER.")
@click.option("--model-version", metavar="VERSION", help="Version of the model. Default: the newest.")
@env_option
@click.pass_obj
def export(
    project: ProjectMetadata,
    folder: Path,
    kind: str,
    overwrite: bool,
    model_version: str | None,
    env: str | None,
) -> None:
    """Export a model to FOLDER, to run without Kedro and this library.

    With it go an application for FastAPI, a self-test, 20 rows of the test table, the schema, the model
    card, and the pinned requirements.
    """
    from kedro_sweep.handover import export_model, gather

    catalog: Any = load_catalog(project, env)
    with tell_progress("Exporting and checking the model for {:.0f} s".format):
        given = gather(catalog, model_version)
        note = export_model(given, folder, kind, overwrite=overwrite)
    click.echo(f"Exported the model of {given.version}: {folder}")
    if note:
        click.echo(note)
