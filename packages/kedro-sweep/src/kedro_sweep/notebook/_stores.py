"""Where a search in a notebook keeps its trials and their predictions."""

import shutil
import weakref
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from tempfile import mkdtemp
from typing import TYPE_CHECKING

import optuna
from optuna.storages import BaseStorage

from kedro_sweep.search import open_journal
from kedro_sweep.search.storage import find_journal
from kedro_sweep.search.study import attributes

# Imported on first use, because it imports a cloud client if one is installed.
if TYPE_CHECKING:
    from optuna.artifacts._protocol import ArtifactStore


JOURNAL = "studies.journal"


def open_stores(
    storage: BaseStorage | Path | str | None, files: Mapping[str, bytes] | None = None
) -> tuple[BaseStorage, "ArtifactStore"]:
    """Open the storage of trials and the store of predictions, for any number of worker processes.

    A path is a journal, with its predictions in a folder beside it. None is a journal in a temporary
    folder, which is removed with the storage; it may start with what `pack_study` returned. Predictions
    of any other storage are temporary, too.
    """
    from optuna.artifacts import FileSystemArtifactStore  # noqa: PLC0415

    if isinstance(storage, str | Path):
        if "://" in str(storage):
            raise ValueError(
                f"storage={str(storage)!r} is a URL: give the path of a journal file, or open the "
                "database with optuna.storages.RDBStorage"
            )
        path = Path(storage)
        path.parent.mkdir(parents=True, exist_ok=True)
        storage = open_journal(str(path))
    elif storage is not None and not isinstance(storage, BaseStorage):
        raise TypeError(
            f"storage={storage!r} is neither the path of a journal file nor a storage of Optuna"
        )
    if storage is not None and (journal := find_journal(storage)):
        folder = Path(f"{journal._file_path}.predictions")
        folder.mkdir(exist_ok=True)
        return storage, FileSystemArtifactStore(folder)
    temporary = mkdtemp(prefix="kedro-sweep-")
    for name, content in (files or {}).items():
        Path(temporary, name).write_bytes(content)
    storage = open_journal(f"{temporary}/{JOURNAL}") if storage is None else storage
    weakref.finalize(storage, shutil.rmtree, temporary, ignore_errors=True)
    return storage, FileSystemArtifactStore(temporary)


def pack_study(study: optuna.Study, artifacts: "ArtifactStore") -> dict[str, bytes]:
    """Copy a study and its predictions into the contents of files, wherever they are kept."""
    from optuna.artifacts.exceptions import ArtifactNotFound  # noqa: PLC0415

    storage, folder = open_stores(None)
    optuna.copy_study(from_study_name=study.study_name, from_storage=study._storage, to_storage=storage)
    [copied] = storage.get_all_studies()
    trials = storage.get_all_trials(copied._study_id, deepcopy=False)
    files = {}
    attributes_of = [copied.system_attrs, *(trial.system_attrs for trial in trials)]
    for key in (key for found in attributes_of for key in found):
        name = key.removeprefix(attributes.ARTIFACTS)
        with suppress(ArtifactNotFound):
            if name != key:
                files[name] = artifacts.open_reader(name).read()
    with folder.open_reader(JOURNAL) as journal:
        return files | {JOURNAL: journal.read()}
