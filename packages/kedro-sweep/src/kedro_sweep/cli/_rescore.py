"""The command that scores the trials of a search by another score."""

from typing import TYPE_CHECKING

import click

from kedro_sweep.cli._pages import env_option, load_catalog

if TYPE_CHECKING:
    from kedro.framework.startup import ProjectMetadata


@click.command()
@click.option(
    "--scoring",
    required=True,
    metavar="NAME",
    help="Name or import path of a scikit-learn scorer, or the import path of your own.",
)
@env_option
@click.pass_obj
def rescore(project: "ProjectMetadata", scoring: str, env: str | None) -> None:
    """Score the trials of the search again by another score, without training.

    Starts a study of that score, computed from the stored predictions. The present study, the model and
    the records of runs stay as they are.
    """
    from rich.console import Console

    from kedro_sweep.errors import InputError
    from kedro_sweep.evaluation import PredictionStore, correct_studies, describe_truth, rescore_studies
    from kedro_sweep.hooks import load_training
    from kedro_sweep.report.rescored import show_rescored
    from kedro_sweep.search import configure_candidates
    from kedro_sweep.search.settings import SCORER_TYPE, find_scorer
    from kedro_sweep.tables import prepare_rows

    try:
        has_sign = isinstance(find_scorer(scoring), SCORER_TYPE)  # so that more is better
    except ValueError as error:
        raise InputError(f"--scoring: {error}.") from error
    catalog = load_catalog(project, env)
    train, data, sweep = load_training(catalog)
    preparation = prepare_rows(train, catalog.load("means"), data)
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
    Console().print(show_rescored(found, correction, sweep, rescored, env))
