"""Transform each fold once for all processes of this machine, in files that they map into memory.

With protocol 5, pickle hands over the arrays of a table as they lie in memory, so each keeps its type
and order. One mapping holds them all; joblib would keep a file open for each column of a data frame. If
an estimator writes to an array, its process gets a copy of that part.
"""

import pickle
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import partial
from io import BytesIO
from mmap import ACCESS_COPY, mmap
from pathlib import Path
from shutil import rmtree
from tempfile import mkdtemp
from typing import IO, Any

import numpy as np
from filelock import lock_descriptor
from joblib.externals.loky.backend import resource_tracker

from kedro_sweep import platforms

MAX_BYTES = 2 * 2**30  # of all files of a search
# A smaller file is read: each mapping keeps its file open, and a process may not open many.
MIN_MAPPED = 2**20
ALIGNMENT = 64
PAUSE = 0.01  # seconds between two attempts to get a lock


@contextmanager
def open_folder() -> Iterator[Path]:
    """Make a folder for the folds of a search; joblib's tracker removes it if this process is killed."""
    folder = mkdtemp(prefix="kedro-sweep-")
    resource_tracker.register(folder, "folder")
    try:
        yield Path(folder)
    finally:
        # First under another name, so that a worker that is still busy cannot add a file meanwhile.
        # Windows refuses that while the worker has a file open. Then the tracker does it in the end.
        with suppress(OSError):
            removed = Path(folder).rename(f"{folder}-removed")
            resource_tracker.unregister(folder, "folder")
            rmtree(removed)


def fetch(folder: Path, steps: str, n_folds: int, fold: int, transform: Callable[[int], Any]) -> Any:
    """Read what some steps transform a fold to; None if no file holds it.

    The first process that needs a fold transforms it. Another one that needs it meanwhile does not wait,
    but transforms the next folds, which it needs as well.
    """
    files = [folder / f"{steps}-{number}" for number in range(n_folds)]
    # Without unfinished files, which may be gone at any time: their names begin with a dot.
    is_full = sum(file.stat().st_size for file in folder.glob("[!.]*-*")) >= MAX_BYTES
    if is_full and not files[fold].exists():
        return None
    _fill(files[fold], lambda: transform(fold), waits=False)
    with suppress(Exception):  # the trials that need those folds will give the reason
        for number in [*range(fold + 1, n_folds), *range(fold)]:
            if files[fold].exists():
                break
            _fill(files[number], partial(transform, number), waits=False)
    _fill(files[fold], lambda: transform(fold), waits=True)
    return _read(files[fold])


def _fill(path: Path, transform: Callable[[], Any], *, waits: bool) -> None:
    """Write the file, unless another process has written it or holds its lock."""
    if path.exists():
        return
    with open(f"{path}.lock", "ab") as held:  # the lock ends with it, or with the process
        is_locked = lock_descriptor(held.fileno(), blocking=waits, poll_interval=PAUSE)
        if is_locked and not path.exists():
            found = transform()
            with platforms.replacing(path) as part, part.open("wb") as file:
                try:
                    _write(file, found)
                except (AttributeError, TypeError, pickle.PicklingError):
                    _write(file, None)


class _Pickler(pickle.Pickler):
    def reducer_override(self, value: Any) -> Any:
        if isinstance(value, np.ndarray) and not value.flags.forc:
            raise pickle.PicklingError("The copy would have another order in memory.")
        return NotImplemented


def _write(file: IO[bytes], value: Any) -> None:
    body, buffers = BytesIO(), list[pickle.PickleBuffer]()
    _Pickler(body, protocol=5, buffer_callback=buffers.append).dump(value)
    views = [buffer.raw() for buffer in buffers]
    pickle.dump((body.getvalue(), [view.nbytes for view in views]), file)
    for view in views:
        file.write(bytes(-file.tell() % ALIGNMENT))
        file.write(view)


def _read(path: Path) -> Any:
    with open(path, "rb") as file:
        body, sizes = pickle.load(file)
        end = file.tell()
        # Windows could not remove a mapped file.
        is_read = platforms.IS_WINDOWS or path.stat().st_size < MIN_MAPPED
        held = bytearray(path.read_bytes()) if is_read else mmap(file.fileno(), 0, access=ACCESS_COPY)
    views = []
    for size in sizes:
        start = end + -end % ALIGNMENT
        end = start + size
        views.append(memoryview(held)[start:end])
    return pickle.loads(body, buffers=views)
