"""`kedro sweep …`: use a table, report and compare runs, manage studies, open dashboards, predict.

Kedro imports this module for every command, so it only imports click. Each command imports the rest
when it runs.
"""

import json
import logging
import os
import socket
import sys
import webbrowser
from importlib import import_module
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Literal

import click

if TYPE_CHECKING:
    from kedro.framework.startup import ProjectMetadata
    from kedro.io import CatalogProtocol

COMPARISON = "data/08_reporting/runs_comparison.html"
REPORT = "data/08_reporting/report.html"
NEPTUNE_EXPORT = "data/09_tracking/neptune"
PREDICTIONS = "data/07_model_output/predictions.csv"


def explain_errors() -> None:
    """Explain the errors of all commands of Kedro, even those before a run has its hooks."""
    sys.excepthook = _show_error


def _show_error(
    error_type: type[BaseException], error: BaseException, traceback: TracebackType | None
) -> None:
    from kedro_sweep.hooks.error_hooks import show_error

    show_error(error_type, error, traceback)


class _Sweep(click.Group):
    """Ends a command with one message, without a traceback, if the user can fix the error."""

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except (click.ClickException, click.Abort, click.exceptions.Exit):
            raise
        except Exception as error:
            from kedro_sweep.hooks.error_hooks import explain

            if message := explain(error):
                raise click.ClickException(message) from error
            raise


@click.group(name="kedro-sweep")
def commands() -> None:
    """Hold the command group, as Kedro expects of a plugin."""


@commands.group(cls=_Sweep)
def sweep() -> None:
    """Use your own table, report and compare runs, manage studies, open dashboards, predict."""


