"""Where a search in a notebook keeps its trials and their predictions."""

import shutil
import weakref
from pathlib import Path
from tempfile import mkdtemp
from typing import TYPE_CHECKING

from optuna.storages import BaseStorage

from kedro_sweep.search import open_journal
from kedro_sweep.search.storage import find_journal

# Imported on first use, because it imports a cloud client if one is installed.
if TYPE_CHECKING:
    from optuna.artifacts._protocol import ArtifactStore


def open_stores(storage: BaseStorage | Path | str | None) -> tuple[BaseStorage, "ArtifactStore"]:
    """Open the storage of trials and the store of predictions, for any number of worker processes.

    A path is a journal, with its predictions in a folder beside it. None is a journal in a temporary
    folder, which is removed with the storage. Predictions of any other storage are temporary, too.
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
    storage = open_journal(f"{temporary}/studies.journal") if storage is None else storage
    weakref.finalize(storage, shutil.rmtree, temporary, ignore_errors=True)
    return storage, FileSystemArtifactStore(temporary)
