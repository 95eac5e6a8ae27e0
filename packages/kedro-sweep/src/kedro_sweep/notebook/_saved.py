"""What a search leaves for a project: its settings, its trials, and their predictions."""

import io
from collections.abc import Callable, Iterable
from contextlib import suppress
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, NamedTuple

import joblib
import optuna
from optuna.storages import BaseStorage, InMemoryStorage
from pydantic import BaseModel

from kedro_sweep.errors import InputError
from kedro_sweep.evaluation.predictions import list_files
from kedro_sweep.notebook._stores import open_stores
from kedro_sweep.search.study import attributes, list_finished

if TYPE_CHECKING:
    from optuna.artifacts._protocol import ArtifactStore

# Settings of a machine, not of the search.
OF_MACHINE = {"n_jobs", "backend", "scheduler"}


class Stores(NamedTuple):
    """Where a search keeps its studies, and the predictions of their trials."""

    storage: BaseStorage
    artifacts: "ArtifactStore"


class _Files(dict[str, bytes]):
    """A store of predictions inside a pickle."""

    def open_reader(self, artifact_id: str) -> BinaryIO:
        from optuna.artifacts.exceptions import ArtifactNotFound  # noqa: PLC0415

        if artifact_id not in self:
            raise ArtifactNotFound(artifact_id)
        return io.BytesIO(self[artifact_id])

    def write(self, artifact_id: str, content_body: BinaryIO) -> None:
        self[artifact_id] = content_body.read()

    def remove(self, artifact_id: str) -> None:
        self.pop(artifact_id, None)


def list_settings(group: BaseModel) -> dict[str, Any]:
    """Write each setting as the plain value that a YAML file would hold, without inner defaults."""
    how: dict[str, Any] = {"mode": "json", "by_alias": True, "exclude": OF_MACHINE}
    whole, short = group.model_dump(**how), group.model_dump(**how, exclude_defaults=True)
    return whole | {name: value for name, value in short.items() if name != "model"}


def note_settings(**groups: BaseModel | dict[str, Any]) -> Callable[..., None]:
    """Make a callback that writes the settings into each study, from which a project takes them.

    It writes none if they hold an object that YAML cannot name, such as a pipeline.
    """
    models = {name: group for name, group in groups.items() if isinstance(group, BaseModel)}
    settings = groups | {name: list_settings(group) for name, group in models.items()}
    is_plain, noted = all(map(_is_plain, models.values())), set[str]()

    def note(study: optuna.Study, trial: Any = None) -> None:
        if is_plain and study.study_name not in noted:
            study.set_user_attr(attributes.SETTINGS, settings)
            noted.add(study.study_name)

    return note


def _is_plain(group: BaseModel) -> bool:
    try:
        return bool(type(group).model_validate(group.model_dump(mode="json", by_alias=True)) == group)
    except ValueError:
        return False


def find_settings(storage: BaseStorage) -> dict[str, Any]:
    """Read the settings of the newest study that has some; empty if there is none."""
    found = [study.user_attrs.get(attributes.SETTINGS) for study in storage.get_all_studies()]
    return next(filter(None, reversed(found)), {})


def embed(stores: Stores, names: Iterable[str]) -> Stores:
    """Copy studies into memory, so that a pickle holds them."""
    inside = Stores(InMemoryStorage(), _Files())
    for name in names:
        copy_study(name, stores, inside)
    return inside


def open_saved(path: Path) -> Stores:
    """Open a journal, or a pickle of a search."""
    try:
        with path.open("rb") as file:
            is_journal = file.read(1) == b"{"  # it has a line of JSON for each change
        if is_journal:
            return Stores(*open_stores(path))
        found = joblib.load(path)
        if hasattr(found, "study_"):  # a fitted SweepSearchCV
            return Stores(found.study_._storage, found._artifacts)
        return Stores(found.study._storage, found.artifacts)
    except Exception as error:  # a pickle may raise anything
        raise InputError(
            f"{path} is neither a journal of kedro_sweep nor a pickle of what `tune` or a fitted "
            f"SweepSearchCV is: {type(error).__name__}: {error}"
        ) from error


def copy_study(name: str, source: Stores, target: Stores) -> int:
    """Copy a study with its predictions, and return the number of its finished trials in the target.

    Trials that the target has already stay; if they are not the first of these, nothing is copied.
    """
    optuna.logging.set_verbosity(optuna.logging.WARNING)  # as during a search
    from optuna.artifacts.exceptions import ArtifactNotFound  # noqa: PLC0415

    study = optuna.load_study(study_name=name, storage=source.storage)
    trials = study.get_trials(deepcopy=False)
    copy = optuna.create_study(
        study_name=name, storage=target.storage, direction=study.direction, load_if_exists=True
    )
    known = copy.get_trials(deepcopy=False)
    if [(trial.params, trial.value) for trial in known] != [
        (trial.params, trial.value) for trial in trials[: len(known)]
    ]:
        return len(list_finished([copy]))
    attrs = source.storage.get_study_system_attrs(study._study_id)
    for file in chain(
        *(list_files(each) for each in (attrs, *(trial.system_attrs for trial in trials)))
    ):
        with suppress(ArtifactNotFound), source.artifacts.open_reader(file) as reader:
            target.artifacts.write(file, reader)
    for key, value in attrs.items():
        target.storage.set_study_system_attr(copy._study_id, key, value)
    for key, value in study.user_attrs.items():
        copy.set_user_attr(key, value)
    copy.add_trials(trials[len(known) :])
    return len(list_finished([copy]))
