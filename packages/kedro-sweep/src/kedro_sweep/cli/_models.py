"""Commands that start with a table, manage or rescore studies, or predict with a model."""

import logging
import shlex
from pathlib import Path
from typing import Any, Literal

import click
import yaml
from kedro.framework.project import pipelines
from kedro.framework.startup import ProjectMetadata
from rich.console import Console

from kedro_sweep.cli._pages import env_option, load_catalog, params_option
from kedro_sweep.progress import tell_progress

PREDICTIONS = "data/07_model_output/predictions.csv"
ARGUMENTS = """'{"thousands": ","}'"""


def _parse_arguments(
    context: click.Context, parameter: click.Parameter, text: str | None
) -> dict[str, Any]:
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


@click.command()
@click.argument("file", type=click.Path(path_type=Path), required=False)
@click.option("--target", metavar="COLUMN", help="The column to predict.")
@click.option(
    "--task",
    type=click.Choice(["classification", "regression"]),
    help="Default: chosen by the values of the target.",
)
@click.option("--overwrite", is_flag=True, help="Replace a different file of this name in data/01_raw.")
@click.option("--sheet", metavar="NAME", help="Sheet of an Excel file. Default: the first.")
@load_args_option
@click.option(
    "--from-search",
    "search_file",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Continue a search of this table outside the project: a journal, or a pickle that you trust.",
)
@click.pass_obj
def use(
    project: ProjectMetadata,
    file: Path | None,
    target: str | None,
    task: Literal["classification", "regression"] | None,
    overwrite: bool,
    sheet: str | None,
    load_args: dict[str, Any],
    search_file: Path | None,
) -> None:
    """Start with your own table.

    Reads CSV, TSV, TXT, Parquet or Excel, inspects the table, copies it to data/01_raw, and sets the
    target, the columns to drop and the model in conf/base. Changes nothing if the table cannot be used.
    """
    from kedro_sweep.onboarding import find_raw, find_search, use_table
    from kedro_sweep.report.terminal import show_changes, show_profile

    search = find_search(search_file) if search_file else None
    if search is not None:
        if target not in (None, search.target):
            raise click.UsageError(f"--target {target}: {search_file} predicts {search.target}.")
        target, task, file = search.target, search.task, file or find_raw(project.project_path)
    if file is None or target is None:
        raise click.UsageError("Give FILE and --target, or --from-search.")
    load_args |= {} if sheet is None else {"sheet_name": sheet}
    options: dict[str, Any] = {"overwrite": overwrite, "load_args": load_args, "search": search}
    with tell_progress(f"Reading and checking {file.name} for {{:.0f}} s".format):
        used = use_table(project.project_path, file, target, task, **options)
    console = Console(highlight=False)
    console.width = min(console.width, 100) if console.is_terminal else 100
    console.print(
        show_profile(used.file, used.profile, used.folds, used.splits, used.decisions, used.option)
    )
    if search is not None:
        from kedro_sweep.notebook import Stores, copy_study
        from kedro_sweep.search.study import list_finished
        from kedro_sweep.text import count

        catalog = load_catalog(project, None)
        stores = Stores(catalog.load("study_storage"), catalog.load("prediction_store"))
        used.changes["studies"] = [
            f"{study.study_name}: {count(len(list_finished([study])), 'trial')}"
            for study in (copy_study(found, search.stores, stores) for found in used.studies)
        ]
    console.print(show_changes(used.changes, used.command))


@click.command()
@env_option
@click.option("--remove", metavar="NAME", multiple=True, help="Remove this study. May be repeated.")
@click.option(
    "--remove-others",
    is_flag=True,
    help="Remove all studies except those of the newest run and those with newer trials.",
)
@click.option("--yes", is_flag=True, help="Do not ask before removing.")
@click.pass_obj
def studies(
    project: ProjectMetadata, env: str | None, remove: tuple[str, ...], remove_others: bool, yes: bool
) -> None:
    """List the studies, or remove some of them."""
    from kedro_sweep.evaluation import SweepSummary
    from kedro_sweep.evaluation.predictions import find_unshared_files, remove_files
    from kedro_sweep.report.terminal import show_studies
    from kedro_sweep.search.storage import remove_studies, summarize_studies

    catalog = load_catalog(project, env)
    storage = catalog.load("study_storage")
    summary = catalog.load("sweep_summary") if catalog.exists("sweep_summary") else {}
    current = [found.study for found in SweepSummary.model_validate(summary).candidates]
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
    # Newer trials belong to a nested search of this run, or to an interrupted run without a summary.
    last = {name: -1 if study.last_trial is None else study.last_trial for name, study in found.items()}
    newest = max((last[name] for name in current if name in last), default=-1)
    others = {name for name in found.keys() - current if last[name] <= newest}
    removing = bool(remove or remove_others)
    chosen = {*remove, *(others if remove_others else ())} if removing else found.keys()
    listed = [study for name, study in found.items() if name in chosen]
    if not listed:
        has_newer = remove_others and found.keys() - current
        none = "There is no other study." if removing else "There is no study: kedro run starts one."
        newer = "All other studies have trials newer than those of the newest run: use --remove NAME."
        click.echo(newer if has_newer else none)
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


