"""Where a search without a project keeps its trials and their predictions, and how they move."""

import io
import shutil
import weakref
from collections.abc import Iterable
from contextlib import suppress
from itertools import chain
from pathlib import Path
from tempfile import mkdtemp
from typing import TYPE_CHECKING, BinaryIO, NamedTuple

import joblib
import optuna
from optuna.storages import BaseStorage, InMemoryStorage

from kedro_sweep.errors import InputError
from kedro_sweep.evaluation.predictions import list_files
from kedro_sweep.search import open_journal
from kedro_sweep.search.storage import find_journal

# Imported on first use, because it imports a cloud client if one is installed.
if TYPE_CHECKING:
    from optuna.artifacts._protocol import ArtifactStore


class Stores(NamedTuple):
    """Where a search keeps its studies, and the predictions of their trials."""

    storage: BaseStorage
    artifacts: "ArtifactStore"


class _Files(dict[str, bytes]):
    """A store of predictions inside a pickle; it is only copied."""

    def open_reader(self, artifact_id: str) -> BinaryIO:
        return io.BytesIO(self[artifact_id])

    def write(self, artifact_id: str, content_body: BinaryIO) -> None:
        self[artifact_id] = content_body.read()

    remove = dict.__delitem__


_folders: "weakref.WeakKeyDictionary[BaseStorage, str]" = weakref.WeakKeyDictionary()


def open_stores(storage: BaseStorage | Path | str | None) -> Stores:
    """Open the storage of trials and the store of predictions, for any number of worker processes.

    A path is a journal, with its predictions in a folder beside it. None is a journal in a temporary
    folder, which is removed with the storage. Predictions of any other storage are kept as long as
    that object exists.
    """
    from optuna.artifacts import FileSystemArtifactStore  # noqa: PLC0415

    if isinstance(storage, str | Path):
        if "://" in str(storage):
            raise ValueError(
                f"storage={str(storage)!r} is a URL: give the path of a journal file, or open the "
                "database with optuna.storages.RDBStorage"
            )
        if Path(storage).is_dir():
            raise ValueError(f"storage={str(storage)!r} is a folder: give the path of a journal file")
        Path(storage).parent.mkdir(parents=True, exist_ok=True)
        storage = open_journal(str(storage))
    elif storage is not None and not isinstance(storage, BaseStorage):
        raise TypeError(
            f"storage={storage!r} is neither the path of a journal file nor a storage of Optuna"
        )
    if storage is not None and storage in _folders:
        return Stores(storage, FileSystemArtifactStore(_folders[storage]))
    if storage is not None and (journal := find_journal(storage)):
        folder = Path(f"{journal._file_path}.predictions")
        folder.mkdir(exist_ok=True)
        return Stores(storage, FileSystemArtifactStore(folder))
    temporary = mkdtemp(prefix="kedro-sweep-")
    storage = open_journal(f"{temporary}/studies.journal") if storage is None else storage
    _folders[storage] = temporary
    weakref.finalize(storage, shutil.rmtree, temporary, ignore_errors=True)
    return Stores(storage, FileSystemArtifactStore(temporary))


def open_saved(path: Path) -> Stores:
    """Open a journal, or a pickle of a search."""
    try:
        with path.open("rb") as file:
            if file.read(1) == b"{":  # a journal has a line of JSON for each change
                return open_stores(path)
        stores: Stores = joblib.load(path).stores_
        return stores
    except Exception as error:  # a pickle may raise anything
        raise InputError(
            f"{path} is neither a journal of kedro_sweep nor a pickle of what `tune` or a fitted "
            f"SweepSearchCV is: {type(error).__name__}: {error}"
        ) from error


def embed(stores: Stores, studies: Iterable[optuna.Study]) -> tuple[Stores, list[optuna.Study]]:
    """Copy studies with their predictions into memory, so that a pickle holds them."""
    inside = Stores(InMemoryStorage(), _Files())
    return inside, [copy_study(study, stores, inside) for study in studies]


def copy_study(study: optuna.Study, source: Stores, target: Stores) -> optuna.Study:
    """Copy a study with its predictions, and return the copy.

    Trials that the target has already stay; if they are not the first of these, nothing is copied.
    """
    optuna.logging.set_verbosity(optuna.logging.WARNING)  # as during a search
    from optuna.artifacts.exceptions import ArtifactNotFound  # noqa: PLC0415

    name, trials = study.study_name, study.get_trials(deepcopy=False)
    copy = optuna.create_study(
        study_name=name, storage=target.storage, direction=study.direction, load_if_exists=True
    )
    known = [(trial.params, trial.value) for trial in copy.get_trials(deepcopy=False)]
    if known != [(trial.params, trial.value) for trial in trials[: len(known)]]:
        return copy
    attrs = source.storage.get_study_system_attrs(study._study_id)
    for file in chain(*map(list_files, (attrs, *(trial.system_attrs for trial in trials)))):
        with suppress(ArtifactNotFound, KeyError), source.artifacts.open_reader(file) as reader:
            target.artifacts.write(file, reader)
    for key, value in attrs.items():
        target.storage.set_study_system_attr(copy._study_id, key, value)
    for key, value in study.user_attrs.items():
        copy.set_user_attr(key, value)
    copy.add_trials(trials[len(known) :])
    return copy