_env = click.option(
    "--env", "-e", envvar="KEDRO_ENV", help="Kedro environment. Default: the one kedro run uses."
)
_host = click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
_browser = click.option(
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


ARGUMENTS = """'{"thousands": ","}'"""
_load_args = click.option(
    "--load-args",
    metavar="MAPPING",
    callback=_parse_arguments,
    help=f"Arguments with which pandas reads the file, such as {ARGUMENTS}.",
)


@sweep.command()
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--target", required=True, metavar="COLUMN", help="The column to predict.")
@click.option(
    "--task",
    type=click.Choice(["classification", "regression"]),
    help="Default: chosen by the values of the target.",
)
@click.option("--overwrite", is_flag=True, help="Replace a different file of this name in data/01_raw.")
@click.option("--sheet", metavar="NAME", help="Sheet of an Excel file. Default: the first.")
@_load_args
@click.pass_obj
def use(
    project: "ProjectMetadata",
    file: Path,
    target: str,
    task: Literal["classification", "regression"] | None,
    overwrite: bool,
    sheet: str | None,
    load_args: dict[str, Any],
) -> None:
    """Start with your own table.

    Reads CSV, TSV, TXT, Parquet or Excel, inspects the table, copies it to data/01_raw, and sets the
    target, the columns to drop and the model in conf/base. Changes nothing if the table cannot be used.
    """
    from rich.console import Console

    from kedro_sweep.onboarding import use_table
    from kedro_sweep.report.profile_table import show_changes, show_profile

    load_args |= {} if sheet is None else {"sheet_name": sheet}
    used = use_table(project.project_path, file, target, task, overwrite=overwrite, load_args=load_args)
    console = Console(highlight=False)
    console.width = min(console.width, 100) if console.is_terminal else 100
    console.print(show_profile(used.file, used.profile, used.folds, used.splits, used.option))
    console.print(show_changes(used.changes))


@sweep.command()
@_env
@_browser
@click.pass_obj
def compare(project: "ProjectMetadata", env: str | None, browser: bool) -> None:
    """Compare all tracked runs on one page."""
    from kedro_sweep.report import describe_count, render_runs_comparison

    runs = _load_catalog(project, env).load("tracked_runs")
    page = project.project_path / COMPARISON
    page.parent.mkdir(parents=True, exist_ok=True)
    page.write_text(render_runs_comparison(runs), encoding="utf-8")
    click.echo(f"The comparison of {describe_count(runs)}: {page}")
    if browser:
        webbrowser.open(page.as_uri())


@sweep.command()
@click.option(
    "--run", "run_id", metavar="RUN_ID", help="The run to show. Default: the newest with a report."
)
@_browser
@click.pass_obj
def report(project: "ProjectMetadata", run_id: str | None, browser: bool) -> None:
    """Open the report of a run."""
    folder = project.project_path / REPORT
    # Kedro keeps the report of each run in its own folder, named after the time.
    pages = {page.parent.name: page for page in sorted(folder.glob(f"*/{folder.name}"), reverse=True)}
    if not pages:
        raise click.ClickException(f"There is no report in {folder}: make one with `kedro run`.")
    page = pages.get(run_id or next(iter(pages)))
    if page is None:
        raise click.ClickException(
            f"There is no report of run '{run_id}' in {folder}. The newest of {len(pages)} reports: "
            f"{', '.join(list(pages)[:5])}."
        )
    click.echo(f"The report of run {page.parent.name}: {page}")
    if browser:
        webbrowser.open(page.as_uri())


@sweep.command()
@_env
@_host
@click.option("--port", default=8080, show_default=True, help="Port to listen on.")
@click.pass_obj
def dashboard(project: "ProjectMetadata", env: str | None, host: str, port: int) -> None:
    """Open Optuna Dashboard on the studies."""
    try:
        from optuna_dashboard import run_server
    except ModuleNotFoundError as error:
        from kedro_sweep.installation import find_install_command

        raise click.ClickException(
            f"Optuna Dashboard is not installed ({error}): run `{find_install_command('dashboard')}`."
        ) from error
    storage = _load_catalog(project, env).load("study_storage")
    _check_port(host, port)
    run_server(storage, host=host, port=port)


@sweep.command()
@_env
@click.option("--remove", metavar="NAME", multiple=True, help="Remove this study. May be repeated.")
@click.option(
    "--remove-others",
    is_flag=True,
    help="Remove all studies except those of the newest run and of the newest trial.",
)
@click.option("--yes", is_flag=True, help="Do not ask before removing.")
@click.pass_obj
def studies(
    project: "ProjectMetadata", env: str | None, remove: tuple[str, ...], remove_others: bool, yes: bool
) -> None:
    """List the studies, or remove some of them."""
    from rich.console import Console

    from kedro_sweep.evaluation.prediction_store import find_unshared_files, remove_files
    from kedro_sweep.report.studies_table import show_studies
    from kedro_sweep.search.studies import remove_studies, summarize_studies

    catalog = _load_catalog(project, env)
    storage = catalog.load("study_storage")
    summary = catalog.load("sweep_summary") if catalog.exists("sweep_summary") else None
    # In earlier releases, a run had only one study.
    searched = summary.get("candidates", [summary]) if summary else []
    current = [candidate["study"] for candidate in searched]
    found = {study.name: study for study in summarize_studies(storage)}
    if unknown := [name for name in remove if name not in found]:
        raise click.ClickException(
            f"There is no study {', '.join(unknown)}: `kedro sweep studies` lists all names."
        )
    if remove_others and not found.keys() & current:
        raise click.ClickException(
            f"The study of the newest run ({', '.join(current) or 'no run so far'}) is not in the "
            "storage, so --remove-others would remove all studies: use --remove NAME."
        )
    # An interrupted search counts as the newest as well, although its run has not saved a summary.
    trials = {study.last_trial: name for name, study in found.items() if study.last_trial is not None}
    newest = trials[max(trials)] if trials else None
    removing = bool(remove or remove_others)
    listed = [
        study
        for name, study in found.items()
        if not removing or name in remove or (remove_others and name not in (*current, newest))
    ]
    if not listed:
        click.echo(
            "There is no other study." if removing else "There is no study: kedro run starts one."
        )
        return
    Console().print(show_studies(listed, current))
    if removing:
        count = f"{len(listed)} {'study' if len(listed) == 1 else 'studies'}"
        if not yes:
            click.confirm(f"Permanently remove {count}?", abort=True)
        files = find_unshared_files(storage, [study.name for study in listed])
        remove_studies(storage, listed)
        if catalog.exists("prediction_store"):
            remove_files(catalog.load("prediction_store"), files)
        click.echo(f"Removed {count}.")


@sweep.command()
@click.pass_obj
def neptune_export(project: "ProjectMetadata") -> None:
    """Export the offline runs of Neptune as JSON files."""
    # Trackers are loaded by name.
    neptune = import_module("kedro_sweep.tracking.neptune.export")

    folder = project.project_path
    source = Path(os.getenv("NEPTUNE_DATA_DIRECTORY", folder / neptune.DATA_DIRECTORY))
    paths = neptune.export(source, folder / NEPTUNE_EXPORT)
    if not paths:
        raise click.ClickException(
            f"There is no offline run in {source}: make one with `kedro run --env neptune`."
        )
    for path in paths:
        click.echo(path)


@sweep.command()
@_env
@_host
@click.option("--port", default=4141, show_default=True, help="Port to listen on.")
@_browser
@click.pass_obj
def experiments(
    project: "ProjectMetadata", env: str | None, host: str, port: int, browser: bool
) -> None:
    """Open the Experiment Tracking page of Kedro-Viz 10.2."""
    from kedro_sweep.tracking.kedro_viz.environment import prepare_environment

    _check_port(host, port)
    folder = project.project_path
    python = str(prepare_environment(folder))
    options = {"project": str(folder), "env": env, "host": host, "port": port, "browser": browser}
    click.echo("Starting Kedro-Viz …")
    # The server replaces this process, so that Ctrl-C and other signals end it.
    os.execv(python, [python, "-m", "kedro_sweep.tracking.kedro_viz.server", json.dumps(options)])


@sweep.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@_env
@click.option("--model-version", metavar="VERSION", help="Version of the model. Default: the newest.")
@click.option(
    "--output",
    type=click.Path(dir_okay=False, path_type=Path),
    help=f"File for the predictions; its suffix sets the format. Default: {PREDICTIONS}.",
)
@click.option(
    "--allow-other-versions",
    is_flag=True,
    help="Load the model even if another version of scikit-learn trained it.",
)
@_load_args
@click.pass_obj
def predict(
    project: "ProjectMetadata",
    file: Path,
    env: str | None,
    model_version: str | None,
    output: Path | None,
    allow_other_versions: bool,
    load_args: dict[str, Any],
) -> None:
    """Predict the rows of FILE: CSV, TSV, TXT, Parquet or Excel."""
    from kedro.framework.project import pipelines

    from kedro_sweep.datasets import new_rows
    from kedro_sweep.report import describe_choice

    if "inference" not in pipelines:
        raise click.ClickException(
            "This project has no pipeline 'inference': add it to pipeline_registry.py."
        )
    output = output or project.project_path / PREDICTIONS
    if output.exists() and output.samefile(file):
        raise click.ClickException(
            f"--output would replace the rows in {file} with their predictions: name another file."
        )
    logging.getLogger("kedro.runner").setLevel(logging.WARNING)
    catalog: Any = _load_catalog(project, env)
    model, version = new_rows.choose_model(
        catalog, model_version, allow_other_versions=allow_other_versions
    )
    rows = new_rows.load_rows(catalog, file, load_args)
    predictions = new_rows.predict_rows(pipelines["inference"], catalog, model, rows)
    new_rows.save_predictions(catalog, predictions, output)
    description = ""
    if catalog.exists("tracked_runs"):
        description, better, score = describe_choice(
            catalog.load("tracked_runs"), version, model.list_versions(full_path=False)
        )
        if better and not model_version:
            click.echo(
                f"The model of {better} ({score}) has a better corrected score: "
                f"--model-version {better} predicts with it."
            )
    described = f"{version} ({description})" if description else version
    click.echo(f"Predicted {len(rows)} rows with the model of {described}: {output}")


def _load_catalog(project: "ProjectMetadata", env: str | None) -> "CatalogProtocol[Any, Any]":
    """Start the project, which Kedro has configured, and return its catalog."""
    from kedro.framework.session import KedroSession

    return KedroSession.create(project.project_path, env=env).load_context().catalog


def _check_port(host: str, port: int) -> None:
    try:
        socket.create_server((host, port)).close()
    except OSError as error:
        raise click.ClickException(
            f"{host}:{port} is in use or not on this machine: choose another --port or --host."
        ) from error
