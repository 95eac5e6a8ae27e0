"""The settings of a search, and the search with them; a project finds them in its studies."""

from collections.abc import Mapping
from enum import Enum
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import optuna
import yaml
from optuna.storages import BaseStorage
from pydantic import BaseModel

from kedro_sweep.errors import InputError
from kedro_sweep.evaluation import Decision, PredictionStore, choose_members, search_and_keep
from kedro_sweep.notebook._stores import Stores
from kedro_sweep.search import Ensemble, StudyConfiguration, Sweep
from kedro_sweep.search.study import attributes
from kedro_sweep.tables import Data
from kedro_sweep.validation import StrictModel

# Settings of a machine, not of the search.
OF_MACHINE = {"n_jobs", "backend", "scheduler"}


class Settings(StrictModel):
    """All settings of a search, by the names that they have in a project's parameters."""

    data: Data
    sweep: Sweep
    decision: Decision = Decision()


class Found(NamedTuple):
    """What a search found, in the order in which `summarize` takes it."""

    studies: dict[str, optuna.Study]
    configurations: Mapping[str, StudyConfiguration]
    store: PredictionStore
    members: list[dict[str, Any]]
    ensemble: Ensemble


def read_settings(**groups: Mapping[str, Any]) -> Settings:
    """Check settings; an `InputError` names each mistake."""
    try:
        return Settings.model_validate(groups)
    except ValueError as error:
        raise InputError(str(error)) from error


def list_settings(group: BaseModel) -> dict[str, Any]:
    """Write each setting as the plain value that a YAML file would hold, without inner defaults."""
    how: dict[str, Any] = {"by_alias": True, "exclude": OF_MACHINE}
    whole, short = group.model_dump(**how), group.model_dump(**how, exclude_defaults=True)
    return whole | {name: value for name, value in short.items() if name != "model"}


def _to_plain(value: Any) -> Any:
    """Turn tuples, paths, enumerations, and numbers and texts of NumPy into what YAML has."""
    if isinstance(value, Mapping):
        return {_to_plain(key): _to_plain(part) for key, part in value.items()}
    if isinstance(value, list | tuple):
        return [_to_plain(part) for part in value]
    if isinstance(value, Path | Enum):
        return str(value) if isinstance(value, Path) else value.value
    return value.item() if isinstance(value, np.generic) else value


def find_settings(storage: BaseStorage) -> dict[str, Any]:
    """Read the settings of the newest study that has some; empty if there is none."""
    found = [study.user_attrs.get(attributes.SETTINGS) for study in storage.get_all_studies()]
    newest: Any = next(filter(None, reversed(found)), {})
    settings: dict[str, Any] = yaml.safe_load(newest) if isinstance(newest, str) else newest
    return settings


def search_and_choose(
    configurations: Mapping[str, StudyConfiguration], stores: Stores, settings: Mapping[str, Any]
) -> Found:
    """Search, note the settings in each study, and choose what the model consists of."""
    # JSON would make texts of keys that are numbers, as in class_weight.
    noted = yaml.safe_dump(_to_plain(settings), sort_keys=False) if settings else ""

    def note(study: optuna.Study, trial: Any = None) -> None:
        if study.user_attrs.get(attributes.SETTINGS, "") != noted:
            study.set_user_attr(attributes.SETTINGS, noted)

    studies, store = search_and_keep(configurations, *stores, [note])
    for study in studies.values():  # those without a new trial
        note(study)
    [ensemble, *_] = (each.sweep.ensemble for each in configurations.values())
    members = choose_members(studies, configurations, store, ensemble)
    return Found(studies, configurations, store, members, ensemble)
