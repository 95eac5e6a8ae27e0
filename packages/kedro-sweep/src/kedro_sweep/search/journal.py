"""A journal file for Optuna that outlives a killed process and costs little a trial."""

import fcntl
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO

from optuna.storages import BaseStorage, JournalStorage
from optuna.storages.journal import JournalFileBackend

from kedro_sweep.errors import InputError

REWIND_STEP = 4096


class SweepJournalBackend(JournalFileBackend):
    """Append trials to one file, safe against `kill -9` at any moment.

    It differs from Optuna's own file backend in three ways. The lock is the kernel's, so that the
    lock of a killed process is gone with it instead of holding up the next run for half a minute.
    A last line that a killed process left unfinished is cut off before the next is written, instead
    of spoiling the file. And a line is handed to the kernel, which keeps it whatever happens to
    this process, without waiting for the disk: a power cut may lose the last seconds of a sweep.
    """

    def append_logs(self, logs: list[dict[str, Any]]) -> None:
        """Write the lines in one piece.

        Args:
            logs: What happened, one dictionary a line.
        """
        lines = "".join(json.dumps(log, separators=(",", ":")) + "\n" for log in logs)
        with self._locked() as file:
            _cut_unfinished_line(file)
            file.write(lines.encode())

    @contextmanager
    def _locked(self) -> Iterator[BinaryIO]:
        with open(self._file_path, "r+b", buffering=0) as file:
            # Closing the file gives the lock back.
            fcntl.flock(file, fcntl.LOCK_EX)
            yield file


def _cut_unfinished_line(file: BinaryIO) -> None:
    """Leave the file at its end, after a whole line."""
    end = size = file.seek(0, os.SEEK_END)
    tail = b""
    while end > 0:
        start = max(0, end - (1 if end == size else REWIND_STEP))
        file.seek(start)
        tail = file.read(end - start)
        if (newline := tail.rfind(b"\n")) >= 0:
            end = start + newline + 1
            break
        end = start
    if end < size:
        file.truncate(end)
    file.seek(end)


def open_journal(path: str) -> JournalStorage:
    """Open the journal, or start it.

    Args:
        path: The journal's file, in an existing folder.

    Returns:
        An Optuna storage that any number of processes of this machine may share.
    """
    return JournalStorage(SweepJournalBackend(path))


@contextmanager
def hold_study(storage: BaseStorage, name: str) -> Iterator[None]:
    """Keep other processes of this machine from searching the same study in the same journal.

    The lock ends with the process, however that ends. Other storages are not held.

    Args:
        storage: Where the study is kept.
        name: The study.

    Yields:
        Nothing; the study is held until the end of the block.

    Raises:
        InputError: If another process holds it.
    """
    backend = getattr(storage, "_backend", None)
    if not isinstance(backend, SweepJournalBackend):
        yield
        return
    folder = Path(f"{backend._file_path}.locks")
    folder.mkdir(exist_ok=True)
    with open(folder / name, "w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise InputError(
                f"Study {name} is being searched by another run: wait until it has ended, or stop it."
            ) from error
        yield