@click.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@env_option
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
@click.option("--drift", is_flag=True, help="Compare the rows with those of training.")
@load_args_option
@click.pass_obj
def predict(
    project: ProjectMetadata,
    file: Path,
    env: str | None,
    model_version: str | None,
    output: Path | None,
    allow_other_versions: bool,
    drift: bool,
    load_args: dict[str, Any],
) -> None:
    """Predict the rows of FILE: CSV, TSV, TXT, Parquet or Excel.

    A text or Parquet file may be larger than memory. If the command is killed, repeat it to continue.
    """
    from functools import partial

    from kedro.io import MemoryDataset

    from kedro_sweep.datasets import new_rows, predictions_file
    from kedro_sweep.report.comparison import find_better
    from kedro_sweep.report.terminal import show_drift
    from kedro_sweep.text import count

    if "inference" not in pipelines:
        raise click.ClickException(
            "This project has no pipeline 'inference': add it to pipeline_registry.py."
        )
    pipeline = pipelines["inference"]
    output = output or project.project_path / PREDICTIONS
    if output.exists() and output.samefile(file):
        raise click.ClickException(
            f"--output would replace the rows in {file} with their predictions: name another file."
        )
    logging.getLogger("kedro.runner").setLevel(logging.WARNING)
    catalog: Any = load_catalog(project, env)
    model, version = new_rows.choose_model(
        catalog, model_version, allow_other_versions=allow_other_versions
    )
    tally = new_rows.Tally(new_rows.describe_training(catalog) if drift else {})
    said = f"Predicting the rows of {file.name} for {{:.0f}} s, {{:,}} so far"
    with tell_progress(lambda seconds: said.format(seconds, tally.rows)):
        entry = new_rows.describe_rows(catalog, file, load_args)
        loaded = MemoryDataset(model.load(), copy_mode="assign")
        predict_piece = partial(new_rows.predict_rows, pipeline, catalog, loaded)
        key = predictions_file.make_key(catalog, pipeline, version, file, entry)
        pieces = tally.watch(new_rows.read_rows(entry))
        predictions_file.save_predictions(catalog, output, pieces, predict_piece, key)
    described = version
    if catalog.exists("tracked_runs"):
        runs, versions = catalog.load("tracked_runs"), model.list_versions(full_path=False)
        description, better, gain = find_better(runs, version, versions)
        if better and not model_version:
            click.echo(f"The model of {better}, {gain}: --model-version {better} predicts with it.")
        described += f" ({description})" if description else ""
    click.echo(f"Predicted {count(tally.rows, 'row')} with the model of {described}: {output}")
    if drift:
        card = catalog.load("model_card", version=version) if "model_card" in catalog else {}
        metrics = card.get("metrics", {})
        Console(highlight=False).print(
            show_drift(tally.measure_shifts(), tally.rows, tally.new, metrics)
        )


@click.command()
@click.option(
    "--scoring",
    required=True,
    metavar="NAME",
    help="Name or import path of a scikit-learn scorer, or the import path of your own.",
)
@env_option
@params_option
@click.pass_obj
def rescore(project: ProjectMetadata, scoring: str, env: str | None, params: dict[str, Any]) -> None:
    """Score the trials of the search again by another score, without training.

    Starts a study of that score, computed from the stored predictions. The present study, the model and
    the records of runs stay as they are.
    """
    from kedro_sweep.errors import InputError
    from kedro_sweep.evaluation import PredictionStore, correct_studies, describe_truth, rescore_studies
    from kedro_sweep.hooks import load_training
    from kedro_sweep.parameters import flatten_parameters
    from kedro_sweep.report.rescored import show_rescored
    from kedro_sweep.search import configure_candidates
    from kedro_sweep.search.settings import SCORER_TYPE, find_scorer

    try:
        has_sign = isinstance(find_scorer(scoring), SCORER_TYPE)  # so that more is better
    except ValueError as error:
        raise InputError(f"--scoring: {error}.") from error
    catalog = load_catalog(project, env, params)
    train, preparation, data, sweep = load_training(catalog)
    before = configure_candidates(train, preparation, data, sweep, explain=False)
    first = next(iter(before.values()))
    if scoring == first.scoring:
        raise InputError(
            f"--scoring: the search already optimizes '{scoring}' (sweep.scoring): name another score."
        )
    direction = "maximize" if has_sign else sweep.direction
    others = [name for name in first.other_scorings if name != scoring]
    scorings = [scoring, *others] if others else scoring
    changes = {"scoring": scorings, "direction": direction, "nested": False}  # nothing may be trained
    rescored = sweep.model_copy(update=changes)
    after = configure_candidates(train, preparation, data, rescored, explain=False)
    storage = catalog.load("study_storage")
    seconds = rescored.refit_seconds or None  # how much more a run had left is not known
    store = PredictionStore(catalog.load("prediction_store"), describe_truth(first), seconds)
    found = rescore_studies(before, after, storage, store)
    studies = {each.candidate: each.study for each in found if each.study}
    configurations = {name: after[name] for name in studies}
    correction = correct_studies(studies, configurations, store, rescored.ensemble)
    chosen = {"sweep.scoring", "sweep.direction", "sweep.n_trials"}  # which the file sets
    rest = {name: value for name, value in flatten_parameters(params).items() if name not in chosen}
    given = ",".join(f"{name}={'null' if value is None else value}" for name, value in rest.items())
    options = [f"--env {env}"] * bool(env) + [f"--params {shlex.quote(given)}"] * bool(given)
    Console().print(show_rescored(found, correction, sweep, rescored, " ".join(options)))
