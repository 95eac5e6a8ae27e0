"""Commands that open a page (report, comparison, dashboard, experiments), and what commands share."""

import json
import socket
import webbrowser
from pathlib import Path
from typing import Any

import click
from kedro.framework.cli.utils import _split_params
from kedro.framework.startup import ProjectMetadata
from kedro.io import CatalogProtocol

COMPARISON = "data/08_reporting/runs_comparison.html"
REPORT = "data/08_reporting/report.html"

env_option = click.option(
    "--env", "-e", envvar="KEDRO_ENV", help="Kedro environment. Default: the one kedro run uses."
)
host_option = click.option(
    "--host", default="127.0.0.1", show_default=True, help="Address to listen on."
)
browser_option = click.option(
    "--browser/--no-browser", default=True, show_default=True, help="Open the page in a browser."
)


params_option = click.option(
    "--params", default="", callback=_split_params, help="Parameters of that run, as for kedro run."
)


def load_catalog(
    project: ProjectMetadata, env: str | None, params: dict[str, Any] | None = None
) -> CatalogProtocol[Any, Any]:
    """Start the project, which Kedro has configured, and return its catalog."""
    from kedro.framework.session import KedroSession

    session = KedroSession.create(project.project_path, env=env, runtime_params=params)
    return session.load_context().catalog


@click.command()
@env_option
@click.option(
    "--reference",
    metavar="RUN_ID",
    default="",
    help="The run that others are compared with. Default: the oldest of those comparable.",
)
@browser_option
@click.pass_obj
def compare(project: ProjectMetadata, env: str | None, reference: str, browser: bool) -> None:
    """Compare all tracked runs on one page."""
    from kedro_sweep.report.comparison import describe_count, render_runs_comparison

    runs = load_catalog(project, env).load("tracked_runs")
    rendered = render_runs_comparison(runs, reference)
    page = project.project_path / COMPARISON
    page.parent.mkdir(parents=True, exist_ok=True)
    page.write_text(rendered, encoding="utf-8")
    _open(f"The comparison of {describe_count(runs)}", page, browser)


@click.command()
@click.option(
    "--run", "run_id", metavar="RUN_ID", help="The run to show. Default: the newest with a report."
)
@browser_option
@click.pass_obj
def report(project: ProjectMetadata, run_id: str | None, browser: bool) -> None:
    """Open the report of a run."""
    folder = project.project_path / REPORT
    # Kedro keeps the report of each run in its own folder, named after the time.
    runs = sorted((page.parent.name for page in folder.glob(f"*/{folder.name}")), reverse=True)
    if not runs:
        raise click.ClickException(f"There is no report in {folder}: make one with `kedro run`.")
    run_id = run_id or runs[0]
    if run_id not in runs:
        raise click.ClickException(
            f"There is no report of run '{run_id}' in {folder}. The newest of {len(runs)} reports: "
            f"{', '.join(runs[:5])}."
        )
    _open(f"The report of run {run_id}", folder / run_id / folder.name, browser)


@click.command()
@env_option
@host_option
@click.option("--port", default=8080, show_default=True, help="Port to listen on.")
@click.pass_obj
def dashboard(project: ProjectMetadata, env: str | None, host: str, port: int) -> None:
    """Open Optuna Dashboard on the studies."""
    try:
        from optuna_dashboard import run_server
    except ModuleNotFoundError as error:
        from kedro_sweep.errors import find_install_command

        raise click.ClickException(
            f"Optuna Dashboard is not installed ({error}): run `{find_install_command('dashboard')}`."
        ) from error
    storage = load_catalog(project, env).load("study_storage")
    _check_port(host, port)
    run_server(storage, host=host, port=port)


@click.command()
@env_option
@host_option
@click.option("--port", default=4141, show_default=True, help="Port to listen on.")
@browser_option
@click.pass_obj
def experiments(project: ProjectMetadata, env: str | None, host: str, port: int, browser: bool) -> None:
    """Open the Experiment Tracking page of Kedro-Viz 10.2."""
    from kedro_sweep.platforms import become
    from kedro_sweep.tracking.kedro_viz import prepare_environment

    _check_port(host, port)
    folder = project.project_path
    python = str(prepare_environment(folder))
    options = {"project": str(folder), "env": env, "host": host, "port": port, "browser": browser}
    click.echo("Starting Kedro-Viz …")
    become([python, "-m", "kedro_sweep.tracking.kedro_viz", json.dumps(options)])


def _open(what: str, page: Path, browser: bool) -> None:
    click.echo(f"{what}: {page}")
    if browser:
        webbrowser.open(page.as_uri())


def _check_port(host: str, port: int) -> None:
    try:
        socket.create_server((host, port)).close()
    except OSError as error:
        raise click.ClickException(
            f"{host}:{port} is in use or not on this machine: choose another --port or --host."
        ) from error


COMMANDS = (compare, report, dashboard, experiments)
