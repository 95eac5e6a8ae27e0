"""Continue a search that began without the project: its settings become those of the project."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

import optuna
import pandas as pd
from pydantic import BaseModel

from kedro_sweep.errors import InputError
from kedro_sweep.notebook import (
    Settings,
    Stores,
    find_settings,
    list_settings,
    open_saved,
    prepare,
    read_settings,
)
from kedro_sweep.onboarding._edits import CONTEST, PARAMETERS, SEARCH, Edits, keep_new
from kedro_sweep.search import Model, configure_candidates
from kedro_sweep.search.study import describe_nearest
from kedro_sweep.tables import Task

Groups = Mapping[str, dict[str, Any]]


class FoundSearch(NamedTuple):
    """A search in a file: its studies, and its settings by group."""

    file: Path
    stores: Stores
    settings: dict[str, dict[str, Any]]
    target: str
    task: Task


def find_search(file: Path) -> FoundSearch:
    stores = open_saved(file)
    settings = find_settings(stores.storage)
    if not settings:
        raise InputError(
            f"{file} holds no search that a project can continue: its estimator, splitter or score is "
            "an object, which YAML cannot name. Write a function of your own that returns it, and name "
            "that in the project, such as sweep.model.class: my_package.models.make_model."
        )
    try:
        is_classifier = Model.model_validate(settings["sweep"]["model"]).is_classifier
    except ValueError as error:  # such as a package that is not installed here
        raise InputError(f"The model of {file} cannot be made in this project. {error}") from error
    task: Task = "classification" if is_classifier else "regression"
    return FoundSearch(file, stores, settings, settings["data"]["y_label"], task)


def continue_search(
    search: FoundSearch, files: Groups, table: pd.DataFrame
) -> tuple[dict[str, Edits], list[optuna.Study]]:
    """Find the settings to change in each file, and the studies that these continue on the table."""
    base = {name: value or {} for file in (PARAMETERS, SEARCH) for name, value in files[file].items()}
    is_contest = bool(search.settings["sweep"].get("models"))
    contest = files.get(CONTEST, {}).get("sweep") or {} if is_contest else {}
    groups = {name: base.get(name, {}) for name in Settings.model_fields}
    groups["sweep"] = groups["sweep"] | contest
    before = read_settings(**groups)
    after = read_settings(**{name: groups[name] | search.settings.get(name, {}) for name in groups})
    studies = _list_studies(search, table, after)
    edits: dict[str, Edits] = {PARAMETERS: {}, SEARCH: {}}
    for (group, old), (_, new) in zip(before, after, strict=True):
        known = _list_edits(old)
        changed = {path: value for path, value in _list_edits(new).items() if known.get(path) != value}
        if group == "sweep" and contest:
            of_contest = {path: changed.pop(path) for path in [*changed] if path[0] in contest}
            edits[CONTEST] = keep_new(group, contest, of_contest)
        file = SEARCH if group == "sweep" else PARAMETERS
        edits[file] |= keep_new(group, base.get(group, {}), changed)
    return edits, studies


def _list_studies(search: FoundSearch, table: pd.DataFrame, settings: Settings) -> list[optuna.Study]:
    """List the studies of the search that settings continue on the rows of a table."""
    data, sweep, storage = settings.data, settings.sweep, search.stores.storage
    _, train, _, preparation = prepare(table, data, sweep)
    configurations = [*configure_candidates(train, preparation, data, sweep, explain=False).values()]
    known = {study.study_name for study in storage.get_all_studies()}
    found = [name for each in configurations if (name := each.find_name(storage)) in known]
    if not found:
        nearest = describe_nearest(configurations[0], storage, "kedro run")
        raise InputError(
            f"No study in {search.file} has the training rows of this project, which keeps test rows "
            "apart: search with `tune`, or fit SweepSearchCV on the project's "
            f"data/05_model_input/train.parquet, with random_state={data.random_seed}. {nearest}"
        )
    return [optuna.load_study(study_name=name, storage=storage) for name in found]


def _list_edits(group: BaseModel) -> Edits:
    """Write each setting of the model on its own, so that those that stay keep their comments."""
    settings = list_settings(group)
    model: Edits = {("model", name): value for name, value in settings.pop("model", {}).items()}
    return model | {(name,): value for name, value in settings.items()}
